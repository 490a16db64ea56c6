// What an action says: log lines, the job summary, outputs, and how it ends.
import * as core from "@actions/core";
import { annotationText, annotationTitle, ofOutput } from "./annotation.ts";
import { ConfigurationError, messageOf } from "./errors.ts";
import { printable, printableLine } from "./printable.ts";
import { isRunner, sendCommand, withoutCommands } from "./runner-commands.ts";
import { rememberSecret } from "./secrets.ts";
import { failureSection, isExplained, isKnown } from "./summary/failure.ts";
import { appendSummary } from "./summary/write.ts";

export type Log = (line: string) => void;

/** The log of a step; it takes text from anywhere. */
export const logLine: Log = (text) => core.info(printable(text));

/** A group of log lines that the page of the run folds, with the output of another program. */
export const logGroup = <T>(title: string, work: () => Promise<T>): Promise<T> =>
  core.group(printableLine(title), () => withoutCommands(work));

export function setOutputs(outputs: Record<string, string | number | boolean>): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

export type Annotate = (level: "error" | "warning", title: string, message: string) => void;

/** Characters; GitHub takes 255 (REST API, "Create a check run"). */
const longestTitle = 200;

/**
 * One annotation of the run; in a terminal or the log of a task, lines like others. The functions by their names: from
 * `core[level]` a bundle could drop nothing.
 */
export function annotate(level: "error" | "warning", title: string, message: string): void {
  const text = annotationText(printable(message));
  const properties = { title: printableLine(title, longestTitle) };
  if (!isRunner()) return logLine(`${properties.title}: ${text}`);
  sendCommand(() => {
    if (level === "error") core.error(text, properties);
    else core.warning(text, properties);
  });
}

/**
 * Runs an action. An error becomes one annotation, and a summary where there is none about it yet; the log has the
 * whole text, and the output `explanation` as much as a notice or a record takes.
 *
 * @param name of the action, for titles.
 */
export async function runAction(name: string, main: () => Promise<void>): Promise<void> {
  // What nobody waits for would be printed by Node, as it is.
  const crash = async (error: unknown) => {
    await fail(name, error);
    process.exit(1);
  };
  process.once("uncaughtException", crash);
  try {
    await main();
  } catch (error) {
    await fail(name, error);
  } finally {
    process.off("uncaughtException", crash);
  }
}

async function fail(name: string, error: unknown): Promise<void> {
  process.exitCode = 1;
  const text = printable(
    isKnown(error)
      ? error.message
      : `This is a bug in the action, please report it: ${error instanceof Error ? error.stack : String(error)}`,
  );
  const keep = error instanceof ConfigurationError ? "first" : "last";
  const short = annotationText(text, keep);
  if (short !== text) await withoutCommands(async () => core.info(text));
  annotate("error", annotationTitle(name, error), short);
  if (process.env["GITHUB_OUTPUT"]) setOutputs({ explanation: annotationText(text, keep, ofOutput) });
  if (!isExplained(error))
    await appendSummary(failureSection(name, error)).catch((reason: unknown) =>
      logLine(`The summary of this step cannot be written: ${messageOf(reason)}`),
    );
}

/** Commit and address of this run, for marks on what it has verified; undefined outside of a runner. */
export function thisRun(environment = process.env): { commit: string | undefined; url: string | undefined } {
  const {
    GITHUB_SHA: commit,
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: id,
  } = environment;
  return { commit, url: server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined };
}

/** Aborted when the runner or a terminal asks the process to end (SIGINT, SIGTERM), once; the second time it ends at once. */
export function whenCancelled(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** Hides a value in everything that is shown, line by line; the frame of a PEM is no secret. */
export function hide(secret: string): void {
  for (const line of secret.split("\n").map((one) => one.trim())) {
    if (line === "" || /^-----(BEGIN|END) /.test(line)) continue;
    rememberSecret(line);
    sendCommand(() => core.setSecret(line));
  }
}
