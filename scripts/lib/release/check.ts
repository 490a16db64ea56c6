// What has to be true of a tag before anything of it is published.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../infra/local/problem.ts";
import type { Git } from "../changelog.ts";
import { versionOf } from "./version.ts";

export interface Checkout {
  folder: string;
  git: Git;
}

/** @throws Problem that names everything that is wrong, each with what to do */
export async function checkTag(tag: string, { folder, git }: Checkout): Promise<void> {
  if (!versionOf(tag))
    throw new Problem(`${tag} is not vMAJOR.MINOR.PATCH.`, "Releases have such tags only; vMAJOR is moved by them.");
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string };
  const problems = [
    ...(`v${version}` === tag ? [] : [`package.json has the version ${version}, not that of ${tag}.`]),
    ...(await positionProblems(tag, git)),
    ...(notesOf(tag, await readFile(join(folder, "CHANGELOG.md"), "utf8")) === undefined
      ? [`CHANGELOG.md has no section of ${tag}: npm run changelog -- --release`]
      : []),
  ];
  if (problems.length > 0)
    throw new Problem(
      problems.join("\n"),
      "Nothing is published. Fix it on main, and tag the fixed commit with the next version: docs/releases.md.",
    );
}

/** The checkout is the tag's commit, unchanged, and main has it. */
async function positionProblems(tag: string, git: Git): Promise<string[]> {
  const [head, tagged] = await Promise.all(["HEAD", `refs/tags/${tag}`].map((ref) => commitOf(ref, git)));
  const changed = (await git("status", "--porcelain")).trim();
  const branches = (await git("branch", "--remotes", "--contains", "HEAD", "--format=%(refname)")).split("\n");
  return [
    ...(head === tagged ? [] : [`The checkout is ${head}, and ${tag} is ${tagged}.`]),
    ...(changed === "" ? [] : [`The checkout is not what was committed:\n${changed}`]),
    ...(branches.includes("refs/remotes/origin/main") ? [] : [`${head} is not on main.`]),
  ];
}

const commitOf = async (ref: string, git: Git): Promise<string> =>
  (await git("rev-parse", "--verify", `${ref}^{commit}`)).trim();

/** The version's section of the changelog, without its title. */
export function notesOf(tag: string, changelog: string): string | undefined {
  const section = changelog.split(/^## /m).find((text) => text.startsWith(`${tag} (`));
  return section?.replace(/^.*\n/, "").trim();
}
