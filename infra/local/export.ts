// Exports the work tree, including uncommitted changes, into a separate repository for act to run on.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root, stateDir } from "./paths.ts";
import { Problem } from "./problem.ts";
import { attempt, run } from "./process.ts";
import { withCompleteReferences } from "./references.ts";

export const exportDir = join(stateDir, "export");

export interface ExportedTree {
  commit: string;
  /** Number of files that differ from the commit. */
  changes: number;
}

/** act does not support `$/` yet ("the repository that contains this file"): the export maps it to this repository. */
export const toolkitReference = "rainbow-seeker/deploy-toolkit@local";

export async function exportWorkTree(): Promise<ExportedTree> {
  const head = await attempt(["git", "-C", root, "rev-parse", "HEAD"]);
  if (head.code !== 0) {
    throw new Problem(
      "This folder is not a git repository with a commit; images and deployments record the commit they come from.",
      "Clone the repository, or: git init && git add -A && git commit -m start",
    );
  }
  await rm(exportDir, { recursive: true, force: true });
  await run(["git", "clone", "--quiet", "--shared", root, exportDir]);
  const changes = await changedFiles();
  for (const { path, isDeleted } of changes) {
    const target = join(exportDir, path);
    await rm(target, { recursive: true, force: true });
    if (isDeleted) continue;
    await mkdir(dirname(target), { recursive: true });
    await cp(join(root, path), target, { recursive: true, verbatimSymlinks: true });
  }
  await rewriteReferences();
  return { commit: head.stdout.trim(), changes: changes.length };
}

async function changedFiles(): Promise<{ path: string; isDeleted: boolean }[]> {
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
    .map((entry) => ({ path: entry.slice(3), isDeleted: entry[1] === "D" || entry.startsWith("D ") }));
}

async function rewriteReferences(): Promise<void> {
  const folder = join(exportDir, ".github/workflows");
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), "utf8");
    const workflows = text.replaceAll("uses: $/.github/workflows/", "uses: ./.github/workflows/");
    const actions = withCompleteReferences(workflows, toolkitReference);
    // act refuses the key, which GitHub has since 2026, and runs one workflow at a time.
    await writeFile(join(folder, file), actions.replaceAll(/^ +queue: max\n/gm, ""));
  }
}
