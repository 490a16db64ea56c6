import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { clientSettings } from "../../shared/src/aws.ts";

/** One attempt each: the store tries again itself, and knows what passes. Limits in milliseconds. */
export function bucketClient(
  { pathStyle, checksums }: { pathStyle: boolean; checksums: boolean },
  more: object = {},
): S3Client {
  const required = checksums
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
    ...required,
    ...more,
  });
}

/** Each is made when a mode asks for it. */
export const clients = {
  s3: bucketClient,
  ecs: () => new ECSClient(clientSettings),
  logs: () => new CloudWatchLogsClient(clientSettings),
  cloudWatch: () => new CloudWatchClient(clientSettings),
  rds: () => new RDSClient(clientSettings),
};
