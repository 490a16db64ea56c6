// The git checkout that a command runs in: which repository it is, its workflows, its commits.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunProcess } from "../../../actions/shared/src/process.ts";

/** OWNER/NAME of the remote `origin`; undefined where it is none of GitHub's form. */
export async function originOf(folder: string, run: RunProcess): Promise<string | undefined> {
  const url = (await git(folder, run, ["remote", "get-url", "origin"]))?.trim();
  return url === undefined ? undefined : /[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url)?.[1];
}

/** Output of git; undefined if it fails or is not installed. */
export async function git(folder: string, run: RunProcess, args: string[]): Promise<string | undefined> {
  try {
    const { code, stdout } = await run(["git", "-C", folder, ...args]);
    return code === 0 ? stdout : undefined;
  } catch {
    return undefined;
  }
}

/** File name → text of the workflows; none where the folder has none. */
export async function workflowTexts(folder: string): Promise<Map<string, string>> {
  const path = join(folder, ".github/workflows");
  const names = (await readdir(path).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).toSorted();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), "utf8")] as const)),
  );
}
