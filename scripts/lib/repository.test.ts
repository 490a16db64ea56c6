// The repository's own files: what must name every folder names every folder.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { checks, groups } from "./checks.ts";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
const folders = (name: RegExp) =>
  [...new Set(files.split("\n").filter((path) => name.test(path)))].map((path) => join("/", dirname(path))).toSorted();

describe("dependabot.yml", () => {
  const { updates } = load(read(".github/dependabot.yml")) as {
    updates: { "package-ecosystem": string; directory?: string; directories?: string[] }[];
  };

  it.each<[string, RegExp]>([
    ["npm", /(^|\/)package-lock\.json$/],
    ["docker", /(^|\/)Dockerfile$/],
    ["docker-compose", /(^|\/)docker-compose\.yml$/],
    ["terraform", /(^|\/)\.terraform\.lock\.hcl$/],
    ["pip", /(^|\/)requirements\.txt$/],
  ])("names every folder of %s", (ecosystem, manifest) => {
    const named = updates.filter((update) => update["package-ecosystem"] === ecosystem);
    const directories = named.flatMap(({ directory, directories: several }) => several ?? directory ?? []);
    expect(directories.toSorted()).toEqual(folders(manifest));
  });
});

describe("CI", () => {
  it("runs every group of checks, and every check is in one", () => {
    const { jobs } = load(read(".github/workflows/test.yml")) as {
      jobs: { test: { strategy: { matrix: { include: { group: string }[] } } } };
    };
    expect(jobs.test.strategy.matrix.include.map(({ group }) => group)).toEqual([...groups]);
    expect(new Set(checks.map(({ group }) => group))).toEqual(new Set(groups));
  });

  it("has checks with names of their own", () => {
    const names = checks.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe("lines of source code", () => {
  it("are not longer than 120 columns, but for one in a hundred, which is text", () => {
    const sources = files.split("\n").filter((path) => /\.(ts|mjs|py|tf|sh)$/.test(path) && !path.includes("dist/"));
    const lengths = sources.flatMap((path) => read(path).split("\n")).map(({ length }) => length);
    const sorted = lengths.toSorted((a, b) => a - b);
    expect(sorted.at(Math.floor(sorted.length * 0.99))).toBeLessThanOrEqual(120);
  });
});
