// A unified diff, as git and patch read it, of texts of which single places were replaced.

const context = 3;

interface Change {
  /** Lines from `start` on, counted from 0: these many of the old text are these of the new one. */
  start: number;
  removed: string[];
  added: string[];
}

/** Empty if nothing differs. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const old = linesOf(before);
  const hunks = grouped(changesOf(old, linesOf(after)));
  if (hunks.length === 0) return "";
  const name = path.replaceAll("\\", "/");
  let shift = 0;
  const texts = hunks.map((changes) => {
    const { text, added } = hunk(old, changes, shift);
    shift += added;
    return text;
  });
  return `--- a/${name}\n+++ b/${name}\n${texts.join("")}`;
}

/** Each with its \n; a \r before it is a part of the line, as for git. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Lines that differ. Where the number of lines changed, everything up to where both are the same again. */
function changesOf(old: string[], next: string[]): Change[] {
  const changes: Change[] = [];
  let shift = 0;
  for (let at = 0; at < old.length; at += 1) {
    if (old[at] === next[at + shift]) continue;
    const { removed, added } = differing(old.slice(at), next.slice(at + shift));
    changes.push({
      start: at,
      removed: old.slice(at, at + removed),
      added: next.slice(at + shift, at + shift + added),
    });
    at += removed - 1;
    shift += added - removed;
  }
  return changes;
}

/** The smallest numbers of lines after which the texts agree; a reference that was written over several lines is one. */
function differing(old: string[], next: string[]): { removed: number; added: number } {
  const most = old.length + next.length;
  for (let sum = 1; sum <= most; sum += 1)
    for (let removed = sum; removed >= 0; removed -= 1) {
      const added = sum - removed;
      const agree = old[removed] === next[added];
      if (removed > 0 && added > 0 && agree) return { removed, added };
    }
  return { removed: old.length, added: next.length };
}

/** Changes whose context would overlap are one hunk. */
function grouped(changes: Change[]): Change[][] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1)?.at(-1);
    if (last && change.start - (last.start + last.removed.length) <= 2 * context) hunks.at(-1)?.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

function hunk(old: string[], changes: Change[], shift: number): { text: string; added: number } {
  const first = changes[0] as Change;
  const last = changes.at(-1) as Change;
  const from = Math.max(0, first.start - context);
  const to = Math.min(old.length, last.start + last.removed.length + context);
  const lines: string[] = [];
  let at = from;
  for (const { start, removed, added } of changes) {
    lines.push(...marked(" ", old.slice(at, start)), ...marked("-", removed), ...marked("+", added));
    at = start + removed.length;
  }
  lines.push(...marked(" ", old.slice(at, to)));
  const added = changes.reduce((sum, change) => sum + change.added.length - change.removed.length, 0);
  const length = to - from;
  return { text: `@@ -${from + 1},${length} +${from + 1 + shift},${length + added} @@\n${lines.join("")}`, added };
}

const marked = (sign: string, lines: string[]): string[] =>
  lines.map((line) => (line.endsWith("\n") ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`));
