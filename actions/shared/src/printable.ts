// Text from outside → lines for the runner's log. Whatever is printed goes through here: container logs, ECS events,
// answers of services and registries, the output of docker and PostgreSQL, error messages, names and labels.
//
// The runner reads every line of a step as a possible command (actions/runner, Runner.Worker/Handlers/OutputManager.cs):
// `::name …::` behind any white space at the start of a line, and `##[name …]` anywhere in one
// (Runner.Common/ActionCommand.cs, TryParseV2 and TryParse). A line ends at \n, \r or \r\n (ProcessInvoker.cs,
// StreamReader.ReadLine). ActionCommand.cs compares by culture, which ignores zero-width characters: what breaks a
// command is therefore visible.
import { cleanText } from "./summary/markup.ts";

/** Characters of a line; the web page shows 1,024 of a line while a job runs (JobServerQueue.cs), the log all. */
const longestLine = 4000;
/** Characters of a log line that a message quotes. */
const longestQuote = 1000;

/** White space and format characters, in any mixture, before a command. */
const commandAtStart = /^[\s\p{Cf}]*(?=:\p{Cf}*:)/u;
/** The names of commands are letters and hyphens. Anything else stays as it is, so that masked values are recognised. */
const commandAnywhere = /(?<=#\p{Cf}*)#(?=\p{Cf}*\[\p{Cf}*[a-z][\w-]*[\s\]])/giu;

/** The same text, without anything that the runner or a terminal takes for more than text; long lines are cut off. */
export function printable(text: string, longest = longestLine): string {
  const lines = cleanText(text).split("\n");
  return lines
    .map((line) => clipLine(line, longest).replace(commandAtStart, "$&> ").replaceAll(commandAnywhere, "# "))
    .join("\n");
}

/** A reason or a name, as a part of a sentence: without line breaks. */
export const oneLine = (text: string, longest = longestQuote): string =>
  clipLine(cleanText(text).replaceAll(/\s+/g, " ").trim(), longest);

export const printableLine = (text: string, longest?: number): string => printable(oneLine(text, longest));

/** An object as one line of JSON, for programs: what the runner would take for a command is written as an escape. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/#(?=\p{Cf}*#\p{Cf}*\[)/gu, String.raw`\u0023`);

/** The newest lines of a log or of events, as a message quotes them; one entry may have several lines. */
export const quotedLines = (entries: string[], most = 40): string[] =>
  entries
    .flatMap((entry) => cleanText(entry).split("\n"))
    .slice(-most)
    .map((line) => clipLine(line, longestQuote));

/**
 * The beginning of a line, and how much is missing. It ends between two words, if there is a gap near the limit: half of
 * a secret would not be masked.
 */
export function clipLine(line: string, longest: number): string {
  if (line.length <= longest) return line;
  // What was cut off before counts as well.
  const [note = "", before = "0"] = /… \((\d+) more characters\)$/.exec(line) ?? [];
  const text = line.slice(0, line.length - note.length);
  if (text.length <= longest) return line;
  const cut = text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "");
  const gap = cut.search(/\s\S*$/);
  const kept = gap >= longest * 0.7 ? cut.slice(0, gap) : cut;
  return `${kept}… (${text.length - kept.length + Number(before)} more characters)`;
}
