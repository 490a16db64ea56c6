// Takes the privilege to write in a database away from a role, in an emergency, and gives it back: `protect` and
// `release`. What was taken away is recorded in the database itself, in a schema that exists only as long.
import pg from "pg";
import type { Clock } from "../../../shared/src/clock.ts";
import { messageOf } from "../../../shared/src/errors.ts";
import type { Annotate, Log } from "../../../shared/src/report.ts";
import { BackupError, sqlState } from "../errors.ts";
import type { ProtectInputs } from "../input-types.ts";
import { connect, type Session } from "../postgres/connection.ts";
import { endSessions } from "../postgres/end-sessions.ts";
import { listNames } from "../postgres/inspect.ts";
import { literal } from "../postgres/settings.ts";
import {
  readDirectPrivileges,
  readMemberships,
  writableTables,
  type WritePrivilege,
} from "../postgres/write-privileges.ts";

export interface ProtectDependencies {
  clock: Clock;
  log: Log;
  annotate: Annotate;
  signal?: AbortSignal | undefined;
}

export interface Protection {
  /** Whether anything was changed. */
  isChanged: boolean;
  /** Number of privileges that are recorded, or were given back. */
  privileges: number;
  /** Sessions of the role that were ended. */
  ended: number;
}

/** api's migration knows this table, too: api/src/migrations.ts. */
const record = "emergency.protection";

const createRecord = `CREATE SCHEMA IF NOT EXISTS emergency;
  CREATE TABLE IF NOT EXISTS ${record} (
    role name PRIMARY KEY,
    reason text NOT NULL,
    by text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    -- What default_transaction_read_only of the role was in this database; null: not set.
    read_only text,
    -- The privileges, in the order in which they are given back: [{"grant", "grantor"}].
    privileges jsonb NOT NULL)`;

interface Recorded {
  reason: string;
  by: string;
  at: Date;
  readOnly: string | null;
  privileges: Pick<WritePrivilege, "grant" | "grantor">[];
}

/** @throws BackupError PROTECT_FAILED, NOT_CONFIRMED; nothing is changed then. */
export async function protect(inputs: ProtectInputs, dependencies: ProtectDependencies): Promise<Protection> {
  return inTransaction(inputs, dependencies, async (session) => {
    const { role, reason, by } = inputs;
    await assertRole(session, inputs);
    await session.query(createRecord);
    const before = await readRecord(session, role);
    const direct = await readDirectPrivileges(session, role);
    for (const privilege of direct) await apply(session, privilege, privilege.revoke);
    const memberships = await readMemberships(session, role);
    for (const membership of memberships) {
      await apply(session, membership, membership.revoke);
      dependencies.log(
        `${role} has lost a membership by which it could write, and what it could read by it: ${membership.revoke}`,
      );
    }
    await assertReadOnly(session, inputs);
    const taken = [...direct, ...memberships].map(({ grant, grantor }) => ({ grant, grantor }));
    await session.query(
      `INSERT INTO ${record} (role, reason, by, read_only, privileges) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (role) DO UPDATE SET privileges = ${record}.privileges || excluded.privileges`,
      [role, reason, by, await readOnlySetting(session, role), JSON.stringify(taken)],
    );
    await setReadOnly(session, inputs, "on");
    await warnOfOwner(session, role, dependencies);
    const privileges = (before?.privileges.length ?? 0) + taken.length;
    if (before !== undefined)
      dependencies.log(
        `${role} was protected before, since ${before.at.toISOString()} by ${before.by}: ${before.reason}`,
      );
    return { isChanged: before === undefined || taken.length > 0, privileges };
  });
}

