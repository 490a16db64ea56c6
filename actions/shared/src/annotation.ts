// What an annotation of a failed step holds: its title, and as much of the explanation as the runner takes.
import { ConfigurationError, FailedError } from "./errors.ts";
import type { Outcome } from "./outcome.ts";
import { clipLine } from "./printable.ts";

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

/**
 * UTF-16 units. The runner cuts the message of an annotation, and with it its line in the log, at 4,096 of them, in the
 * middle of a line (ExecutionContext.cs, _maxIssueMessageLength), after masking secrets.
 */
const ofAnnotation = { longest: 3900, mostLines: 40 };
/** Of the output `explanation`: a post to Slack has 3,000 characters, and may be about several steps. */
export const ofOutput = { longest: 1200, mostLines: 15 };
const note = "(The log of this step has the rest.)";

/** Quoted lines of each block, and characters of a line; the first that fits is taken. */
const attempts = [
  { quoted: 20, line: 500 },
  { quoted: 20, line: 150 },
  { quoted: 8, line: 150 },
  { quoted: 3, line: 120 },
  { quoted: 1, line: 80 },
];

/**
 * The text if it fits. Else its sentences, which say what happened and what to do, with fewer of the indented lines that
 * it quotes between them, and where the rest is.
 *
 * @param keep of the quoted lines: of what is wrong the first, of a log the last.
 */
export function annotationText(
  text: string,
  keep: "first" | "last" = "last",
  { longest, mostLines } = ofAnnotation,
): string {
  const lines = text.split("\n");
  if (lines.length <= mostLines && text.length <= longest) return text;
  for (const limits of attempts) {
    const short = [...shortened(lines, keep, limits), note];
    if (short.length <= mostLines && short.join("\n").length <= longest) return short.join("\n");
  }
  let short = "";
  for (const line of shortened(lines, keep, { quoted: 0, line: 300 }).slice(0, mostLines - 1)) {
    if (short.length + line.length + note.length > longest) break;
    short += `${line}\n`;
  }
  return short + note;
}

function shortened(lines: string[], keep: "first" | "last", limits: { quoted: number; line: number }): string[] {
  const result: string[] = [];
  let block: string[] = [];
  const flush = () => {
    const left = block.length - limits.quoted;
    const rest = left > 0 ? [`  … ${left} more lines`] : [];
    const kept = left <= 0 ? block : keep === "first" ? block.slice(0, limits.quoted) : block.slice(left);
    result.push(...(keep === "first" ? [...kept, ...rest] : [...rest, ...kept]));
    block = [];
  };
  for (const line of lines) {
    if (line.startsWith("  ")) block.push(clipLine(line, limits.line));
    else {
      flush();
      // A sentence is worth more than a line of a log.
      result.push(clipLine(line, Math.max(limits.line * 2, 600)));
    }
  }
  flush();
  return result;
}
