// Everything with `uses:` is analysed by zizmor, actionlint and GitHub's language service.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../../infra/local/paths.ts";
import { read } from "../read-workflows.ts";
import { analysed } from "../workflow-check.ts";
import { languageProblems } from "../workflow-language.ts";

const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.yml", "*.yaml"], {
  cwd: root,
  encoding: "utf8",
});
const files = list.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));

it("zizmor is given every file with uses:, but sources of copies and what migrate is tested with", () => {
  const used = files.filter((path) => /^\s*(- )?uses:/m.test(read(path)));
  const copied = /^workflows\/|^cli\/test\/migrate\/workflows\//;
  const missing = used.filter((path) => !analysed.some((one) => path === one || path.startsWith(`${one}/`)));
  expect(missing.filter((path) => !copied.test(path))).toEqual([]);
  expect(used.length).toBeGreaterThan(30);
});

const consumer = "examples/consumer/.github/workflows/deploy.yml";

it.each([
  ["an input that the called workflow does not have", /^( {6})cluster: /m, "$1clustr: ", "clustr is not defined"],
  ["one that it requires", /^ {6}cluster: .*\n/m, "", "Input cluster is required"],
])("the language service finds %s", async (_, pattern, replacement, problem) => {
  const text = read(consumer);
  expect(await languageProblems(consumer, text)).toEqual([]);
  const problems = await languageProblems(consumer, text.replace(pattern, replacement));
  expect(problems.join("\n")).toContain(problem);
});

it("the language service knows the inputs of our actions, and of pinned ones", async () => {
  const workflow = (uses: string, given: string) =>
    `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ${uses}\n        with:\n          ${given}\n`;
  const problems = await Promise.all([
    languageProblems("a.yml", workflow("rainbow-seeker/deploy-toolkit/actions/rollback@v1", "servce: api")),
    languageProblems("b.yml", workflow("actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "depth: 1")),
    languageProblems("c.yml", workflow("$/.github/workflows/none.yml", "a: b")),
  ]);
  expect(problems.map((found) => found.join("\n"))).toEqual([
    expect.stringContaining("servce"),
    expect.stringContaining("depth"),
    expect.stringContaining("none.yml"),
  ]);
});
