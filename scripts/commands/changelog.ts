// Writes CHANGELOG.md from the commits of this branch. With --release: what came after the last version is the version in
// package.json, which is about to be tagged.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { run } from "../../infra/local/process.ts";
import { changelog, readSections, type Git } from "../lib/changelog.ts";
import { formatted } from "../lib/markdown.ts";

const git: Git = (...args) => run(["git", ...args], { cwd: root });

function isRelease(): boolean {
  try {
    return parseArgs({ options: { release: { type: "boolean", default: false } } }).values.release;
  } catch (cause) {
    throw new Problem((cause as Error).message, "npm run changelog, or npm run changelog -- --release", { cause });
  }
}

async function upcomingVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  if ((await git("tag", "--list", `v${version}`)) !== "")
    throw new Problem(`v${version} is tagged already.`, "Set the version in package.json to the one to be released.");
  return `v${version} (${(await git("log", "-1", "--format=%cs")).trim()})`;
}

await runCommand(async () => {
  const title = isRelease() ? await upcomingVersion() : "Unreleased";
  if ((await git("rev-parse", "--is-shallow-repository")).trim() === "true")
    throw new Problem("This clone is shallow: its history is incomplete.", "git fetch --unshallow --tags");
  const text = changelog(await readSections(git, title));
  await writeFile(join(root, "CHANGELOG.md"), await formatted("CHANGELOG.md", text));
  console.log("CHANGELOG.md");
});
