// Blocks of a summary. Each is safe whatever its values are, and of limited size: GitHub drops a summary of more than
// 1 MiB as a whole.
import { clipLine } from "../printable.ts";
import { cleanText, code, escapeText, join, raw, type Markup, type Text } from "./markup.ts";

/** Several values of a fact stand one below the other; a fact without a value is left out. */
export type Facts = Record<string, Text | Text[] | undefined>;

const mostValues = 30;

/** A table with the names in its first column, in HTML: a Markdown table would have a header row, which would be empty. */
export function factTable(facts: Facts): Markup | undefined {
  const rows = Object.entries(facts).flatMap(([name, value]) => {
    const values = (Array.isArray(value) ? value : value === undefined ? [] : [value]).filter((one) => one !== "");
    if (values.length === 0) return [];
    const header = escapeText(name).replaceAll(" ", "\u00A0");
    const cell = join(limited(values, mostValues), "<br>").markup;
    return [`<tr><th align="left">${header}</th><td>${cell}</td></tr>`];
  });
  return rows.length === 0 ? undefined : raw(["<table>", ...rows, "</table>"].join("\n"));
}

const mostRows = 200;

/** A table with a header row. */
export function table(header: string[], rows: Text[][]): Markup {
  const row = (cells: Text[], tag: "td" | "th") =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join("")}</tr>`;
  const left = rows.length - mostRows;
  return raw(
    [
      "<table>",
      row(header, "th"),
      ...rows.slice(0, mostRows).map((cells) => row(cells, "td")),
      ...(left > 0 ? [row([`… and ${left} more rows, which are in the log`], "td")] : []),
      "</table>",
    ].join("\n"),
  );
}

const limited = (values: Text[], most: number): Text[] =>
  values.length > most ? [...values.slice(0, most), `… and ${values.length - most} more`] : values;

export const list = (items: Text[]): Markup =>
  raw(["<ul>", ...limited(items, 100).map((item) => `<li>${escapeText(item)}</li>`), "</ul>"].join("\n"));

/** Lines of a block, and characters of a line. */
const longestBlock = { lines: 100, line: 500 };

interface CodeOptions {
  /** For the colours: "sh" for commands. */
  language?: "text" | "sh";
  /** The end that stays of a long text: of a log the last lines. */
  keep?: "first" | "last";
}

/** Text in a fence that no line of it can close. */
export function codeBlock(text: string, { language = "text", keep = "first" }: CodeOptions = {}): Markup {
  const all = cleanText(text)
    .split("\n")
    .map((line) => clipLine(line.trimEnd(), longestBlock.line));
  const left = all.length - longestBlock.lines;
  const note = `(${left} more lines are in the log)`;
  const lines =
    left <= 0 ? all : keep === "first" ? [...all.slice(0, -left), note] : [note, ...all.slice(-longestBlock.lines)];
  const longestTicks = Math.max(2, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longestTicks + 1);
  return raw([`${fence}${language}`, ...lines, fence].join("\n"));
}

/** A command to copy, and what it is for. */
export const command = (purpose: Text, line: string): Markup => blocks([purpose, codeBlock(line, { language: "sh" })]);

export const details = (title: Text, content: (Text | undefined)[]): Markup =>
  raw(`<details><summary>${escapeText(title)}</summary>\n\n${blocks(content).markup}\n\n</details>`);

/** One below the other, with the blank line between them that ends an HTML block. */
export const blocks = (content: (Text | undefined)[]): Markup =>
  join(
    content.filter((one) => one !== undefined),
    "\n\n",
  );

/**
 * A message of several lines: indented lines are what a program or a check said, the others are sentences.
 *
 * @param quote how the indented lines are shown: as they are (a log) or as a list (things to correct).
 */
export function message(text: string, quote: "log" | "list" = "log"): Markup | undefined {
  const content: Markup[] = [];
  let quoted: string[] = [];
  const flush = () => {
    if (quoted.length > 0) content.push(quote === "log" ? codeBlock(quoted.join("\n")) : list(quoted));
    quoted = [];
  };
  for (const line of cleanText(text).split("\n")) {
    if (/^ {2}/.test(line)) quoted.push(line.slice(2));
    else {
      flush();
      if (line.trim() !== "") content.push(raw(escapeText(line)));
    }
  }
  flush();
  return content.length === 0 ? undefined : blocks(content.slice(0, 100));
}

/** An input whose name says that its value is not for everybody. */
const secretName = /secret|token|password|(^|-)key|identity|credential|header|build-args|environment/;

/** The inputs that an action lists as fit to be shown, folded away; an empty one is left out. */
export function inputsBlock(
  inputs: Record<string, string | number | boolean | string[] | undefined>,
): Markup | undefined {
  const facts = Object.entries(inputs).flatMap(([name, value]) =>
    value === undefined || secretName.test(name)
      ? []
      : [[name, (Array.isArray(value) ? value : [String(value)]).filter((one) => one !== "").map((one) => code(one))]],
  );
  const shown = factTable(Object.fromEntries(facts) as Facts);
  return shown && details("Inputs", [shown]);
}
