// Which version of the toolkit the steps are pinned to. Without --pin, the newest release, by its commit: a tag can be
// moved, and what runs with the credentials of a deployment should not change by itself (SECURITY.md).
import { messageOf } from "../../../actions/shared/src/errors.ts";
import type { RunProcess } from "../../../actions/shared/src/process.ts";
import type { Pin } from "./model.ts";
import { isCommit } from "./reference.ts";

const movingTag = "v1";
const longestSeconds = 15;

export interface PinSource {
  run: RunProcess;
  /** URL of the toolkit's repository. */
  url: string;
  log: (line: string) => void;
}

/** @param wanted a commit, a tag such as v1, or undefined */
export async function choosePin(wanted: string | undefined, source: PinSource): Promise<Pin> {
  if (wanted !== undefined && !isCommit(wanted)) return { reference: wanted, version: undefined };
  const { releases, problem } = await readReleases(source);
  if (wanted !== undefined) {
    const reference = wanted.toLowerCase();
    return { reference, version: releases.find(({ commit }) => commit === reference)?.tag };
  }
  const [newest] = releases;
  if (newest) return { reference: newest.commit, version: newest.tag };
  source.log(`Pinned to ${movingTag}, because ${problem}. In production, pin a commit: --pin COMMIT.`);
  return { reference: movingTag, version: undefined };
}

interface Release {
  /** v1.2.3 */
  tag: string;
  commit: string;
}

/** Of the repository, the newest first. */
async function readReleases({ run, url }: PinSource): Promise<{ releases: Release[]; problem: string }> {
  // Asks for no password, which nobody would answer.
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GCM_INTERACTIVE: "never" };
  const command = ["git", "ls-remote", "--tags", "--", url, "v*"];
  try {
    const { code, stdout } = await run(command, { env, signal: AbortSignal.timeout(longestSeconds * 1000) });
    if (code !== 0) return { releases: [], problem: `the releases of ${url} could not be read` };
    return { releases: parseReleases(stdout), problem: `${url} has no release yet` };
  } catch (error) {
    return { releases: [], problem: `git could not be run (${messageOf(error)})` };
  }
}

/** Of an annotated tag, the commit is in the line with ^{}, which comes last. */
export function parseReleases(list: string): Release[] {
  const commits = new Map<string, string>();
  for (const [, commit = "", tag = ""] of list.matchAll(/^([0-9a-f]{40})\trefs\/tags\/(v\d+\.\d+\.\d+)(?:\^\{\})?$/gm))
    commits.set(tag, commit);
  return [...commits]
    .map(([tag, commit]) => ({ tag, commit }))
    .toSorted((a, b) => b.tag.localeCompare(a.tag, "en", { numeric: true }));
}
