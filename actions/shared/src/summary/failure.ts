// The summary of a step that failed, where the action has not written one that knows more.
import { ConfigurationError, FailedError, messageOf } from "../errors.ts";
import { codeBlock, message } from "./blocks.ts";
import { markup, type Markup } from "./markup.ts";
import type { Section, Status } from "./section.ts";

/** Errors that the summary explains already. */
const explained = new WeakSet<Error>();

/** Notes that a section about this error was written. */
export function markExplained<E extends Error>(error: E): E {
  explained.add(error);
  return error;
}

export const isExplained = (error: unknown): boolean =>
  error instanceof Error && (explained.has(error) || isExplained(error.cause));

/** A problem that we know, and not a bug of ours. */
export const isKnown = (error: unknown): error is ConfigurationError | FailedError =>
  error instanceof ConfigurationError || error instanceof FailedError;

export const statusOf = (error: unknown): Status => (error instanceof FailedError ? error.outcome : "failed");

/** @param subject what failed: the action, or a service. */
export function failureSection(subject: string, error: unknown): Section {
  if (!isKnown(error))
    return {
      status: "failed",
      title: markup`${subject}: internal error`,
      content: [
        markup`This is a bug in the action; please report it.`,
        codeBlock(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      ],
    };
  return { status: statusOf(error), title: headlineOf(subject, error), content: [explanationOf(error)] };
}

/** Characters of a first line that a heading holds. */
const longestHeadline = 160;

const firstLineOf = (error: Error): string => error.message.split("\n", 1)[0] ?? "";

const headlineOf = (subject: string, error: Error): Markup => {
  const line = firstLineOf(error)
    .trim()
    .replace(/[.:;]+$/, "");
  return markup`${subject}: ${line.length > longestHeadline ? `${line.slice(0, longestHeadline)}…` : line}`;
};

/** The message, without the first line where a heading has it. */
export function explanationOf(error: Error, part: "all" | "rest" = "rest"): Markup | undefined {
  const text = messageOf(error);
  const first = firstLineOf(error);
  const shown = part === "all" || first.length > longestHeadline ? text : text.slice(first.length + 1);
  return message(shown, error instanceof ConfigurationError ? "list" : "log");
}
