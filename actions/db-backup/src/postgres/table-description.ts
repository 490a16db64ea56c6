// What has to be known of a table before rows are copied into it.
import type { Session } from "./connection.ts";

export interface TableDescription {
  /** "schema.table", quoted where PostgreSQL would. */
  name: string;
  /** Those that can be written: not generated. */
  columns: string[];
  /** Columns of the primary key; none if there is none. */
  key: string[];
  /** Sequences of its serial and identity columns. */
  sequences: string[];
  /** Enabled triggers of users. */
  triggers: string[];
  isEmpty: boolean;
}

/** @param name as in SQL; without a schema it is looked for in the search path. @returns undefined if there is none. */
export async function describeTable({ query }: Session, name: string): Promise<TableDescription | undefined> {
  const [table] = await query<Omit<TableDescription, "isEmpty">>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name,
       ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute
         WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_index i
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
         WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
       ARRAY(SELECT format('%I.%I', sn.nspname, s.relname) FROM pg_catalog.pg_depend d
         JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
         JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
         WHERE d.refobjid = c.oid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')) AS sequences,
       ARRAY(SELECT tgname::text FROM pg_catalog.pg_trigger
         WHERE tgrelid = c.oid AND NOT tgisinternal AND tgenabled IN ('O', 'A') ORDER BY 1) AS triggers
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')`,
    [name],
  );
  if (table === undefined) return undefined;
  const [row] = await query(`SELECT FROM ${table.name} LIMIT 1`);
  return { ...table, isEmpty: row === undefined };
}

/** In an order in which each table comes after those that it refers to, as far as there is one. */
export function parentsFirst<T>(
  all: readonly T[],
  nameOf: (one: T) => string,
  references: readonly (readonly [child: string, parent: string])[],
): T[] {
  const ordered: T[] = [];
  const visiting = new Set<string>();
  const visit = (one: T) => {
    const name = nameOf(one);
    if (visiting.has(name)) return;
    visiting.add(name);
    for (const [child, parent] of references)
      if (child === name) all.filter((other) => nameOf(other) === parent).forEach(visit);
    ordered.push(one);
  };
  all.forEach(visit);
  return ordered;
}
