import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hashFolders } from "./content.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";

it("hashes names and contents, and ignores Terraform's working files", async () => {
  const base = makeTestFolder("content-test-");
  const write = (path: string, text: string) => writeFileSync(join(base, path), text);
  mkdirSync(join(base, "modules/.terraform"), { recursive: true });
  write("modules/main.tf", "a");
  const first = await hashFolders(base, ["modules"]);
  write("modules/.terraform/plugin", "x");
  write("modules/.terraform.lock.hcl", "x");
  expect(await hashFolders(base, ["modules"])).toBe(first);
  write("modules/main.tf", "b");
  const second = await hashFolders(base, ["modules"]);
  expect(second).not.toBe(first);
  write("modules/more.tf", "");
  expect(await hashFolders(base, ["modules"])).not.toBe(second);
});
