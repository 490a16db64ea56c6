import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hashPaths } from "./content.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";

it("hashes names and contents, and ignores Terraform's working files", async () => {
  const base = makeTestFolder("content-test-");
  const write = (path: string, text: string) => writeFileSync(join(base, path), text);
  mkdirSync(join(base, "modules/.terraform"), { recursive: true });
  write("modules/main.tf", "a");
  const first = await hashPaths(base, ["modules"]);
  write("modules/.terraform/plugin", "x");
  write("modules/.terraform.lock.hcl", "x");
  expect(await hashPaths(base, ["modules"])).toBe(first);
  write("modules/main.tf", "b");
  const second = await hashPaths(base, ["modules"]);
  expect(second).not.toBe(first);
  write("modules/more.tf", "");
  expect(await hashPaths(base, ["modules"])).not.toBe(second);
});

it("hashes a file by itself", async () => {
  const base = makeTestFolder("content-test-");
  writeFileSync(join(base, "policy.json"), "{}");
  const first = await hashPaths(base, ["policy.json"]);
  writeFileSync(join(base, "other.json"), "{}");
  expect(await hashPaths(base, ["policy.json"])).toBe(first);
  writeFileSync(join(base, "policy.json"), "[]");
  expect(await hashPaths(base, ["policy.json"])).not.toBe(first);
});
