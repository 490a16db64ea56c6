/** "; did you mean …?" where a known word is a slip of the finger away. */
export function nearest(word: string, known: string[]): string {
  // The work grows with the length, and a slip of the finger is in a word.
  if (word.length > 100) return "";
  const close = known
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return close && close.distance <= Math.max(1, Math.floor(word.length / 4))
    ? `; did you mean ${close.candidate}?`
    : "";
}

/** Letters to add, drop or change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    let left = i + 1;
    for (const [j, other] of [...b].entries()) {
      const [aboveLeft = 0, above = 0] = row.slice(j, j + 2);
      left = Math.min(left + 1, above + 1, aboveLeft + (letter === other ? 0 : 1));
      next.push(left);
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
