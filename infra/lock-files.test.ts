import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./local/paths.ts";

// A lock file that was written from a local mirror holds the hash of one platform, and `terraform init` then refuses
// every other one. `zh:` hashes are those of the signed list of the release, for the packages of all platforms.
// https://developer.hashicorp.com/terraform/language/files/dependency-lock#new-provider-package-checksums
const packagesOfTheRelease = 14;
const manifest = 1;
const unpacked = {
  linux_amd64: "h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=",
  darwin_arm64: "h1:Ijt7pOlB7Tr7maGQIqtsLFbl7pSMIj06TVdkoSBcYOw=",
};

const files = execFileSync("git", ["ls-files", "*.terraform.lock.hcl"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "");

function lockOf(file: string): { providers: string[]; version: string | undefined; hashes: string[] } {
  const text = readFileSync(join(root, file), "utf8");
  return {
    providers: [...text.matchAll(/^provider "([^"]+)"/gm)].map(([, name = ""]) => name),
    version: /^ {2}version += "([^"]+)"/m.exec(text)?.[1],
    hashes: [...text.matchAll(/"((?:h1|zh):[^"]+)"/g)].map(([, hash = ""]) => hash),
  };
}

test("each environment has a lock file", () => {
  expect(files).toEqual(
    expect.arrayContaining(
      ["local", "production", "staging"].map((name) => `infra/environments/${name}/.terraform.lock.hcl`),
    ),
  );
});

describe.each(files)("%s", (file) => {
  const lock = lockOf(file);

  test("locks the AWS provider, and nothing else", () => {
    expect(lock.providers).toEqual(["registry.terraform.io/hashicorp/aws"]);
    expect(lock.version).toBe("5.100.0");
  });

  test("has the package of every platform", () => {
    const packages = lock.hashes.filter((hash) => /^zh:[0-9a-f]{64}$/.test(hash));
    expect(new Set(packages).size).toBe(packagesOfTheRelease + manifest);
    expect(lock.hashes).toEqual(expect.arrayContaining(Object.values(unpacked)));
  });

  test("has the hashes of the other lock files", () => {
    expect(lock).toEqual(lockOf(files[0] ?? ""));
  });
});
