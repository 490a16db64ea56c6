// The database of a restore proof, and what an ephemeral PostgreSQL instance lacks that the source has.
import pg from "pg";
import { messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { connect, type Connection, type Session } from "../postgres/connection.ts";
import { withEphemeralPostgres, type EphemeralPostgresOptions } from "../postgres/ephemeral-postgres.ts";
import { versionOf } from "../postgres/inspect.ts";
import { createDatabaseStatement, describeLocale, readLocale, type DatabaseLocale } from "../postgres/locale.ts";

/** Another name than those that every server has. */
const database = "restored";

export interface EphemeralDatabase {
  connection: Connection;
  /** How it sorts text instead; undefined: as the source does. */
  substitute: string | undefined;
}

/**
 * Creates a database with the locale of the source. A locale of the operating system that this machine lacks is replaced
 * by C.UTF-8, which classifies characters as every locale of Unicode does, and sorts them by their numbers.
 */
export async function createEphemeralDatabase(
  connection: Connection,
  locale: DatabaseLocale | undefined,
): Promise<EphemeralDatabase> {
  const restored = { ...connection, database };
  const session = await connect(connection, { failure: "RESTORE_FAILED" });
  try {
    if (locale === undefined) {
      await session.query(`CREATE DATABASE ${database} TEMPLATE template0`);
      return { connection: restored, substitute: undefined };
    }
    const { major } = await versionOf(session);
    const names = locale.encoding === "UTF8" ? ["C.UTF-8", "C"] : ["C"];
    const libc = { ...locale, provider: "libc" as const, locale: undefined, icuRules: undefined };
    const candidates = [locale, ...names.map((name) => ({ ...libc, collate: name, ctype: name }))];
    let failure: unknown;
    for (const candidate of candidates) {
      try {
        await session.query(createDatabaseStatement(database, candidate, major));
        return {
          connection: restored,
          substitute: candidate === locale ? undefined : describeLocale(candidate),
        };
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  } finally {
    await session.end();
  }
}

interface Needed {
  locale: DatabaseLocale | undefined;
  extensions: string[];
  collations: Collation[];
}

interface Collation {
  name: string;
  /** Whether a dump has it; others must be part of the server. */
  isOwn: boolean;
  provider: string;
  collate: string | null;
  ctype: string | null;
}

/** Collations that columns, indexes, types and partitions use, and those that users have made. */
const collationsQuery = `SELECT c.collname AS name, c.collnamespace <> 'pg_catalog'::regnamespace AS "isOwn",
    c.collprovider AS provider, c.collcollate AS collate, c.collctype AS ctype
  FROM pg_catalog.pg_collation c
  WHERE c.collname NOT IN ('default', 'C', 'POSIX') AND c.oid IN (
    SELECT a.attcollation FROM pg_catalog.pg_attribute a WHERE a.attcollation <> 0
    UNION SELECT t.typcollation FROM pg_catalog.pg_type t WHERE t.typcollation <> 0
    UNION SELECT unnest(i.indcollation) FROM pg_catalog.pg_index i
    UNION SELECT unnest(p.partcollation) FROM pg_catalog.pg_partitioned_table p
    UNION SELECT o.oid FROM pg_catalog.pg_collation o WHERE o.collnamespace <> 'pg_catalog'::regnamespace)
  ORDER BY 1`;

async function readNeeded(source: Pick<Session, "query">): Promise<Needed> {
  const extensions = await source.query<{ name: string }>(
    "SELECT extname AS name FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY oid",
  );
  return {
    locale: await readLocale(source),
    extensions: extensions.map(({ name }) => name),
    collations: await source.query<Collation>(collationsQuery),
  };
}

/**
 * Tries on an ephemeral instance, in a second or two and before anything is dumped, what the dump will need of it.
 *
 * @returns a sentence for each thing without which no restore can succeed there.
 */
export async function findMissing(
  source: Pick<Session, "query">,
  options: EphemeralPostgresOptions & { log: Log },
): Promise<string[]> {
  const needed = await readNeeded(source);
  try {
    return await withEphemeralPostgres(options, async (server) => {
      const { connection, substitute } = await createEphemeralDatabase(server, needed.locale);
      if (substitute !== undefined && needed.locale)
        options.log(
          `warning: this machine lacks the locale of the database, ${describeLocale(needed.locale)}; ` +
            `it is restored with ${substitute} instead`,
        );
      const session = await connect(connection, { failure: "RESTORE_FAILED" });
      try {
        return [...(await missingExtensions(session, needed)), ...(await missingCollations(session, needed))];
      } finally {
        await session.end();
      }
    });
  } catch (error) {
    // The restore itself meets it again, when the data is safe.
    options.log(`warning: the ephemeral PostgreSQL instance cannot be tried out: ${messageOf(error).split("\n")[0]}`);
    return [];
  }
}

/** Some are there, and yet no extension of this server: they need a library that is loaded when it starts. */
async function missingExtensions({ query }: Pick<Session, "query">, { extensions }: Needed): Promise<string[]> {
  const missing: string[] = [];
  for (const name of extensions) {
    const statement = `CREATE EXTENSION IF NOT EXISTS ${pg.escapeIdentifier(name)} CASCADE`;
    const failure = await query(statement).then(
      () => undefined,
      (error: unknown) => reasonOf(error),
    );
    if (failure !== undefined) missing.push(`The extension ${name} cannot be created on this machine: ${failure}.`);
  }
  return missing;
}

async function missingCollations({ query }: Pick<Session, "query">, { collations }: Needed): Promise<string[]> {
  const missing: string[] = [];
  for (const { name, isOwn, provider, collate, ctype } of collations) {
    if (isOwn) {
      if (provider !== "c" || collate === null) continue;
      const locale = `LC_COLLATE = ${pg.escapeLiteral(collate)}, LC_CTYPE = ${pg.escapeLiteral(ctype ?? collate)}`;
      const failure = await query(`CREATE COLLATION pg_temp.tried (PROVIDER = libc, ${locale})`).then(
        () => undefined,
        (error: unknown) => reasonOf(error),
      );
      if (failure === undefined) await query("DROP COLLATION pg_temp.tried");
      else missing.push(`This machine lacks the locale ${collate} of the collation ${name}: ${failure}.`);
    } else {
      const found = await query(
        `SELECT FROM pg_catalog.pg_collation c WHERE c.collname = $1 AND c.collnamespace = 'pg_catalog'::regnamespace
           AND c.collencoding IN (-1, (SELECT d.encoding FROM pg_catalog.pg_database d WHERE d.datname = current_database()))`,
        [name],
      );
      if (found.length === 0) missing.push(`This machine lacks the locale of the collation "${name}".`);
    }
  }
  return missing;
}

/** PostgreSQL's own words. */
const reasonOf = (error: unknown): string =>
  messageOf((error as Error).cause ?? error)
    .replace(/\n[^]*/, "")
    .replace(/\.$/, "");
