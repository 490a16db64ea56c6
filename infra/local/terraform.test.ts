import { expect, test } from "vitest";
import { rolesInDoubt } from "./terraform.ts";

test("a role that exists already is known by its name and its address", () => {
  const stderr = `
Error: creating IAM Role (ecsTaskRole-local): operation error IAM: CreateRole, https response error StatusCode: 409, RequestID: 297888d0, EntityAlreadyExists: Role with name ecsTaskRole-local already exists.

  with module.platform.module.api.module.task.aws_iam_role.task[0],
  on ../../modules/task/roles.tf line 108, in resource "aws_iam_role" "task":
 108: resource "aws_iam_role" "task" {

Error: creating S3 Bucket (rainbow): BucketAlreadyExists

  with module.platform.module.storage.aws_s3_bucket.this["uploads"],
`;
  expect(rolesInDoubt(stderr)).toEqual([
    { address: "module.platform.module.api.module.task.aws_iam_role.task[0]", name: "ecsTaskRole-local" },
  ]);
  expect(rolesInDoubt("")).toEqual([]);
});
