// What an annotation of a failed step holds: its title, and as much of the explanation as the runner takes.
import { ConfigurationError, FailedError } from "./errors.ts";
import type { Outcome } from "./outcome.ts";
import { clip } from "./summary/markup.ts";

const titles: Record<Outcome, string> = {
  succeeded: "failed",
  unchanged: "failed",
  failed: "failed",
  "rolled-back": "rolled back",
  superseded: "superseded",
  "timed-out": "timed out",
  cancelled: "cancelled",
};

/** "deploy: rolled back" */
export function annotationTitle(action: string, error: unknown): string {
  if (error instanceof FailedError) return `${action}: ${titles[error.outcome]}`;
  return `${action}: ${error instanceof ConfigurationError ? "configuration error" : "internal error"}`;
}

/** UTF-8 bytes: the runner cuts an annotation at 4,096 characters, in the middle of a line. */
const longest = 3900;
const mostLines = 40;

/** The text if it fits, else its first lines and where the rest is. */
export function annotationText(text: string): string {
  const lines = text.split("\n");
  if (lines.length <= mostLines && Buffer.byteLength(text) <= longest) return text;
  let short = "";
  for (const line of lines.slice(0, mostLines)) {
    if (Buffer.byteLength(short) + Buffer.byteLength(line) >= longest) break;
    short += `${line}\n`;
  }
  // One line alone may be too long; a character has four bytes at most.
  return `${short || `${clip(text, longest / 4)}\n`}(The log of this step has the rest.)`;
}

/** Lines of the log that begin like a command to the runner, without being one: it also looks behind leading spaces. */
export const withoutCommands = (text: string): string => text.replaceAll(/^([ \t]*)(?=::|##\[)/gm, "$1> ");
