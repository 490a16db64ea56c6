// How a database sorts and classifies text. It is fixed when a database is created, so a copy needs the same.
import pg from "pg";
import type { Session } from "./connection.ts";

export interface DatabaseLocale {
  /** "UTF8", "EUC_JP", "SQL_ASCII" */
  encoding: string;
  /** LC_COLLATE and LC_CTYPE, names of the server's operating system: "en_US.UTF-8". */
  collate: string;
  ctype: string;
  provider: "libc" | "icu" | "builtin";
  /** Locale of the provider, if that is not libc: "ja-JP", "C.UTF-8". */
  locale: string | undefined;
  /** Additional rules of an ICU collation; PostgreSQL 16 and newer. */
  icuRules: string | undefined;
}

/**
 * The row as JSON has whichever columns the version has: datlocprovider since 15, daticulocale in 15 and 16, datlocale
 * since 17, daticurules since 16 (documentation of each version, "pg_database").
 */
const localeQuery = `SELECT pg_catalog.pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate,
    d.datctype AS ctype, pg_catalog.to_jsonb(d) ->> 'datlocprovider' AS provider,
    coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale,
    pg_catalog.to_jsonb(d) ->> 'daticurules' AS rules
  FROM pg_catalog.pg_database d WHERE d.datname = `;

const providers: Record<string, DatabaseLocale["provider"]> = { c: "libc", i: "icu", b: "builtin" };

/**
 * @param database by default the one of the session.
 * @returns undefined if there is no such database.
 */
export async function readLocale(
  { query }: Pick<Session, "query">,
  database?: string,
): Promise<DatabaseLocale | undefined> {
  const [row] = await query<Record<"encoding" | "collate" | "ctype", string> & Record<string, string | null>>(
    `${localeQuery}${database === undefined ? "pg_catalog.current_database()" : "$1"}`,
    database === undefined ? [] : [database],
  );
  if (row === undefined) return undefined;
  const { encoding, collate, ctype } = row;
  const provider = providers[row["provider"] ?? "c"] ?? "libc";
  return {
    encoding,
    collate,
    ctype,
    provider,
    locale: provider === "libc" ? undefined : (row["locale"] ?? undefined),
    icuRules: row["rules"] ?? undefined,
  };
}

/**
 * A `CREATE DATABASE` that makes an empty database with this locale.
 *
 * @param targetMajor of the server that runs it. Servers before 15 have libc only.
 */
export function createDatabaseStatement(name: string, locale: DatabaseLocale, targetMajor: number): string {
  const { encoding, collate, ctype, provider, icuRules } = locale;
  const literal = pg.escapeLiteral;
  const ofProvider =
    locale.locale === undefined || provider === "libc"
      ? []
      : [`${provider === "icu" ? "ICU_LOCALE" : "BUILTIN_LOCALE"} = ${literal(locale.locale)}`];
  return [
    `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE = template0`,
    `ENCODING = ${literal(encoding)}`,
    ...(targetMajor >= 15 ? [`LOCALE_PROVIDER = ${provider}`] : []),
    `LC_COLLATE = ${literal(collate)}`,
    `LC_CTYPE = ${literal(ctype)}`,
    ...ofProvider,
    ...(icuRules === undefined ? [] : [`ICU_RULES = ${literal(icuRules)}`]),
  ].join(" ");
}

/** "UTF8, en_US.UTF-8", "UTF8, icu ja-JP" */
export const describeLocale = ({ encoding, collate, ctype, provider, locale }: DatabaseLocale): string =>
  [
    encoding,
    locale === undefined ? (collate === ctype ? collate : `${collate}, ctype ${ctype}`) : `${provider} ${locale}`,
  ].join(", ");

/** Whether text sorts and is classified the same in both, however the operating systems write the name. */
export function sameLocale(one: DatabaseLocale, other: DatabaseLocale): boolean {
  const key = ({ encoding, collate, ctype, provider, locale, icuRules }: DatabaseLocale) =>
    JSON.stringify([encoding, normalize(collate), normalize(ctype), provider, locale, icuRules]);
  return key(one) === key(other);
}

/** "en_US.UTF-8" and "en_US.utf8" are one locale; "POSIX" is another name of "C". */
const normalize = (name: string): string =>
  name === "POSIX"
    ? "C"
    : name.replace(/\.([\w-]+)/, (_, codeset: string) => `.${codeset.toLowerCase().replaceAll("-", "")}`);
