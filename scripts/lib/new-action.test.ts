import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root as repository } from "../../infra/local/paths.ts";
import { attempt } from "../../infra/local/process.ts";
import { inputTable, outputTable, type ActionFile } from "./action-readme.ts";
import { replaceSection } from "./markdown.ts";
import { writeNewAction } from "./new-action.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";

const inRepository = (path: string) => join(repository, path);
let root: string;
let paths: string[];
beforeAll(async () => {
  root = makeTestFolder("new-action-test-");
  paths = await writeNewAction(root, "say-hello");
  // What it refers to, in a folder that is otherwise empty.
  await mkdir(join(root, "actions"), { recursive: true });
  for (const path of ["node_modules", "actions/shared"]) await symlink(inRepository(path), join(root, path));
  await writeFile(join(root, "package.json"), JSON.stringify({ type: "module" }));
  const settings = { extends: inRepository("tsconfig.json"), include: ["actions/say-hello/**/*.ts"], exclude: [] };
  await writeFile(join(root, "tsconfig.json"), JSON.stringify(settings));
});
afterAll(() => rm(root, { recursive: true }));

describe("a new action", () => {
  it("has every file that an action needs", () => {
    expect(paths).toEqual([
      "actions/say-hello/action.yml",
      "actions/say-hello/README.md",
      "actions/say-hello/iam-policy.json",
      "actions/say-hello/src/index.ts",
      "actions/say-hello/src/inputs.ts",
      "actions/say-hello/src/main.ts",
      "actions/say-hello/test/say-hello.test.ts",
    ]);
  });

  it("has the files that every action has, and the headings of their READMEs", async () => {
    const names = await readdir(inRepository("actions"));
    const actions = names.filter((name) => existsSync(inRepository(`actions/${name}/action.yml`)));
    expect(actions.length).toBeGreaterThan(4);
    const common = paths
      .filter((path) => !path.includes("/test/"))
      .map((path) => path.replace("actions/say-hello/", ""));
    const headingsOf = async (path: string) => (await readFile(path, "utf8")).match(/^## .*$/gm) ?? [];
    const headings = await headingsOf(join(root, "actions/say-hello/README.md"));
    expect(headings.length).toBeGreaterThan(2);
    for (const action of actions) {
      for (const path of common)
        expect(existsSync(inRepository(`actions/${action}/${path}`)), `${action}/${path}`).toBe(true);
      const theirs = await headingsOf(inRepository(`actions/${action}/README.md`));
      expect(theirs, action).toEqual(expect.arrayContaining(headings));
    }
  });

  it.each([
    ["types", ["node_modules/.bin/tsc", "--noEmit"]],
    [
      "lint",
      ["node_modules/.bin/oxlint", "--deny-warnings", "-c", inRepository(".oxlintrc.json"), "actions/say-hello"],
    ],
    ["format", ["node_modules/.bin/oxfmt", "--check", "-c", inRepository(".oxfmtrc.json"), "actions/say-hello"]],
    ["its own tests", [process.execPath, "node_modules/vitest/vitest.mjs", "run", "actions/say-hello"]],
  ])("passes as it is: %s", async (_check, command) => {
    const { code, stdout, stderr } = await attempt(command, { cwd: root });
    expect(code, stdout + stderr).toBe(0);
  });

  it("has a README that npm run sync can fill", async () => {
    const [action, readme] = await Promise.all(
      ["action.yml", "README.md"].map((file) => readFile(join(root, "actions/say-hello", file), "utf8")),
    );
    const described = load(action ?? "") as ActionFile;
    const file = "actions/say-hello/README.md";
    const filled = replaceSection(readme ?? "", { name: "inputs", content: inputTable(described, file), file });
    expect(filled).toContain("`who`");
    expect(replaceSection(filled, { name: "outputs", content: outputTable(described, file), file })).toContain(
      "`greeting`",
    );
  });

  it.each(["Hello", "hello_world", "-hello", "../hello", ""])("is refused under the name %j", async (name) => {
    await expect(writeNewAction(root, name)).rejects.toThrow("kebab-case");
  });

  it("is refused where one is", async () => {
    await expect(writeNewAction(root, "say-hello")).rejects.toThrow("exists already");
  });
});
