import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { clientSettings } from "../../shared/src/aws.ts";

/** One attempt per call: Store retries, and decides which errors are transient. Timeouts in milliseconds. */
export function bucketClient(
  { pathStyle, checksums }: { pathStyle: boolean; checksums: boolean },
  overrides: object = {},
): S3Client {
  const checksumSettings = checksums
    ? {}
    : ({ requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" } as const);
  return new S3Client({
    maxAttempts: 1,
    forcePathStyle: pathStyle,
    requestHandler: {
      connectionTimeout: 10_000,
      socketTimeout: 60_000,
      requestTimeout: 120_000,
      throwOnRequestTimeout: true,
    },
    ...checksumSettings,
    ...overrides,
  });
}

/** Each client is created only when a mode needs it. */
export const clients = {
  s3: bucketClient,
  ecs: () => new ECSClient(clientSettings),
  logs: (region?: string) => new CloudWatchLogsClient({ ...clientSettings, ...(region ? { region } : {}) }),
  cloudWatch: () => new CloudWatchClient(clientSettings),
  rds: () => new RDSClient(clientSettings),
};
