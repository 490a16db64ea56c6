// What an action says: log lines, the job summary, outputs, and how it ends.
import * as core from "@actions/core";
import { annotationText, annotationTitle, withoutCommands } from "./annotation.ts";
import { messageOf } from "./errors.ts";
import { failureSection, isExplained, isKnown } from "./summary/failure.ts";
import { appendSummary } from "./summary/write.ts";

export type Log = (line: string) => void;

export function setOutputs(outputs: Record<string, string | number | boolean>): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

export type Annotate = (level: "error" | "warning", title: string, message: string) => void;

/** One annotation of the run. The functions by their names: from `core[level]` a bundle could drop nothing. */
export const annotate: Annotate = (level, title, message) =>
  level === "error" ? core.error(message, { title }) : core.warning(message, { title });

/**
 * Runs an action. An error becomes one annotation, and a summary where there is none about it yet; the log has the
 * whole text.
 *
 * @param name of the action, for titles.
 */
export async function runAction(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.exitCode = 1;
    const text = isKnown(error)
      ? error.message
      : `This is a bug in the action, please report it: ${error instanceof Error ? error.stack : String(error)}`;
    const short = annotationText(text);
    if (short !== text) core.info(withoutCommands(text));
    annotate("error", annotationTitle(name, error), short);
    if (!isExplained(error))
      await appendSummary(failureSection(name, error)).catch((reason: unknown) =>
        core.info(`The summary of this step cannot be written: ${messageOf(reason)}`),
      );
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

/** Aborted when the runner or a terminal asks the process to end (SIGINT, SIGTERM), once; the second time it ends at once. */
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
