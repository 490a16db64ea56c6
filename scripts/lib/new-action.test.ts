import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inputTable, outputTable, type ActionFile } from "./action-readme.ts";
import { replaceSection } from "./markdown.ts";
import { writeNewAction } from "./new-action.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "new-action-test-"));
});
afterAll(() => rm(root, { recursive: true }));

describe("a new action", () => {
  it("has every file that an action needs", async () => {
    const paths = await writeNewAction(root, "say-hello");
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
