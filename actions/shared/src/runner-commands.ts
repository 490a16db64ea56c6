// Commands to the runner, and none from anybody else: around output of other programs, the runner is told to take no
// commands until it sees a word that nobody can guess (stop-commands). `printable` breaks every command as well; this
// holds even for one that it would not know.
import { randomBytes } from "node:crypto";
import * as core from "@actions/core";

/** How many are running; the runner knows only one at a time. */
let depth = 0;
let token = "";

/** Elsewhere nobody reads commands, and everybody what they say: an add-mask in the log of a task shows the secret. */
export const isRunner = (): boolean => process.env["GITHUB_ACTIONS"] === "true";

function stop(): void {
  // A new one each time: the runner prints the line, although it masks the token (ActionCommandManager.cs).
  token = `resume-${randomBytes(16).toString("hex")}`;
  core.info(`::stop-commands::${token}`);
}

const resume = (): void => core.info(`::${token}::`);

/** While the work runs, the runner takes no commands from the log; it always does again afterwards. */
export async function withoutCommands<T>(work: () => Promise<T>): Promise<T> {
  if (!isRunner()) return work();
  if (depth === 0) stop();
  depth += 1;
  try {
    return await work();
  } finally {
    depth -= 1;
    if (depth === 0) resume();
  }
}

/** A command of ours, which the runner takes in any case; outside of GitHub Actions nothing. */
export function sendCommand(send: () => void): void {
  if (!isRunner()) return;
  if (depth === 0) return send();
  resume();
  try {
    send();
  } finally {
    stop();
  }
}
