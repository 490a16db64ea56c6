// Brings the rows of single tables back from a restored database into the live one: all of it, or nothing.
import pg from "pg";
import type { Clock } from "../../../shared/src/clock.ts";
import { mustRun, type RunProcess } from "../../../shared/src/process.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError } from "../errors.ts";
import type { CopyBackInputs } from "../input-types.ts";
import { connect, connectionString, libpqEnvironment, type Session } from "../postgres/connection.ts";
import { versionOf } from "../postgres/inspect.ts";
import { literal } from "../postgres/settings.ts";
import { findPrograms, type Programs } from "../postgres/programs.ts";
import { describeTable, parentsFirst, type TableDescription } from "../postgres/table-description.ts";

export interface CopyBackDependencies {
  run: RunProcess;
  clock: Clock;
  log: Log;
  signal?: AbortSignal | undefined;
}

/** What is done, or with `dry-run` would be done, with one table. */
export interface CopiedTable {
  name: string;
  /** "create": it does not exist any more. "insert": the rows whose key is missing. */
  action: "create" | "insert";
  /** Rows in the restored database. */
  restored: number;
  /** Rows in the live database before. */
  before: number;
  added: number;
  /** Rows that exist in both, with other values: they stay as they are. */
  differing: number;
  /** Triggers of the live table that the added rows run. */
  triggers: string[];
  /** Statements for the foreign keys of other tables that were lost with a table that is created again. */
  followUp: string[];
}

/**
 * Copies in one transaction of the live database; with `dry-run` it is rolled back at its end. Rows that exist stay as
 * they are.
 *
 * @throws BackupError NOT_CONFIRMED, COPY_BACK_FAILED.
 */
export async function copyBack(inputs: CopyBackInputs, dependencies: CopyBackDependencies): Promise<CopiedTable[]> {
  const { connection, from, confirm, dryRun } = inputs;
  const { log, run } = dependencies;
  if (!dryRun && confirm !== connection.database)
    throw new BackupError("NOT_CONFIRMED", `The database is ${connection.database}, but confirm is "${confirm}".`);
  const options = { ...dependencies, failure: "COPY_BACK_FAILED" as const };
  const restored = await connect({ ...connection, database: from }, options);
  try {
    const live = await connect(connection, options);
    try {
      const programs = await findPrograms((await versionOf(live)).major, run);
      const tables = await describeTables(inputs.tables, { restored, live });
      // One view of the restored database for all tables, so that their rows fit together.
      await restored.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      await live.query("BEGIN");
      const copied: CopiedTable[] = [];
      for (const table of tables) {
        const one = await copyTable(table, { inputs, restored, live, programs, run });
        log(describeCopied(one, dryRun));
        copied.push(one);
      }
      await live.query(dryRun ? "ROLLBACK" : "COMMIT");
      return copied;
    } finally {
      await live.end();
    }
  } finally {
    await restored.end();
  }
}

const plural = (count: number): string => `${count} ${count === 1 ? "row" : "rows"}`;

export function describeCopied(
  { name, action, restored, before, added, differing, triggers, followUp }: CopiedTable,
  dryRun: boolean,
): string {
  const verb = dryRun ? "would be added" : "added";
  return [
    `${name}: ${plural(restored)} in the backup, ${action === "create" ? "no table" : plural(before)} now; ` +
      `${action === "create" ? "created, " : ""}${plural(added)} ${verb}`,
    ...(differing > 0 ? [`${plural(differing)} with other values now, which stay as they are`] : []),
    ...(triggers.length > 0 ? [`runs the triggers ${triggers.join(", ")}`] : []),
    ...(followUp.length > 0 ? [`then by hand: ${followUp.join(" ")}`] : []),
  ].join("; ");
}

interface Pair {
  restored: TableDescription;
  live: TableDescription | undefined;
}

/** All that can be known to fail, before anything is written; parents before the tables that refer to them. */
async function describeTables(
  names: string[],
  { restored, live }: { restored: Session; live: Session },
): Promise<Pair[]> {
  const problems: string[] = [];
  const pairs: Pair[] = [];
  for (const name of names) {
    const source = await describeTable(restored, name);
    if (source === undefined) {
      problems.push(`${name}: there is no such table in the restored database`);
      continue;
    }
    const target = await describeTable(live, source.name);
    const lost = target && source.columns.filter((column) => !target.columns.includes(column));
    if (lost && lost.length > 0)
      problems.push(`${name}: the columns ${lost.join(", ")} do not exist any more; add them first, or copy by hand`);
    if (target && target.key.length === 0 && !target.isEmpty)
      problems.push(`${name}: has rows and no primary key, so nothing says which rows are missing; copy by hand`);
    pairs.push({ restored: source, live: target });
  }
  if (problems.length > 0) throw new BackupError("COPY_BACK_FAILED", ["Nothing was copied:", ...problems].join("\n  "));
  return parentsFirst(pairs, ({ restored: { name } }) => name, await references(restored));
}