/** @throws BackupError PROTECT_FAILED; nothing is changed then. */
export async function release(inputs: ProtectInputs, dependencies: ProtectDependencies): Promise<Protection> {
  return inTransaction(inputs, dependencies, async (session) => {
    const { role } = inputs;
    const { log } = dependencies;
    await assertRole(session, inputs);
    const before = await readRecord(session, role);
    if (before === undefined) {
      log(`${role} is not protected; nothing to release`);
      return { isChanged: false, privileges: 0 };
    }
    log(`${role} was protected since ${before.at.toISOString()} by ${before.by}: ${before.reason}`);
    // The first that was taken away comes back last: a membership before what somebody has granted by it.
    for (const privilege of before.privileges.toReversed()) await giveBack(session, privilege, log);
    await setReadOnly(session, inputs, before.readOnly);
    await session.query(`DELETE FROM ${record} WHERE role = ${literal(role)}`);
    const [left] = await session.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${record}`);
    if (left?.count === 0) await session.query("DROP TABLE emergency.protection; DROP SCHEMA emergency");
    return { isChanged: true, privileges: before.privileges.length };
  });
}

/** All of it or nothing; then the sessions of the role, which may be in the middle of a write, are ended. */
async function inTransaction(
  inputs: ProtectInputs,
  dependencies: ProtectDependencies,
  work: (session: Session) => Promise<Omit<Protection, "ended">>,
): Promise<Protection> {
  const { connection } = inputs;
  const session = await connect(connection, { ...dependencies, failure: "PROTECT_FAILED" });
  try {
    await session.query("BEGIN");
    // Two runs at a time would both find the privileges and neither the other's record.
    await session.query("SELECT pg_advisory_xact_lock(hashtext('rainbow-seeker emergency'))");
    let done: Omit<Protection, "ended">;
    try {
      done = await work(session);
      await session.query("COMMIT");
    } catch (error) {
      await session.query("ROLLBACK").catch(() => undefined);
      throw error;
    }
    // Also when nothing was to be changed: a run before may have been killed at this point.
    return { ...done, ended: await endAll(session, inputs, dependencies) };
  } finally {
    await session.end();
  }
}

async function assertRole({ query }: Session, { role, connection, confirm }: ProtectInputs): Promise<void> {
  const { database, user } = connection;
  if (confirm !== database)
    throw new BackupError("NOT_CONFIRMED", `The database is ${database}, but confirm is "${confirm}".`, {
      next: "Set confirm to the name of the database.",
    });
  const [found] = await query<{ isSuper: boolean }>(
    `SELECT rolsuper AS "isSuper" FROM pg_catalog.pg_roles WHERE rolname = $1`,
    [role],
  );
  if (found === undefined) throw new BackupError("PROTECT_FAILED", `There is no role ${role} on this server.`);
  if (role === user)
    throw new BackupError("PROTECT_FAILED", `${role} is the role of this connection; connect as the master user.`);
  if (found.isSuper)
    throw new BackupError("PROTECT_FAILED", `${role} is a superuser, who may write whatever is taken away.`, {
      next: `Give the services a role without it first: ALTER ROLE ${pg.escapeIdentifier(role)} NOSUPERUSER.`,
    });
}

async function readRecord({ query }: Session, role: string): Promise<Recorded | undefined> {
  const [exists] = await query<{ exists: boolean }>(`SELECT to_regclass('${record}') IS NOT NULL AS exists`);
  if (exists?.exists !== true) return undefined;
  const [found] = await query<Recorded>(
    `SELECT reason, by, at, read_only AS "readOnly", privileges FROM ${record} WHERE role = $1`,
    [role],
  );
  return found;
}

/** As the role that has granted it, where that is not the owner of the object. */
async function apply(
  { query }: Session,
  { grantor }: Pick<WritePrivilege, "grantor">,
  statement: string,
): Promise<void> {
  if (grantor !== null) await query(`SET LOCAL ROLE ${grantor}`);
  await query(statement);
  if (grantor !== null) await query("RESET ROLE");
}

/** undefined_table, undefined_column, invalid_schema_name, undefined_object: the fix has dropped it. */
const isGone = (error: unknown): boolean => /^(42P01|42703|3F000|42704)$/.test(sqlState(error) ?? "");

async function giveBack(session: Session, privilege: Recorded["privileges"][number], log: Log): Promise<void> {
  await session.query("SAVEPOINT giving");
  try {
    await apply(session, privilege, privilege.grant);
  } catch (error) {
    if (!isGone(error)) throw error;
    await session.query("ROLLBACK TO SAVEPOINT giving");
    log(`left out, because it does not exist any more: ${privilege.grant} (${messageOf((error as Error).cause)})`);
  }
}

async function assertReadOnly(session: Session, { role, connection: { user } }: ProtectInputs): Promise<void> {
  const left = await writableTables(session, role);
  if (left.length === 0) return;
  throw new BackupError(
    "PROTECT_FAILED",
    `${role} could still write into ${listNames(left.map((name) => ({ name })))}, by privileges that ${user} may not take away.`,
  );
}

/** The owner of a table may drop it and give privileges on it to itself; only its new sessions are read-only. */
async function warnOfOwner({ query }: Session, role: string, { annotate }: ProtectDependencies): Promise<void> {
  const owned = await query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND pg_get_userbyid(c.relowner) = $1 ORDER BY 1`,
    [role],
  );
  if (owned.length > 0)
    annotate(
      "warning",
      "The role owns tables",
      `${role} owns ${listNames(owned)}: it could drop them or take its privileges back. Services should not own tables.`,
    );
}

/** Of the role in this database; null: not set. */
async function readOnlySetting({ query }: Session, role: string): Promise<string | null> {
  const [found] = await query<{ value: string | null }>(
    `SELECT substring(setting FROM '=(.*)$') AS value
       FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase,
         unnest(s.setconfig) AS setting
       WHERE d.datname = current_database() AND s.setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1)
         AND setting LIKE 'default_transaction_read_only=%'`,
    [role],
  );
  return found?.value ?? null;
}

/**
 * New sessions of the role are read-only from the start, also within functions that run as their owner. A client could
 * turn this off, and therefore it is not all that is done.
 */
async function setReadOnly(
  { query }: Session,
  { role, connection }: ProtectInputs,
  value: string | null,
): Promise<void> {
  const setting = "default_transaction_read_only";
  const change = value === null ? `RESET ${setting}` : `SET ${setting} = ${literal(value)}`;
  await query(
    `ALTER ROLE ${pg.escapeIdentifier(role)} IN DATABASE ${pg.escapeIdentifier(connection.database)} ${change}`,
  );
}

/** Attempts, half a second apart. */
const attempts = 20;

/** @returns how many; those that begin later find the role as it is now. */
async function endAll(
  session: Session,
  { role, connection }: ProtectInputs,
  { clock, log }: ProtectDependencies,
): Promise<number> {
  const all = await endSessions(session, [connection.database], role);
  let left = all;
  for (let attempt = 0; left.length > 0 && attempt < attempts; attempt += 1) {
    await clock.sleep(500);
    const clients = await endSessions(session, [connection.database], role);
    left = clients.filter(({ pid }) => all.some((one) => one.pid === pid));
  }
  if (left.length > 0)
    throw new BackupError(
      "IN_USE",
      `${role} is as it should be, but ${left.length} of its sessions do not end (pid ${left.map(({ pid }) => pid).join(", ")}).`,
      { next: "End them as a role that may: SELECT pg_terminate_backend(pid); the master user on RDS may." },
    );
  if (all.length > 0) log(`sessions of ${role} ended: ${all.length}`);
  return all.length;
}
