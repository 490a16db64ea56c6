// The current state of the work tree, committed or not, as a repository of its own that act runs on.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root, stateDir } from "./paths.ts";
import { Problem } from "./problem.ts";
import { attempt, run } from "./process.ts";

export const exportDir = join(stateDir, "export");

export interface Exported {
  commit: string;
  /** Files that differ from the commit. */
  changes: number;
}

/** act knows no `$/` yet ("the repository that this file comes from"): in the export it is a mapped repository. */
export const toolkitReference = "rainbow-seeker/deploy-toolkit@local";

export async function exportWorkTree(): Promise<Exported> {
  const head = await attempt(["git", "-C", root, "rev-parse", "HEAD"]);
  if (head.code !== 0) {
    throw new Problem(
      "This folder is not a git repository with a commit; images and deployments are named after commits.",
      "Clone the repository, or: git init && git add -A && git commit -m start",
    );
  }
  await rm(exportDir, { recursive: true, force: true });
  await run(["git", "clone", "--quiet", "--shared", root, exportDir]);
  const changes = await changedFiles();
  for (const { path, gone } of changes) {
    const target = join(exportDir, path);
    await rm(target, { recursive: true, force: true });
    if (gone) continue;
    await mkdir(dirname(target), { recursive: true });
    await cp(join(root, path), target, { recursive: true, verbatimSymlinks: true });
  }
  await rewriteReferences();
  return { commit: head.stdout.trim(), changes: changes.length };
}

async function changedFiles(): Promise<{ path: string; gone: boolean }[]> {
  const status = await run([
    "git",
    "-C",
    root,
    "status",
    "--porcelain=v1",
    "-z",
    "--no-renames",
    "--untracked-files=all",
  ]);
  return status
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => ({ path: entry.slice(3), gone: entry[1] === "D" || entry.startsWith("D ") }));
}

async function rewriteReferences(): Promise<void> {
  const folder = join(exportDir, ".github/workflows");
  const [name, ref] = toolkitReference.split("@");
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), "utf8");
    const workflows = text.replaceAll("uses: $/.github/workflows/", "uses: ./.github/workflows/");
    await writeFile(join(folder, file), workflows.replaceAll(/uses: \$\/(\S+)/g, `uses: ${name}/$1@${ref}`));
  }
}
