import { S3Client } from "@aws-sdk/client-s3";

/** One attempt each: the store tries again itself, and knows what passes. Limits in milliseconds. */
export function bucketClient({ pathStyle, checksums }: { pathStyle: boolean; checksums: boolean }, more: object = {}): S3Client {
  const required = checksums ? {} : ({ requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" } as const);
  return new S3Client({ maxAttempts: 1, forcePathStyle: pathStyle, requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000, requestTimeout: 120_000, throwOnRequestTimeout: true }, ...required, ...more });
}
