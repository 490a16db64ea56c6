// Restores a backup into a database: completely, or not at all.
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { secondsSince } from "../../../shared/src/clock.ts";
import { messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError } from "../errors.ts";
import type { RestoreInputs } from "../inputs.ts";
import { applySettings, applyState } from "../postgres/apply-state.ts";
import { listNames, listTables, type Table } from "../postgres/inspect.ts";
import { countRestored } from "../postgres/count-restored.ts";
import { totalRows, type Manifest, type StoredBackup, type Verification } from "../storage/manifest.ts";
import { connect, connectionString, libpqEnvironment, type Connection, type Session } from "../postgres/connection.ts";
import { startProgram, type Programs } from "../postgres/programs.ts";
import { compareRows, unquoteName } from "../postgres/rows.ts";
import { withoutOwners } from "../postgres/without-owners.ts";
import { feedProgram, openStored, withDump, type ReadOptions } from "../storage/open-stored.ts";
import { withEphemeralPostgres, type EphemeralPostgresOptions } from "../postgres/ephemeral-postgres.ts";
import { prepareTarget } from "./prepare-target.ts";
import { rowsDifferError } from "./verify.ts";

export interface RestoreOptions extends EphemeralPostgresOptions, ReadOptions {
  log: Log;
}

/** Restores into an ephemeral PostgreSQL instance, compares row counts, and evaluates the assertions. */
export async function verifyByRestore(
  backup: StoredBackup,
  assertions: string[],
  options: RestoreOptions,
): Promise<Verification> {
  const { clock } = options;
  const began = clock.now();
  return withEphemeralPostgres(options, async (connection) => {
    await createRoles(backup, connection, options);
    await restoreDump(backup, connection, { ...options, owners: false });
    const rows = await verifyContents(backup, connection, { ...options, assertions });
    return {
      level: "restore",
      at: new Date(clock.now()).toISOString(),
      tables: Object.keys(backup.rows).length,
      rows,
      duration: secondsSince(began, clock),
    };
  });
}

/** A plain dump always names owners, and psql cannot ignore them. */
async function createRoles(
  { globals }: StoredBackup,
  connection: Connection,
  { store, signal }: RestoreOptions,
): Promise<void> {
  if (globals === undefined) return;
  const roles = (await text(await openStored(store, globals, signal))).match(/^CREATE ROLE .+;$/gm) ?? [];
  const session = await connect(connection, { failure: "RESTORE_FAILED", signal });
  try {
    // The role of this connection exists already.
    for (const role of roles) if (role !== `CREATE ROLE ${connection.user};`) await session.query(role);
  } finally {
    await session.end();
  }
}

export interface Restored {
  /** Number of rows. */
  rows: number;
  /** A line for each way in which the database still differs from its source, with what removes it. */
  differences: string[];
}

/** Restores into a new or empty database: what belongs to the database itself is never a reason to lose its data. */
export async function restoreInto(
  manifest: Manifest,
  inputs: RestoreInputs,
  options: RestoreOptions,
): Promise<Restored> {
  const { connection, confirm, owners, createRoles, assertions } = inputs;
  if (confirm !== connection.database)
    throw new BackupError("NOT_CONFIRMED", `The target is ${connection.database}, but confirm is "${confirm}".`);
  const { log } = options;
  const state = manifest.databaseState;
  const target = await prepareTarget(manifest, { connection, owners, createRoles, log });
  try {
    await restoreDump(manifest, connection, { ...options, owners });
    if (state !== undefined) await applySettings(state, { connection, owners, log });
    const rows = await verifyContents(manifest, connection, { ...options, assertions });
    return { rows, differences: state === undefined ? [] : await applyState(state, { connection, owners, log }) };
  } catch (error) {
    await target.undo().catch(() => undefined);
    throw error;
  }
}

/** In one transaction that ends at the first error; it commits only after all bytes of the dump are verified. */
function restoreDump(
  backup: StoredBackup,
  connection: Connection,
  options: RestoreOptions & { owners: boolean },
): Promise<void> {
  return withDump(backup, options, (dump, abort) => {
    const restore = startProgram(buildCommand(backup, connection, options), {
      env: libpqEnvironment(connection),
      fallbackCode: "RESTORE_FAILED",
      signal: options.signal,
    });
    // psql has no option for it.
    const isFiltered = backup.format === "plain" && !options.owners;
    const input = isFiltered ? Readable.from(withoutOwners(dump as AsyncIterable<Buffer>)) : dump;
    return feedProgram(input, restore, { read: (output) => output.resume(), abort });
  });
}

function buildCommand(
  { format }: StoredBackup,
  connection: Connection,
  { programs, owners }: { programs: Programs; owners: boolean },
): string[] {
  if (format === "plain")
    return [
      programs.path("psql"),
      "--no-psqlrc",
      "--quiet",
      "--single-transaction",
      "--set=ON_ERROR_STOP=1",
      "--no-password",
      `--dbname=${connectionString(connection)}`,
      "--file=-",
    ];
  return [
    programs.path("pg_restore"),
    "--exit-on-error",
    "--single-transaction",
    "--no-password",
    ...(owners ? [] : ["--no-owner", "--no-acl"]),
    `--dbname=${connectionString(connection)}`,
  ];
}

/** @throws BackupError ROWS_DIFFER, ASSERTION_FAILED. @returns the number of rows. */
async function verifyContents(
  backup: StoredBackup,
  connection: Connection,
  { assertions, signal, clock, log }: RestoreOptions & { assertions: string[] },
): Promise<number> {
  const session = await connect(connection, { failure: "RESTORE_FAILED", signal, clock, log });
  try {
    const { rows, uncounted } = await countRestored(session, await listTables(session));
    if (uncounted.length > 0)
      log(`${connection.user} may not see the rows of ${listNames(uncounted)}: restored, but not counted`);
    const expected = Object.fromEntries(Object.entries(backup.rows).filter(([name]) => !isUncounted(uncounted, name)));
    const differences = compareRows(expected, rows);
    if (differences.length > 0) throw rowsDifferError(`Restored from ${backup.id}:`, differences);
    await evaluateAssertions(session, assertions);
    // Only statistics: without them, the data is as good.
    await session.query("ANALYZE").catch((error: unknown) => log(`not analysed: ${messageOf(error)}`));
    return totalRows(rows);
  } finally {
    await session.end();
  }
}

const isUncounted = (uncounted: readonly Table[], name: string): boolean =>
  uncounted.some((table) => unquoteName(table.name) === unquoteName(name));

async function evaluateAssertions({ query }: Session, assertions: string[]): Promise<void> {
  const failed: string[] = [];
  for (const assertion of assertions) {
    const result = await query<Record<string, unknown>>(assertion).catch((error: unknown) =>
      messageOf(error).replace(/\n[^]*/, ""),
    );
    if (typeof result === "string") failed.push(`${assertion}: ${result}`);
    else if (result.length === 0 || !result.every((row) => Object.values(row).every((value) => value === true)))
      failed.push(`${assertion}: ${JSON.stringify(result[0] ?? null)}`);
  }
  if (failed.length > 0)
    throw new BackupError(
      "ASSERTION_FAILED",
      `${failed.length} of ${assertions.length} assertions failed:\n${failed.map((line) => `  ${line}`).join("\n")}`,
    );
}
