// A unified diff of two texts, which git and patch can apply.

const context = 3;

interface Line {
  mark: " " | "-" | "+";
  /** With its \n; a \r before it is a part of the line, as for git. */
  text: string;
}

/** @param before undefined: there is no such file @returns empty if nothing differs */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  const lines = compare(linesOf(before ?? ""), linesOf(after));
  const hunks = hunksOf(lines);
  if (hunks.length === 0) return "";
  const name = path.replaceAll("\\", "/");
  return `--- ${before === undefined ? "/dev/null" : `a/${name}`}\n+++ b/${name}\n${hunks.join("")}`;
}

const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Lines of both texts in order. What both begin and end with is set aside, so that a few edits of a long file are cheap. */
function compare(old: string[], next: string[]): Line[] {
  const shorter = Math.min(old.length, next.length);
  let start = 0;
  while (start < shorter && old[start] === next[start]) start += 1;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === next.at(-1 - end)) end += 1;
  const same = (lines: string[]): Line[] => lines.map((text) => ({ mark: " ", text }));
  return [
    ...same(old.slice(0, start)),
    ...differing(old.slice(start, old.length - end), next.slice(start, next.length - end)),
    ...same(old.slice(old.length - end)),
  ];
}

/** The longest common subsequence stays; of what is replaced, the old lines come first. */
function differing(old: string[], next: string[]): Line[] {
  const lengths = Array.from({ length: old.length + 1 }, () => new Uint32Array(next.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = next.length - 1; j >= 0; j--)
      (lengths[i] as Uint32Array)[j] = old[i] === next[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < next.length) {
    const [removed, added] = [old[i], next[j]];
    if (removed !== undefined && removed === added) {
      lines.push({ mark: " ", text: removed });
      [i, j] = [i + 1, j + 1];
    } else if (removed !== undefined && (added === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: "-", text: removed });
      i += 1;
    } else {
      lines.push({ mark: "+", text: added ?? "" });
      j += 1;
    }
  }
  return lines;
}

/** Changes whose context would overlap are one hunk. */
function hunksOf(lines: Line[]): string[] {
  const hunks: string[] = [];
  const changed = lines.flatMap(({ mark }, index) => (mark === " " ? [] : [index]));
  let first = 0;
  for (const [position, index] of changed.entries()) {
    if ((changed[position + 1] ?? Infinity) - index <= 2 * context + 1) continue;
    const from = Math.max(0, (changed[first] ?? 0) - context);
    hunks.push(hunk(lines.slice(0, from), lines.slice(from, index + context + 1)));
    first = position + 1;
  }
  return hunks;
}

function hunk(earlier: Line[], lines: Line[]): string {
  const range = (other: Line["mark"]): string => {
    const count = (all: Line[]) => all.filter(({ mark }) => mark !== other).length;
    // Of no lines, the number is that of the line before.
    return `${count(earlier) + (count(lines) > 0 ? 1 : 0)},${count(lines)}`;
  };
  return `@@ -${range("+")} +${range("-")} @@\n${lines.map(shown).join("")}`;
}

const shown = ({ mark, text }: Line): string =>
  text.endsWith("\n") ? mark + text : `${mark}${text}\n\\ No newline at end of file\n`;
