// The AWS SDK for s3.ts, which loads this file with the first photo. A file of its own, as the bundle gives what is loaded
// on demand from a CommonJS package no names.
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

/** @param timeLimit milliseconds for a call */
export function connect({ pathStyle, timeLimit }: { pathStyle: boolean; timeLimit: number }) {
  const client = new S3Client({
    forcePathStyle: pathStyle,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2000, requestTimeout: timeLimit, throwOnRequestTimeout: true },
    // A presigned upload would otherwise be signed with the checksum of an empty body.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return { client, getSignedUrl, DeleteObjectCommand, GetObjectCommand, PutObjectCommand };
}
