// What a database contains, how much of it, and whether this role can see all of it.
import { BackupError } from "../errors.ts";
import type { Session } from "./connection.ts";

export interface Table {
  /** "schema.table", quoted where PostgreSQL would. */
  name: string;
  readable: boolean;
  /** Whether row-level security would hide rows from this role. */
  filtered: boolean;
  /**
   * Of a table that belongs to an extension: the condition of the rows that pg_dump writes, `WHERE …`, or "" for all. The
   * others come back with CREATE EXTENSION.
   */
  condition?: string;
}

export interface Inspection {
  version: string;
  major: number;
  databaseBytes: number;
  tables: Table[];
  extensions: { name: string; version: string }[];
}

/** Tables, indexes, views and sequences that belong neither to PostgreSQL itself nor to an extension. */
export const ownRelations = `
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/** Tables whose rows pg_dump writes: ordinary tables and leaf partitions, except temporary ones. */
const ordinaryTables = `${ownRelations} AND c.relkind = 'r' AND c.relpersistence <> 't'`;

const tableColumns = `format('%I.%I', n.nspname, c.relname) AS name,
  has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS readable,
  row_security_active(c.oid) AS filtered`;

/**
 * Tables of extensions that hold rows of users, such as the jobs of pg_cron. The extension registers them with
 * pg_extension_config_dump (documentation of PostgreSQL, "Packaging Related Objects into an Extension").
 */
const extensionTables = `SELECT ${tableColumns}, coalesce(x.condition, '') AS condition
  FROM pg_catalog.pg_extension e
  CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS x(oid, condition)
  JOIN pg_catalog.pg_class c ON c.oid = x.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' ORDER BY 1`;

/** The only row of a query that always returns one. */
async function oneRow<Row>(query: Session["query"], text: string): Promise<Row> {
  const [row] = await query<Row>(text);
  if (row === undefined) throw new BackupError("CONNECT_FAILED", `The server returned no row: ${text}`);
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

export async function inspect(session: Session): Promise<Inspection> {
  const { query } = session;
  const database = await oneRow<{ bytes: string }>(query, "SELECT pg_database_size(current_database()) AS bytes");
  const own = await query<Table>(`SELECT ${tableColumns} ${ordinaryTables} ORDER BY 1`);
  const tables = [...own, ...(await query<Table>(extensionTables))];
  const extensions = await query<{ name: string; version: string }>(
    "SELECT extname AS name, extversion AS version FROM pg_catalog.pg_extension ORDER BY 1",
  );
  return { ...(await versionOf(session)), databaseBytes: Number(database.bytes), tables, extensions };
}

/** @throws BackupError when the dump would be empty, would fail, or would silently leave rows out. */
export function assertComplete(
  { tables }: Inspection,
  { allowEmpty, database, user }: { allowEmpty: boolean; database: string; user: string },
): void {
  // An extension alone makes no database of anybody.
  if (tables.every(({ condition }) => condition !== undefined) && !allowEmpty)
    throw new BackupError("EMPTY_DATABASE", `${database} has no tables.`);
  const unreadable = tables.filter(({ readable }) => !readable);
  if (unreadable.length > 0)
    throw new BackupError("NOT_READABLE", `${user} lacks the permission to read ${listNames(unreadable)}.`);
  const filtered = tables.filter((table) => table.filtered);
  if (filtered.length > 0)
    throw new BackupError("ROW_SECURITY", `Row-level security hides rows of ${listNames(filtered)} from ${user}.`);
}

function listNames(tables: Table[]): string {
  const names = tables
    .slice(0, 5)
    .map(({ name }) => name)
    .join(", ");
  return tables.length > 5 ? `${names} and ${tables.length - 5} more tables` : names;
}

/** Row count of each table as pg_dump writes it, without the rows of tables that inherit from it. */
export async function countRows(
  { query }: Session,
  tables: readonly Pick<Table, "name" | "condition">[],
): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  // 200 tables per statement: few round trips, and no statement of unlimited length.
  for (let start = 0; start < tables.length; start += 200) {
    const batch = tables.slice(start, start + 200);
    const text = batch
      .map(
        ({ name, condition = "" }, index) =>
          `(SELECT ${index} AS index, count(*) AS count FROM ONLY ${name} ${condition})`,
      )
      .join(" UNION ALL ");
    const counts = new Map(
      (await query<{ index: number; count: string }>(text)).map(({ index, count }) => [index, count]),
    );
    for (const [index, { name }] of batch.entries()) rows[name] = Number(counts.get(index));
  }
  return rows;
}

export interface Snapshot {
  id: string;
  at: Date;
}

/**
 * Begins a transaction whose snapshot pg_dump can use while it is open.
 *
 * @param lockTimeoutSeconds how long its statements wait for locks.
 */
export async function exportSnapshot({ query }: Session, lockTimeoutSeconds: number): Promise<Snapshot> {
  await query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await query(`SET LOCAL lock_timeout = '${lockTimeoutSeconds}s'`);
  return oneRow<Snapshot>(query, "SELECT pg_export_snapshot() AS id, now() AS at");
}
