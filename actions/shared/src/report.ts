// What an action says: log lines, the job summary, outputs, and how it ends.
import { appendFile } from "node:fs/promises";
import * as core from "@actions/core";
import { ConfigurationError, FailedError } from "./errors.ts";

export type Log = (line: string) => void;

/** Adds Markdown to the job summary; outside of a runner there is none. */
export async function appendSummary(markdown: string): Promise<void> {
  const file = process.env["GITHUB_STEP_SUMMARY"];
  if (file) await appendFile(file, `${markdown}\n`);
}

/** A two-column Markdown table of facts; what is undefined is left out. */
export function factTable(facts: Record<string, string | undefined>): string {
  const rows = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`| ${name} | ${tableCell(value)} |`],
  );
  return ["| | |", "|---|---|", ...rows].join("\n");
}

/** Text in a cell of a Markdown table, on one line and within its bars. */
export const tableCell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", "<br>");

/** Text in a Markdown block that no line of it can close. */
export function codeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

export function setOutputs(outputs: Record<string, string | number | boolean>): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

export type Annotate = (level: "error" | "warning", title: string, message: string) => void;

/** One annotation of the run. The functions by their names: from `core[level]` a bundle could drop nothing. */
export const annotate: Annotate = (level, title, message) =>
  level === "error" ? core.error(message, { title }) : core.warning(message, { title });

/**
 * Runs an action: a problem that we know becomes one annotation, anything else is our bug and is said with its stack.
 */
export async function runAction(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof FailedError) {
      core.setFailed(error.message);
    } else {
      core.setFailed(
        `This is a bug in the action, please report it: ${error instanceof Error ? error.stack : String(error)}`,
      );
    }
  }
}

/** Commit and address of this run, for marks on what it has verified; undefined outside of a runner. */
export function thisRun(): { commit: string | undefined; url: string | undefined } {
  const {
    GITHUB_SHA: commit,
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: id,
  } = process.env;
  return { commit, url: server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined };
}

/**
 * Aborted when the runner or a terminal asks the process to end (SIGINT, SIGTERM), once; the second time it ends at
 * once.
 */
export function whenCancelled(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** Tells the runner to hide a value in everything that it shows, line by line; the frame of a PEM is no secret. */
export function hide(secret: string): void {
  for (const line of secret.split("\n"))
    if (line.trim() !== "" && !/^-----(BEGIN|END) /.test(line)) core.setSecret(line.trim());
}
