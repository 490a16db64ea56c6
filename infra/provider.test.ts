import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./local/paths.ts";

// Modules are used by repositories whose provider is 5.100 or 6. Of what the upgrade guide of version 6 changes, these
// modules use one thing: the data source aws_region, whose attribute `name` became `region`, and whose `id` is deprecated
// since 6.47. The region comes from aws_service, which has it in both.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade
// https://github.com/hashicorp/terraform-provider-aws/issues/42131
const constraint = '"hashicorp/aws"\n      version = ">= 5.100, < 7.0"';

const files = execFileSync("git", ["ls-files", "infra/**.tf", "examples/**.tf"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "");

describe.each(files)("%s", (file) => {
  const text = readFileSync(join(root, file), "utf8");

  test("runs with version 5.100 of the AWS provider and with version 6", () => {
    expect(text).not.toMatch(/data "aws_region"|data\.aws_region/);
    if (text.includes("required_providers")) expect(text).toContain(constraint);
  });
});

// Otherwise the next apply would remove the record of an emergency, and nobody knew the way back.
test.each(["local", "staging", "production"])("%s leaves the tags of an emergency alone", (environment) => {
  const text = readFileSync(join(root, "infra/environments", environment, "main.tf"), "utf8");
  const [, provider = ""] = /^provider "aws" \{\n([^]*?)\n\}/m.exec(text) ?? [];
  expect(provider).toMatch(/ignore_tags \{\s+key_prefixes = \["emergency:"\]\s+\}/);
});
