// Which version of the toolkit the steps are pinned to. Without --pin, the commit that this command is from, as with init:
// a tag can be moved, and what runs with the credentials of a deployment should not change by itself (SECURITY.md).
import type { RunProcess } from "../../../actions/shared/src/process.ts";
import type { Pin } from "./model.ts";
import { isCommit } from "./reference.ts";

const movingTag = "v1";
/** For the comment alone, nobody waits longer. */
const longestSeconds = 5;

export interface PinSource {
  /** The commit that this command is from; undefined: not known. */
  commit: () => Promise<string | undefined>;
  run: RunProcess;
  /** URL of the toolkit's repository. */
  url: string;
  log: (line: string) => void;
}

/** @param wanted a commit, a tag such as v1, or undefined */
export async function choosePin(wanted: string | undefined, source: PinSource): Promise<Pin> {
  const reference = wanted ?? (await source.commit());
  if (reference === undefined) {
    source.log(`Pinned to ${movingTag}: the commit of this command is not known. In production, use --pin COMMIT.`);
    return { reference: movingTag, version: undefined };
  }
  if (!isCommit(reference)) return { reference, version: undefined };
  const commit = reference.toLowerCase();
  return { reference: commit, version: await releaseOf(commit, source) };
}

/** The tag v1.2.3 of a commit; undefined: it has none, or the repository cannot be reached. */
async function releaseOf(commit: string, { run, url }: PinSource): Promise<string | undefined> {
  // Asks for no password, which nobody would answer.
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GCM_INTERACTIVE: "never" };
  const command = ["git", "ls-remote", "--tags", "--", url, "v*"];
  const signal = AbortSignal.timeout(longestSeconds * 1000);
  const { code, stdout } = await run(command, { env, signal }).catch(() => ({ code: 1, stdout: "" }));
  if (code !== 0) return undefined;
  // The commit of an annotated tag is in the line with ^{}.
  const lines = stdout.matchAll(/^([0-9a-f]{40})\trefs\/tags\/(v\d+\.\d+\.\d+)(?:\^\{\})?$/gm);
  return [...lines].find(([, one]) => one === commit)?.[2];
}
