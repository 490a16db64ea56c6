// The database as one snapshot shows it: what there is, how much of it, and whether this role sees all.
import { BackupError } from "../errors.ts";
import type { Session } from "./connection.ts";

export interface Table {
  /** "schema.table", quoted where PostgreSQL would. */
  name: string;
  readable: boolean;
  /** Whether row security would hide rows from this role. */
  filtered: boolean;
}

export interface Inspected {
  version: string;
  major: number;
  databaseBytes: number;
  tables: Table[];
  extensions: { name: string; version: string }[];
}

/** Relations that are neither PostgreSQL's own nor an extension's: tables, indexes, views, sequences. */
export const ownRelations = `
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/** Tables whose rows pg_dump writes: ordinary ones and leaves of partitions, not temporary. */
const ordinaryTables = `${ownRelations} AND c.relkind = 'r' AND c.relpersistence <> 't'`;

/** The row of a query that always has one. */
async function oneRow<Row>(query: Session["query"], text: string): Promise<Row> {
  const [row] = await query<Row>(text);
  if (row === undefined) throw new BackupError("CONNECT_FAILED", `The server answered without a row: ${text}`);
  return row;
}

/** "17.2", 17. */
export async function versionOf({ query }: Session): Promise<{ version: string; major: number }> {
  const server = await oneRow<{ version: string; number: number }>(
    query,
    "SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number",
  );
  return { version: server.version.replace(/ .*/, ""), major: Math.floor(server.number / 10_000) };
}

export async function inspect(session: Session): Promise<Inspected> {
  const { query } = session;
  const database = await oneRow<{ bytes: string }>(query, "SELECT pg_database_size(current_database()) AS bytes");
  const tables = await query<Table>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS readable, row_security_active(c.oid) AS filtered ${ordinaryTables} ORDER BY 1`,
  );
  const extensions = await query<{ name: string; version: string }>(
    "SELECT extname AS name, extversion AS version FROM pg_catalog.pg_extension ORDER BY 1",
  );
  return { ...(await versionOf(session)), databaseBytes: Number(database.bytes), tables, extensions };
}

/** @throws BackupError when the dump would be empty, fail, or leave something out without a word. */
export function assertComplete(
  { tables }: Inspected,
  { allowEmpty, database, user }: { allowEmpty: boolean; database: string; user: string },
): void {
  if (tables.length === 0 && !allowEmpty) throw new BackupError("EMPTY_DATABASE", `${database} has no tables.`);
  const hidden = tables.filter(({ readable }) => !readable);
  if (hidden.length > 0) throw new BackupError("NOT_READABLE", `${user} may not read ${listed(hidden)}.`);
  const filtered = tables.filter((table) => table.filtered);
  if (filtered.length > 0)
    throw new BackupError("ROW_SECURITY", `Row security hides rows of ${listed(filtered)} from ${user}.`);
}

function listed(tables: Table[]): string {
  const names = tables
    .slice(0, 5)
    .map(({ name }) => name)
    .join(", ");
  return tables.length > 5 ? `${names} and ${tables.length - 5} more tables` : names;
}

/** Rows of each table, without those of tables that inherit from it. */
export async function countRows(
  { query }: Session,
  tables: readonly { name: string }[],
): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  // A few hundred at a time: one answer each, and no statement without end.
  for (let at = 0; at < tables.length; at += 200) {
    const part = tables.slice(at, at + 200);
    const text = part
      .map(({ name }, index) => `SELECT ${index} AS at, count(*) AS count FROM ONLY ${name}`)
      .join(" UNION ALL ");
    const counts = new Map((await query<{ at: number; count: string }>(text)).map((row) => [row.at, row.count]));
    for (const [index, { name }] of part.entries()) rows[name] = Number(counts.get(index));
  }
  return rows;
}

export interface Snapshot {
  id: string;
  at: Date;
}

/**
 * Begins a transaction whose view of the data pg_dump can share for as long as it is open. It waits no longer than that
 * for locks.
 */
export async function exportSnapshot({ query }: Session, lockTimeoutSeconds: number): Promise<Snapshot> {
  await query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await query(`SET LOCAL lock_timeout = '${lockTimeoutSeconds}s'`);
  return oneRow<Snapshot>(query, "SELECT pg_export_snapshot() AS id, now() AS at");
}
