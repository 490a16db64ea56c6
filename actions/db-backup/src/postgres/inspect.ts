// What a database contains, how much of it, and whether this role can see all of it.
import { BackupError } from "../errors.ts";
import { largeObjectAdvice } from "./advice.ts";
import type { Session } from "./connection.ts";

export interface Table {
  /** "schema.table", quoted where PostgreSQL would. */
  name: string;
  oid: string;
  /** Number of its file, which TRUNCATE and each rewrite change. */
  file: string;
  /** By its last VACUUM or ANALYZE. The present size would wait for whoever changes the table. */
  bytes: number;
  /** null: dropped while this was asked. */
  readable: boolean | null;
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
  unreadableLargeObjects: number;
  /** Tables whose rows no dump of this server has: unlogged ones, on a standby. */
  unloggedTables: string[];
}

/** Tables, indexes, views and sequences that belong neither to PostgreSQL itself nor to an extension. */
export const ownRelations = `
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/**
 * Tables whose rows pg_dump writes: ordinary tables and leaf partitions, except temporary ones, and on a standby
 * except unlogged ones, which are empty there.
 */
const written = "c.relkind = 'r' AND (c.relpersistence = 'p' OR c.relpersistence = 'u' AND NOT pg_is_in_recovery())";
const ordinaryTables = `${ownRelations} AND ${written}`;

const tableColumns = `format('%I.%I', n.nspname, c.relname) AS name, c.oid::text AS oid, c.relfilenode::text AS file,
  c.relpages * 8192.0::float AS bytes,
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
  WHERE ${written} ORDER BY 1`;

/**
 * Large objects that this role may not read. has_largeobject_privilege exists since PostgreSQL 18 only; a superuser is
 * a member of every role.
 */
const unreadableLargeObjects = `SELECT count(*) AS count FROM pg_catalog.pg_largeobject_metadata m
  WHERE current_setting('lo_compat_privileges') = 'off' AND NOT pg_has_role(m.lomowner, 'USAGE')
    AND NOT EXISTS (SELECT FROM aclexplode(m.lomacl) a
      WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))`;

const unloggedTables = `SELECT format('%I.%I', n.nspname, c.relname) AS name ${ownRelations}
  AND c.relkind = 'r' AND c.relpersistence = 'u' AND pg_is_in_recovery() ORDER BY 1`;

/** The only row of a query that always returns one. */
export async function oneRow<Row>(query: Session["query"], text: string, values: unknown[] = []): Promise<Row> {
  const [row] = await query<Row>(text, values);
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
  const extensions = await query<{ name: string; version: string }>(
    "SELECT extname AS name, extversion AS version FROM pg_catalog.pg_extension ORDER BY 1",
  );
  const { count } = await oneRow<{ count: string }>(query, unreadableLargeObjects);
  const unlogged = await query<{ name: string }>(unloggedTables);
  return {
    ...(await versionOf(session)),
    databaseBytes: Number(database.bytes),
    tables: await listTables(session),
    extensions,
    unreadableLargeObjects: Number(count),
    unloggedTables: unlogged.map(({ name }) => name),
  };
}

/** Tables whose rows pg_dump writes. */
export async function listTables({ query }: Session): Promise<Table[]> {
  const own = await query<Table>(`SELECT ${tableColumns} ${ordinaryTables} ORDER BY 1`);
  return [...own, ...(await query<Table>(extensionTables))];
}

/** @throws BackupError when the dump would be empty, would fail, or would silently leave rows out. */
export function assertComplete(
  { tables, unreadableLargeObjects: objects }: Pick<Inspection, "tables" | "unreadableLargeObjects">,
  { allowEmpty, database, user }: { allowEmpty: boolean; database: string; user: string },
): void {
  // An extension alone makes no database of anybody.
  if (tables.every(({ condition }) => condition !== undefined) && !allowEmpty)
    throw new BackupError("EMPTY_DATABASE", `${database} has no tables.`);
  const unreadable = tables.filter(({ readable }) => readable === false);
  if (unreadable.length > 0)
    throw new BackupError("NOT_READABLE", `${user} lacks the permission to read ${listNames(unreadable)}.`);
  const filtered = tables.filter((table) => table.filtered);
  if (filtered.length > 0)
    throw new BackupError("ROW_SECURITY", `Row-level security hides rows of ${listNames(filtered)} from ${user}.`);
  if (objects > 0)
    throw new BackupError("NOT_READABLE", `${user} lacks the permission to read ${objects} large objects.`, {
      next: largeObjectAdvice(user),
    });
}

export function listNames(tables: readonly Pick<Table, "name">[]): string {
  const names = tables
    .slice(0, 5)
    .map(({ name }) => name)
    .join(", ");
  return tables.length > 5 ? `${names} and ${tables.length - 5} more tables` : names;
}

/** In batches of 50: few round trips, no statement of unlimited length, and few locks at a time. */
export function batchesOf<T>(all: readonly T[]): T[][] {
  const size = 50;
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** Row count of each table as pg_dump writes it, without the rows of tables that inherit from it. */
export async function countRows(
  { query }: Session,
  tables: readonly Pick<Table, "name" | "condition">[],
): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const batch of batchesOf(tables)) {
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
