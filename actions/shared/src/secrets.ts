// Values that must not be shown. The runner masks them in what it prints, but only as they were registered: escaped for
// Markdown, or cut off at a limit, it would not recognise them.

const secrets = new Set<string>();

/** Shorter ones are in every other word; the runner masks them, and makes the log unreadable. */
const shortest = 3;

/** From here on `withoutSecrets` masks each line of this value. */
export function rememberSecret(line: string): void {
  if (line.length >= shortest) secrets.add(line);
}

/** The text with *** for every secret; the longest first, because one may be a part of another. */
export function withoutSecrets(text: string): string {
  return [...secrets]
    .toSorted((a, b) => b.length - a.length)
    .reduce((masked, one) => masked.replaceAll(one, "***"), text);
}
