// The repository's own files: what must name every folder names every folder.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { checks, groups } from "./checks.ts";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
// A file that was removed is listed until its removal is committed.
const paths = [...new Set(list.split("\n"))].filter((path) => path !== "" && existsSync(join(root, path)));
const folders = (name: RegExp) =>
  [...new Set(paths.filter((path) => name.test(path)).map((path) => join("/", dirname(path))))].toSorted();

describe("dependabot.yml", () => {
  const { updates } = load(read(".github/dependabot.yml")) as {
    updates: { "package-ecosystem": string; directory?: string; directories?: string[] }[];
  };
  const directoriesOf = (ecosystem: string) =>
    updates
      .filter((update) => update["package-ecosystem"] === ecosystem)
      .flatMap(({ directory, directories }) => directories ?? directory ?? [])
      .toSorted();

  it.each<[string, RegExp]>([
    ["npm", /(^|\/)package-lock\.json$/],
    ["docker", /(^|\/)Dockerfile$/],
    ["docker-compose", /(^|\/)docker-compose\.yml$/],
    ["terraform", /(^|\/)\.terraform\.lock\.hcl$/],
    ["pip", /(^|\/)requirements\.txt$/],
  ])("names every folder of %s", (ecosystem, manifest) => {
    expect(directoriesOf(ecosystem)).toEqual(folders(manifest));
  });

  it("names every folder of workflows with pinned actions", () => {
    // Those that tests rewrite are never run.
    const workflows = paths.filter((path) => path.endsWith(".yml") && !path.includes("/test/"));
    const pinned = workflows.filter((path) => /uses: \S+@[0-9a-f]{40} /.test(read(path)));
    // Dependabot's "/" is action.yml at the top, and .github/workflows.
    const found = pinned.map((path) => join("/", dirname(path)).replace(/^\/\.github\/workflows$/, "/"));
    expect(directoriesOf("github-actions")).toEqual([...new Set(found)].toSorted());
  });
});

describe("CI", () => {
  it("runs every group of checks, and every check is in one", () => {
    const { jobs } = load(read(".github/workflows/test.yml")) as {
      jobs: {
        test: {
          strategy: { matrix: { include: { group: string }[] } };
          steps: { run?: string; env?: Record<string, string> }[];
        };
      };
    };
    const command = jobs.test.steps.find(({ run }) => run?.includes("npm test"));
    expect(command?.run).toMatch(/npm test --silent -- --group "\$GROUP"$/);
    expect(command?.env).toEqual({ GROUP: "${{ matrix.group }}" });
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
    const sources = paths.filter((path) => /\.(ts|mjs|py|tf|sh)$/.test(path) && !path.includes("dist/"));
    // HCL has no way to break these.
    const isText = (line: string) => /^\s*(description|error_message)\s*=/.test(line);
    const lines = sources.flatMap((path) => read(path).split("\n")).filter((line) => !isText(line));
    const lengths = lines.map(({ length }) => length);
    const sorted = lengths.toSorted((a, b) => a - b);
    expect(sorted.at(Math.floor(sorted.length * 0.99))).toBeLessThanOrEqual(120);
  });
});
