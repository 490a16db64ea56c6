// The lines in which two texts differ, with some around them, as `diff -u` shows them.

const context = 2;

interface Line {
  mark: " " | "-" | "+";
  text: string;
}

/** Lines of both texts in order: the longest common subsequence stays. */
function compare(before: string[], after: string[]): Line[] {
  const lengths = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      (lengths[i] as number[])[j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, next] = [before[i], after[j]];
    if (old !== undefined && old === next) {
      lines.push({ mark: " ", text: old });
      [i, j] = [i + 1, j + 1];
    } else if (old !== undefined && (next === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: "-", text: old });
      i += 1;
    } else {
      lines.push({ mark: "+", text: next ?? "" });
      j += 1;
    }
  }
  return lines;
}

/** @param before undefined: there is no such file */
export function diff(path: string, before: string | undefined, after: string): string {
  const linesOf = (text: string) => text.replace(/\n$/, "").split("\n");
  const lines = compare(before === undefined ? [] : linesOf(before), linesOf(after));
  const isNear = (index: number) =>
    lines.slice(Math.max(index - context, 0), index + context + 1).some(({ mark }) => mark !== " ");
  const shown = lines.flatMap(({ mark, text }, index) => {
    if (!isNear(index)) return [];
    return [...(index > 0 && !isNear(index - 1) ? ["…"] : []), `${mark}${text}`];
  });
  return [`--- ${before === undefined ? "(no file)" : path}`, `+++ ${path}`, ...shown].join("\n");
}
