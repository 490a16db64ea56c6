// The command of a terminal that creates a database for a restore.
import type { DatabaseLocale } from "./locale.ts";

/** A word for a POSIX shell. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/**
 * `createdb --template=template0 --encoding=UTF8 --lc-collate=ja_JP.UTF-8 … app_restored`
 *
 * @param major of the program: before 15 it knows libc only.
 */
export function createdbCommand(
  database: string,
  { locale, owner, major }: { locale: DatabaseLocale | undefined; owner?: string | undefined; major: number },
): string {
  const options =
    locale === undefined
      ? []
      : [
          `--encoding=${locale.encoding}`,
          ...(major >= 15 ? [`--locale-provider=${locale.provider}`] : []),
          `--lc-collate=${locale.collate}`,
          `--lc-ctype=${locale.ctype}`,
          ...(locale.locale === undefined ? [] : [`--${locale.provider}-locale=${locale.locale}`]),
          ...(locale.icuRules === undefined ? [] : [`--icu-rules=${locale.icuRules}`]),
        ];
  return [
    "createdb",
    "--template=template0",
    ...options,
    ...(owner === undefined ? [] : [`--owner=${owner}`]),
    // What follows is a name, whatever it begins with.
    ...(database.startsWith("-") ? ["--"] : []),
    database,
  ]
    .map(shellWord)
    .join(" ");
}
