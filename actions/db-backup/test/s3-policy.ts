// What S3 asks of a policy for each request: the action, the resource and the condition keys that it makes of the
// headers. After https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html and
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { isAllowed, type Policy } from "../../shared/src/iam.ts";

export type Operation =
  | "put"
  | "get"
  | "head"
  | "delete"
  | "list"
  | "create"
  | "part"
  | "complete"
  | "abort"
  | "uploads";

/** The policy of the action, for all buckets. */
export const documentedPolicy = JSON.parse(
  readFileSync(new URL("../iam-policy.json", import.meta.url), "utf8")
    .replaceAll("BUCKET/PREFIX", "*/database")
    .replaceAll("BUCKET", "*")
    .replaceAll("REGION:ACCOUNT:key/KEY_ID", "ap-northeast-1:123456789012:key/*")
    .replaceAll("s3.REGION.", "s3.ap-northeast-1."),
) as Policy;

const actions: Record<Operation, string> = {
  put: "s3:PutObject",
  get: "s3:GetObject",
  head: "s3:GetObject",
  delete: "s3:DeleteObject",
  list: "s3:ListBucket",
  create: "s3:PutObject",
  part: "s3:PutObject",
  complete: "s3:PutObject",
  abort: "s3:AbortMultipartUpload",
  uploads: "s3:ListBucketMultipartUploads",
};

/**
 * What S3 needs from KMS on behalf of the caller, for objects under a key of the customer. After the API references of
 * CreateMultipartUpload and GetObject, and
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 */
const kmsActions: Partial<Record<Operation, string>> = {
  put: "kms:GenerateDataKey",
  create: "kms:GenerateDataKey",
  part: "kms:Decrypt",
  complete: "kms:Decrypt",
  get: "kms:Decrypt",
};

/** @param kmsKey ARN of the key of the objects. */
export function isAllowedByKms(policies: Policy[], operation: Operation, kmsKey: string): boolean {
  const action = kmsActions[operation];
  const context = { "kms:ViaService": "s3.ap-northeast-1.amazonaws.com" };
  return action === undefined || isAllowed(policies, { action, resource: kmsKey, context });
}

export interface S3Request {
  operation: Operation;
  bucket: string;
  /** Empty for requests about the bucket. */
  key: string;
  headers: IncomingHttpHeaders;
}

export function isAllowedByS3(policies: Policy[], { operation, bucket, key, headers }: S3Request): boolean {
  const ofBucket = operation === "list" || operation === "uploads";
  // Only what makes an object appear accepts the conditional headers.
  const createsObject = operation === "put" || operation === "complete";
  return isAllowed(policies, {
    action: actions[operation],
    resource: `arn:aws:s3:::${bucket}${ofBucket ? "" : `/${key}`}`,
    context: {
      "s3:if-none-match": createsObject ? headers["if-none-match"] : undefined,
      "s3:if-match": createsObject ? headers["if-match"] : undefined,
      "s3:ObjectCreationOperation": String(createsObject),
    },
  });
}
