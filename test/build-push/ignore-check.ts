// .dockerignore as docker reads it, for `npm run test:long`: thousands of made files, compared with docker's modules.
// Run as a program, it records the answers that the unit tests are compared with.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { textOf } from "../../actions/build-push/src/byte-text.ts";
import type { BuilderKind } from "../../actions/build-push/src/ignore-rules.ts";
import { root } from "../../infra/local/paths.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { makeTestFolder } from "../lib/test-folder.ts";
import { answerOfBuildPush, contextPaths, ignoreFiles, writeContext, type Answer } from "./ignore-cases.ts";
import { askDocker } from "./ignore-oracle.ts";

/** What the unit tests replay: a few hundred of the files. */
const recorded = { path: join(root, "actions/build-push/test/ignore-answers.jsonl"), count: 200, seed: 1 };
const fuzzed = { count: 3000, seed: Number(process.env["RAINBOW_SEED"] ?? 2) };

export async function ignoreCheck(note: (text: string) => void): Promise<Counts> {
  note("docker's modules");
  const folders = makeFolders();
  assert.equal(readFileSync(recorded.path, "utf8"), await record(folders), "record them again: see ignore-check.ts");
  const files = ignoreFiles(fuzzed);
  const answers = await askDocker(files, folders.context, folders.program);
  const misses: string[] = [];
  for (const [index, file] of files.entries()) {
    if (index % 500 === 0) note(`file ${index} of ${files.length}, ${misses.length} differ`);
    for (const builder of ["buildkit", "classic"] as const) {
      const expected = answers[index]![builder];
      const problem = await difference(folders.context, file, { builder, expected });
      if (problem !== undefined) misses.push(`${builder}, ${JSON.stringify(textOf(file))}: ${problem}`);
    }
  }
  assert.deepEqual(misses, []);
  return { passed: files.length, failed: 0 };
}

interface Folders {
  context: string;
  program: string;
}

function makeFolders(): Folders {
  const folder = makeTestFolder("ignore-check-");
  const context = join(folder, "context");
  mkdirSync(context);
  writeContext(context);
  writeFileSync(join(context, ".dockerignore"), "");
  return { context, program: join(folder, "oracle") };
}

async function difference(
  context: string,
  file: Buffer,
  { builder, expected }: { builder: BuilderKind; expected: Answer },
): Promise<string | undefined> {
  try {
    const actual = await answerOfBuildPush(context, file, builder);
    if (actual === expected) return undefined;
    if (actual === null || expected === null) return `refused by ${actual === null ? "build-push" : "docker"} only`;
    return contextPaths.filter((_path, index) => actual[index] !== expected[index]).join(", ");
  } catch (error) {
    return `crash: ${String(error)}`;
  }
}

/** One line per file: its text, and what is sent by BuildKit's client and by the classic builder's. */
async function record({ context, program }: Folders): Promise<string> {
  const files = ignoreFiles(recorded);
  const answers = await askDocker(files, context, program);
  const lines = files.map(
    (file, index) => `${JSON.stringify([textOf(file), answers[index]!.buildkit, answers[index]!.classic])}\n`,
  );
  return lines.join("");
}

if (import.meta.main) writeFileSync(recorded.path, await record(makeFolders()));
