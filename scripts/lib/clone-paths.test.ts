// A clone can be anywhere: in a folder with a space, for example.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";

it("no file takes the path of a URL, in which a space is %20, for a path", async () => {
  const files = (await run(["git", "ls-files", "*.ts", "*.mjs", "*.cjs"], { cwd: root })).trim().split("\n");
  expect(files.length).toBeGreaterThan(400);
  const code = (file: string) => readFileSync(join(root, file), "utf8");
  expect(files.filter((file) => /import\.meta\.url\)\s*\.pathname/.test(code(file)))).toEqual([]);
});
