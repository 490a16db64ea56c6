import { expect, test } from "vitest";
import { findingsIn, skipsWithoutReason } from "./checkov-report.ts";

const finding = {
  check_id: "CKV_AWS_18",
  check_name: "Ensure the S3 bucket has access logging enabled",
  resource: "module.platform.module.storage.aws_s3_bucket.this",
  file_path: "/../../modules/storage/main.tf",
  file_line_range: [10, 15] as [number, number],
};

test("a finding names its rule, its resource and the line where it is suppressed", () => {
  const report = { results: { failed_checks: [finding] }, summary: { passed: 3, failed: 1, parsing_errors: 0 } };
  expect(findingsIn(report)).toEqual([
    "CKV_AWS_18: module.platform.module.storage.aws_s3_bucket.this (infra/modules/storage/main.tf:10): Ensure the S3 bucket has access logging enabled",
  ]);
});

test("a file that checkov cannot parse is a finding", () => {
  const report = { results: { failed_checks: [] }, summary: { passed: 3, failed: 0, parsing_errors: 1 } };
  expect(findingsIn(report)).toEqual(["1 files could not be parsed"]);
});

test("a suppression has a reason", () => {
  const text = [
    'resource "aws_s3_bucket" "this" {',
    "  #checkov:skip=CKV_AWS_18: it holds the logs.",
    "  # checkov:skip=CKV_AWS_21: with a space, too.",
    "  #checkov:skip=CKV_AWS_144",
    "  #checkov:skip=CKV2_AWS_62:",
  ].join("\n");
  expect(skipsWithoutReason("infra/main.tf", text)).toEqual(["infra/main.tf:4", "infra/main.tf:5"]);
});
