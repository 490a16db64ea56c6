// What is written: the report of the caller, without what hostile text in it could do, and a hidden marker that only
// this action reads.
import { cleanText } from "../../shared/src/summary/markup.ts";
import type { Run } from "./run.ts";

/** What the marker of an issue or comment says. */
export interface Marker {
  id: string;
  /** Run and attempt that wrote it. */
  run: number;
  attempt: number;
  /** How often it was reported since it was opened. */
  count: number;
  /** Time of the first report, ISO 8601. */
  since: string;
}

/** Characters; GitHub takes 65,536 of an issue or comment, and 256 of a title. */
const longestBody = 65_000;
const longestTitle = 200;
/**
 * Shows nothing, and separates what GitHub would take for a mention or a reference. A character reference would be shown
 * as it is in code.
 */
const gap = "\u200B";

const pattern = /^<!-- github-report id=([a-z0-9-]+) run=(\d+)\.(\d+) count=(\d+) since=([\dT:.Z-]+) -->\r?\n?/;

export const markerLine = ({ id, run, attempt, count, since }: Marker): string =>
  `<!-- github-report id=${id} run=${run}.${attempt} count=${count} since=${since} -->`;

/** The marker that a text begins with. */
export function markerOf(text: string | null | undefined): Marker | undefined {
  const [, id, run, attempt, count, since] = pattern.exec(text ?? "") ?? [];
  if (id === undefined || since === undefined) return undefined;
  return { id, run: Number(run), attempt: Number(attempt), count: Number(count), since };
}

export const withoutMarker = (text: string | null | undefined): string => (text ?? "").replace(pattern, "");

/** Whether a later run has reported already: its report stands. */
export const isNewer = (marker: Marker, run: Pick<Run, "id" | "attempt">): boolean =>
  marker.run > run.id || (marker.run === run.id && marker.attempt > run.attempt);

/**
 * Markdown that notifies nobody and refers to no other issue, whatever text it quotes: GitHub notifies who is mentioned
 * (`@name`, `@team/name`), and notes in an issue that is referred to (`#1`, `GH-1`, its URL) that it was. A comment of
 * HTML could hide what follows it, or pass for a marker.
 * https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
export const neutralised = (text: string): string =>
  cleanText(text)
    .replaceAll("<!--", `<${gap}!--`)
    .replaceAll(/(?<![\p{L}\p{N}_])@(?=[\p{L}\p{N}])/gu, `@${gap}`)
    .replaceAll(/(?<!&)#(?=\d)/g, `#${gap}`)
    .replaceAll(/\bGH-(?=\d)/gi, `$&${gap}`)
    .replaceAll(/\/(?:issues|pull|discussions)\/(?=\d)/gi, `$&${gap}`);

export const safeTitle = (title: string): string => {
  const line = neutralised(title).replaceAll(/\s+/g, " ").trim();
  return line.length <= longestTitle ? line : `${line.slice(0, longestTitle).toWellFormed()}…`;
};

/** Marker, report and footer. What is too long loses the end of the report; a code block that is open there is closed. */
export function bodyOf(marker: Marker, report: string, footer: string[]): string {
  const begin = `${markerLine(marker)}\n`;
  const end = footer.length === 0 ? "\n" : `\n\n---\n${footer.join("<br>\n")}\n`;
  return begin + clipped(neutralised(report).trim(), longestBody - begin.length - end.length) + end;
}

const cutNote = "… (cut off here: GitHub takes no longer text; the run has all of it)";

function clipped(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // A fence that is longer than the space which is left for it here is none that anybody writes.
  const cut = text.slice(0, longest - cutNote.length - 100);
  const lastLine = cut.lastIndexOf("\n");
  const kept = (lastLine > 0 ? cut.slice(0, lastLine) : cut).toWellFormed();
  const fence = openFence(kept);
  return `${kept}\n${fence === undefined ? "" : `${fence.slice(0, 90)}\n`}\n${cutNote}`;
}

/** The fence of a code block that a text leaves open (CommonMark 0.31, 4.5). */
function openFence(text: string): string | undefined {
  let open: string | undefined;
  for (const line of text.split("\n")) {
    const [, fence = "", rest = ""] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence === "") continue;
    if (open === undefined) open = fence;
    else if (fence[0] === open[0] && fence.length >= open.length && rest.trim() === "") open = undefined;
  }
  return open;
}