/** [table, table that it refers to]. */
async function references({ query }: Session): Promise<[string, string][]> {
  const rows = await query<{ child: string; parent: string }>(
    `SELECT format('%I.%I', cn.nspname, c.relname) AS child, format('%I.%I', pn.nspname, p.relname) AS parent
       FROM pg_catalog.pg_constraint k
       JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
       JOIN pg_catalog.pg_class p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
       WHERE k.contype = 'f'`,
  );
  return rows.map(({ child, parent }) => [child, parent]);
}

interface CopyContext {
  inputs: CopyBackInputs;
  restored: Session;
  live: Session;
  programs: Programs;
  run: RunProcess;
}

async function copyTable(pair: Pair, context: CopyContext): Promise<CopiedTable> {
  const { restored, live } = context;
  const { name } = pair.restored;
  const facts = { name, restored: await countOf(restored, name) };
  const columns = pair.restored.columns.map((column) => pg.escapeIdentifier(column)).join(", ");
  if (pair.live === undefined) {
    await live.query(await definitionOf(name, "pre-data", context));
    await live.copyIn(`COPY ${name} (${columns}) FROM STDIN`, restored.copyOut(`COPY ${name} (${columns}) TO STDOUT`));
    await live.query(await definitionOf(name, "post-data", context));
    await raiseSequences(pair.restored, context);
    return {
      ...facts,
      action: "create",
      before: 0,
      added: await countOf(live, name),
      differing: 0,
      triggers: [],
      followUp: await foreignKeysTo(restored, name),
    };
  }
  const before = await countOf(live, name);
  // A partitioned table has its rows in others.
  const all = `(SELECT ${columns} FROM ${name})`;
  await live.query(`CREATE TEMPORARY TABLE copied_back ON COMMIT DROP AS SELECT ${columns} FROM ${name} WITH NO DATA`);
  await live.copyIn(`COPY pg_temp.copied_back (${columns}) FROM STDIN`, restored.copyOut(`COPY ${all} TO STDOUT`));
  const differing = await differingRows(live, name, pair);
  await live.query(
    `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM pg_temp.copied_back
       ON CONFLICT DO NOTHING`,
  );
  await live.query("DROP TABLE pg_temp.copied_back");
  await raiseSequences(pair.restored, context);
  const added = (await countOf(live, name)) - before;
  return { ...facts, action: "insert", before, added, differing, triggers: pair.live.triggers, followUp: [] };
}

async function countOf({ query }: Session, name: string): Promise<number> {
  const [row] = await query<{ count: string }>(`SELECT count(*) AS count FROM ${name}`);
  return Number(row?.count);
}

/** As text, because not every type can be compared. */
async function differingRows({ query }: Session, name: string, { restored, live }: Pair): Promise<number> {
  if (!live || live.key.length === 0) return 0;
  const isSame = live.key
    .map((column) => `b.${pg.escapeIdentifier(column)} = l.${pg.escapeIdentifier(column)}`)
    .join(" AND ");
  const differs = restored.columns
    .map((column) => `b.${pg.escapeIdentifier(column)}::text IS DISTINCT FROM l.${pg.escapeIdentifier(column)}::text`)
    .join(" OR ");
  const [row] = await query<{ count: string }>(
    `SELECT count(*) AS count FROM pg_temp.copied_back b JOIN ${name} l ON ${isSame} WHERE ${differs}`,
  );
  return Number(row?.count);
}

async function foreignKeysTo({ query }: Session, name: string): Promise<string[]> {
  const rows = await query<{ statement: string }>(
    `SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s;', n.nspname, c.relname, k.conname,
         pg_get_constraintdef(k.oid)) AS statement
       FROM pg_catalog.pg_constraint k
       JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE k.contype = 'f' AND k.confrelid = $1::regclass AND k.conrelid <> k.confrelid AND k.conparentid = 0
       ORDER BY 1`,
    [name],
  );
  return rows.map(({ statement }) => statement);
}

/** So that the next row gets a new number; a sequence that is further already stays there. */
async function raiseSequences({ sequences }: TableDescription, { restored, live, inputs }: CopyContext): Promise<void> {
  // No ROLLBACK would bring a sequence back.
  if (inputs.dryRun) return;
  for (const name of sequences) {
    const read = `SELECT last_value::text AS value, is_called AS called FROM ${name}`;
    const [before] = await restored.query<{ value: string; called: boolean }>(read);
    const [now] = await live.query<{ value: string; called: boolean }>(read);
    if (!before || !now || BigInt(before.value) <= BigInt(now.value)) continue;
    await live.query(`SELECT pg_catalog.setval(${literal(name)}, ${before.value}, ${before.called})`);
  }
}

/** What pg_dump writes about a table, without the commands of psql. */
async function definitionOf(name: string, section: string, { inputs, programs, run }: CopyContext): Promise<string> {
  const connection = { ...inputs.connection, database: inputs.from };
  const command = [
    programs.path("pg_dump"),
    "--no-password",
    `--section=${section}`,
    `--table=${name}`,
    `--dbname=${connectionString(connection)}`,
  ];
  const text = await mustRun(run, command, { env: libpqEnvironment(connection) });
  return text.replaceAll(/^\\(un)?restrict .*$/gm, "");
}
