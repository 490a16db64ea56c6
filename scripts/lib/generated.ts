// What is generated from other files of the repository: `npm run sync` writes it, `npm test` fails when it has drifted.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { actionReadmes } from "./action-readme.ts";
import { moduleReadmes } from "./module-readme.ts";
import { generatedWorkflows } from "./workflows.ts";

/** Path, relative to the repository, and text of each generated file, as it must be. */
async function generatedFiles(): Promise<{ path: string; text: string }[]> {
  return (await Promise.all([generatedWorkflows(), actionReadmes(), moduleReadmes()])).flat();
}

async function drifted(): Promise<{ path: string; text: string }[]> {
  const files = await generatedFiles();
  const present = await Promise.all(files.map(({ path }) => readFile(join(root, path), "utf8").catch(() => undefined)));
  return files.filter(({ text }, index) => present[index] !== text);
}

/** Writes what has drifted; returns the paths. */
export async function writeGenerated(): Promise<string[]> {
  const files = await drifted();
  for (const { path, text } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return files.map(({ path }) => path);
}

/** Paths of files that differ from what they are generated from. */
export async function driftedFiles(): Promise<string[]> {
  return (await drifted()).map(({ path }) => path);
}
