// A backup back into a database: whole, or not at all.
import { text } from "node:stream/consumers";
import { secondsSince } from "../../../shared/src/clock.ts";
import { messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError } from "../errors.ts";
import type { RestoreInputs } from "../inputs.ts";
import { countRows, inspect, ownRelations, versionOf } from "../postgres/inspect.ts";
import { totalRows, type Claims, type Manifest, type Verification } from "../storage/manifest.ts";
import { connect, libpqEnvironment, type Connection, type Session } from "../postgres/connection.ts";
import { start, type Programs } from "../postgres/programs.ts";
import { differencesOfRows } from "../postgres/rows.ts";
import { feedProgram, openStored, withDump, type Opening } from "../storage/open-stored.ts";
import { withEphemeralPostgres, type EphemeralPostgresOptions } from "../postgres/ephemeral-postgres.ts";

export interface Restoring extends EphemeralPostgresOptions, Opening {
  log: Log;
}

/** Restores into a server that lives for this alone, counts, and asks the user's own questions. */
export async function verifyByRestore(
  claims: Claims,
  assertions: string[],
  restoring: Restoring,
): Promise<Verification> {
  const { clock } = restoring;
  const began = clock.now();
  return withEphemeralPostgres(restoring, async (connection) => {
    await makeRoles(claims, connection, restoring);
    await fill(claims, connection, { ...restoring, owners: false });
    const rows = await compare(claims, connection, assertions);
    return {
      level: "restore",
      at: new Date(clock.now()).toISOString(),
      tables: Object.keys(claims.rows).length,
      rows,
      duration: secondsSince(began, clock),
    };
  });
}

/** Plain SQL names owners, whatever one says to psql. */
async function makeRoles({ globals }: Claims, connection: Connection, { store, signal }: Restoring): Promise<void> {
  const roles = (await text(await openStored(store, globals, signal))).match(/^CREATE ROLE .+;$/gm) ?? [];
  const session = await connect(connection);
  try {
    // The server's own is there already.
    for (const role of roles) if (role !== `CREATE ROLE ${connection.user};`) await session.query(role);
  } finally {
    await session.end();
  }
}

/** Restores into a new or emptied database. @returns rows that are there. */
export async function restoreInto(manifest: Manifest, inputs: RestoreInputs, restoring: Restoring): Promise<number> {
  const { connection, confirm, owners, assertions } = inputs;
  if (confirm !== connection.database)
    throw new BackupError("NOT_CONFIRMED", `The target is ${connection.database}, and confirm says "${confirm}".`);
  const isNew = await prepareTarget(connection, manifest, restoring.log);
  try {
    await fill(manifest, connection, { ...restoring, owners });
    return await compare(manifest, connection, assertions);
  } catch (error) {
    if (isNew) await dropDatabase(connection);
    throw error;
  }
}

const administrative = (connection: Connection): Connection => ({ ...connection, database: "postgres" });
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** @returns whether it was made here. @throws BackupError TARGET_NOT_EMPTY, CLIENT_VERSION. */
async function prepareTarget(connection: Connection, manifest: Manifest, log: Log): Promise<boolean> {
  const server = await connect(administrative(connection));
  try {
    const { major } = await versionOf(server);
    if (major < manifest.server.major)
      throw new BackupError(
        "CLIENT_VERSION",
        `The backup is of PostgreSQL ${manifest.server.major}, the target's server is ${major}: older than what it is to hold.`,
      );
    const there = await server.query("SELECT FROM pg_catalog.pg_database WHERE datname = $1", [connection.database]);
    if (there.length === 0) {
      await server.query(`CREATE DATABASE ${quoted(connection.database)} TEMPLATE template0`);
      log(`${connection.database} is made`);
      return true;
    }
  } finally {
    await server.end();
  }
  const target = await connect(connection);
  try {
    const [found] = await target.query<{ count: string; example: string | null }>(
      `SELECT count(*), min(format('%I.%I', n.nspname, c.relname)) AS example ${ownRelations}`,
    );
    if (found && Number(found.count) > 0)
      throw new BackupError(
        "TARGET_NOT_EMPTY",
        `${connection.database} holds ${found.count} tables, indexes or views, ${found.example} among them.`,
      );
    return false;
  } finally {
    await target.end();
  }
}

async function dropDatabase(connection: Connection): Promise<void> {
  const server = await connect(administrative(connection)).catch(() => undefined);
  if (!server) return;
  await server.query(`DROP DATABASE IF EXISTS ${quoted(connection.database)}`).catch(() => undefined);
  await server.end();
}

/** In one transaction, stopped at the first error; and the last bytes come only when all of them are believed. */
function fill(claims: Claims, connection: Connection, restoring: Restoring & { owners: boolean }): Promise<void> {
  return withDump(claims, restoring, (dump, giveUp) => {
    const restore = start(commandFor(claims, connection, restoring), {
      env: libpqEnvironment(connection),
      otherwise: "RESTORE_FAILED",
      signal: restoring.signal,
    });
    return feedProgram(dump, restore, { read: (output) => output.resume(), giveUp });
  });
}

function commandFor(
  { format }: Claims,
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
      "--file=-",
    ];
  return [
    programs.path("pg_restore"),
    "--exit-on-error",
    "--single-transaction",
    "--no-password",
    ...(owners ? [] : ["--no-owner", "--no-acl"]),
    `--dbname=${connection.database}`,
  ];
}

/** @throws BackupError ROWS_DIFFER, ASSERTION_FAILED. @returns rows that are there. */
async function compare({ id, rows: noted }: Claims, connection: Connection, assertions: string[]): Promise<number> {
  const session = await connect(connection);
  try {
    const { tables } = await inspect(session);
    const rows = await countRows(session, tables);
    const differing = differencesOfRows(noted, rows);
    if (differing.length > 0)
      throw new BackupError(
        "ROWS_DIFFER",
        `Restored from ${id}:\n${differing
          .slice(0, 10)
          .map((line) => `  ${line}`)
          .join("\n")}`,
      );
    await assert(session, assertions);
    await session.query("ANALYZE");
    return totalRows(rows);
  } finally {
    await session.end();
  }
}

async function assert({ query }: Session, assertions: string[]): Promise<void> {
  const failed: string[] = [];
  for (const assertion of assertions) {
    const answer = await query<Record<string, unknown>>(assertion).catch((error: unknown) =>
      messageOf(error).replace(/\n[^]*/, ""),
    );
    if (typeof answer === "string") failed.push(`${assertion}: ${answer}`);
    else if (answer.length === 0 || !answer.every((row) => Object.values(row).every((value) => value === true)))
      failed.push(`${assertion}: ${JSON.stringify(answer[0] ?? null)}`);
  }
  if (failed.length > 0)
    throw new BackupError(
      "ASSERTION_FAILED",
      `${failed.length} of ${assertions.length} do not hold:\n${failed.map((line) => `  ${line}`).join("\n")}`,
    );
}
