// .dockerignore as docker reads it: the answers of docker's own modules, which test/build-push/ignore-check.ts records
// and which `npm run test:long` compares with newly made files.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { answerOfBuildPush, contextPaths, writeContext, type Answer } from "../../../test/build-push/ignore-cases.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { bytesOf } from "../src/byte-text.ts";

const recorded = readFileSync(join(import.meta.dirname, "ignore-answers.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as [file: string, buildkit: Answer, classic: Answer]);

it("the recorded files leave something out, send something, and are refused", () => {
  expect(contextPaths.length).toBeGreaterThan(40);
  const answers = recorded.map(([, buildkit]) => buildkit);
  expect(answers.length).toBeGreaterThanOrEqual(200);
  expect(answers.filter((answer) => answer === null).length).toBeGreaterThan(20);
  expect(answers.filter((answer) => answer?.includes("0") && answer.includes("1")).length).toBeGreaterThan(50);
});

it("each file leaves out what docker leaves out, and is refused where docker refuses it", async () => {
  const folder = join(makeTestFolder("ignore-answers-"), "context");
  mkdirSync(folder);
  writeContext(folder);
  for (const [file, buildkit, classic] of recorded) {
    expect([file, await answerOfBuildPush(folder, bytesOf(file), "buildkit")]).toEqual([file, buildkit]);
    expect([file, await answerOfBuildPush(folder, bytesOf(file), "classic")]).toEqual([file, classic]);
  }
});
