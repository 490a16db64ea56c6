// The snapshot that dump and count share, in a database whose tables come and go.
//
// This session locks nothing for longer than a statement. With a lock of its own it would stop pg_dump for good: a
// waiting ALTER TABLE stands behind that lock, and pg_dump's request stands behind the ALTER TABLE.
import { BackupError } from "../errors.ts";
import type { Session } from "./connection.ts";
import { listNames, listTables, oneRow, ownRelations, type Table } from "./inspect.ts";

export interface Snapshot {
  /** For `pg_dump --snapshot`, while the transaction is open. */
  id: string;
  at: Date;
  /** Those that the dump has. */
  tables: Table[];
  /** Object IDs of all relations that the dump has. */
  relations: string[];
}

/** Begins a transaction whose snapshot pg_dump can use while it is open. */
export async function takeSnapshot(session: Session): Promise<Snapshot> {
  const { query } = session;
  await query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const { id, at } = await oneRow<{ id: string; at: Date }>(query, "SELECT pg_export_snapshot() AS id, now() AS at");
  const tables = await listTables(session);
  const relations = await query<{ oid: string }>(`SELECT c.oid::text ${ownRelations}`);
  return { id, at, tables, relations: relations.map(({ oid }) => oid) };
}

/**
 * Whether relations that the snapshot has do not exist any more: then pg_dump may have failed for that reason alone,
 * in whichever language the server says so.
 */
export async function hasLostRelations({ query }: Session, { relations }: Snapshot): Promise<boolean> {
  const { lost } = await oneRow<{ lost: boolean }>(
    query,
    `SELECT EXISTS (SELECT FROM unnest($1::oid[]) AS known(oid)
       WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = known.oid)) AS lost`,
    [relations],
  );
  return lost;
}

/** A table was dropped, truncated or rewritten between the snapshot and pg_dump's lock: the dump lacks its rows. */
export class ReplacedTables extends BackupError {
  constructor(names: string[]) {
    const list = listNames(names.map((name) => ({ name })));
    super("DUMP_FAILED", `Dropped, truncated or rewritten before pg_dump could lock them: ${list}.`);
  }
}

/**
 * Names of the tables whose files are not those of the snapshot any more. TRUNCATE and ALTER TABLE are not safe for
 * snapshots: a table appears empty afterwards (documentation of PostgreSQL, "Caveats" of concurrency control).
 */
export async function changedTables({ query }: Session, tables: readonly Table[]): Promise<string[]> {
  // A session hears of what others have committed when it takes a lock that it does not have: here one on pg_language.
  await query("SAVEPOINT comparing");
  const changed = await query<{ name: string }>(
    `SELECT name FROM unnest($1::text[], $2::oid[], $3::oid[]) AS known(name, oid, file)
       WHERE pg_relation_filenode(oid) IS DISTINCT FROM file AND EXISTS (SELECT FROM pg_catalog.pg_language)
       ORDER BY 1`,
    [tables.map(({ name }) => name), tables.map(({ oid }) => oid), tables.map(({ file }) => file)],
  );
  await query("ROLLBACK TO SAVEPOINT comparing");
  return changed.map(({ name }) => name);
}

/** For when pg_dump has its locks. @throws ReplacedTables if the dump lacks rows of the snapshot. */
export async function assertNotReplaced(session: Session, { tables }: Snapshot): Promise<void> {
  const names = await changedTables(session, tables);
  if (names.length > 0) throw new ReplacedTables(names);
}
