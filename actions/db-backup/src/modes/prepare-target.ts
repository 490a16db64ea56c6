// The database into which a backup is restored: everything that it lacks is found before anything is loaded.
import pg from "pg";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError } from "../errors.ts";
import { connect, maintenanceConnection, type Connection, type Session } from "../postgres/connection.ts";
import { createdbCommand } from "../postgres/createdb.ts";
import type { DatabaseState } from "../postgres/database-state.ts";
import { ownRelations, versionOf } from "../postgres/inspect.ts";
import { createDatabaseStatement, describeLocale, readLocale, type DatabaseLocale } from "../postgres/locale.ts";
import { letCreate } from "../postgres/public-schema.ts";
import { missingRoles } from "../postgres/roles.ts";
import type { Manifest } from "../storage/manifest.ts";
import { createMissingRoles } from "./create-roles.ts";

export interface TargetOptions {
  connection: Connection;
  /** Whether owners and privileges are restored. */
  owners: boolean;
  createRoles: boolean;
  log: Log;
}

export interface Target {
  isNew: boolean;
  /** After a restore that failed: drops a new database, gives an existing one back to its owner. */
  undo: () => Promise<void>;
}

const quoteName = pg.escapeIdentifier;

/** @throws BackupError TARGET_NOT_EMPTY, CLIENT_VERSION, ENCODING_DIFFERS, ROLES_MISSING. */
export async function prepareTarget(manifest: Manifest, options: TargetOptions): Promise<Target> {
  const { connection, owners, log } = options;
  const state = manifest.databaseState;
  if (state === undefined)
    log("warning: this backup has no owner, settings and privileges of its database, and not how it sorts text");
  const server = await connect(maintenanceConnection(connection), { failure: "RESTORE_FAILED" });
  try {
    const { major } = await versionOf(server);
    if (major < manifest.server.major)
      throw new BackupError(
        "CLIENT_VERSION",
        `The backup is of PostgreSQL ${manifest.server.major}, but the target's server is older: ${major}.`,
      );
    if (state !== undefined && options.createRoles) await createMissingRoles(server, state, log);
    if (state !== undefined) await assertRoles(server, state, { ...options, major });
    const existing = await readLocale(server, connection.database);
    if (existing === undefined) {
      const owner = owners && state !== undefined ? await usableOwner(server, state.owner, major) : undefined;
      await createDatabase(server, { ...options, state, owner, major });
      log(`database ${connection.database} created`);
      if (owners && state !== undefined) await letCreate(connection, state.creators);
      return { isNew: true, undo: () => dropDatabase(options) };
    }
    if (state !== undefined) assertEncoding(existing, state.locale, { connection, major });
    await assertEmpty(connection);
    if (!owners || state === undefined) return { isNew: false, undo: doNothing };
    const giveBack = await giveTo(server, state.owner, options);
    const takeBack = await letCreate(connection, state.creators);
    return { isNew: false, undo: () => takeBack().finally(giveBack) };
  } finally {
    await server.end();
  }
}

const doNothing = (): Promise<void> => Promise.resolve();

async function assertRoles(
  server: Session,
  state: DatabaseState,
  { connection, owners, major }: TargetOptions & { major: number },
): Promise<void> {
  const { names, statements } = await missingRoles(server, state, { owners, major });
  if (names.length === 0) return;
  throw new BackupError(
    "ROLES_MISSING",
    [
      `The backup names ${names.length === 1 ? "a role" : `${names.length} roles`} that the server of ` +
        `${connection.database} lacks, or that ${connection.user} may not act as: ${names.join(", ")}. ` +
        "Nothing was restored. These statements help:",
      ...statements,
    ].join("\n"),
  );
}

/** Text of another encoding is converted at best; that of SQL_ASCII is of no known encoding, and nothing checks it. */
function assertEncoding(
  existing: DatabaseLocale,
  wanted: DatabaseLocale,
  { connection, major }: { connection: Connection; major: number },
): void {
  if (existing.encoding === wanted.encoding) return;
  throw new BackupError(
    "ENCODING_DIFFERS",
    [
      `${connection.database} has the encoding ${existing.encoding}, the backup ${wanted.encoding}. ` +
        "This command creates a database as the backup needs it:",
      createdbCommand(connection.database, { locale: wanted, major }),
    ].join("\n"),
  );
}

async function assertEmpty(connection: Connection): Promise<void> {
  const target = await connect(connection, { failure: "RESTORE_FAILED" });
  try {
    const [relations] = await target.query<{ count: string; example: string | null }>(
      `SELECT count(*), min(format('%I.%I', n.nspname, c.relname)) AS example ${ownRelations}`,
    );
    if (relations && Number(relations.count) > 0)
      throw new BackupError(
        "TARGET_NOT_EMPTY",
        `${connection.database} has ${relations.count} tables, indexes or views, for example ${relations.example}.`,
      );
  } finally {
    await target.end();
  }
}

/** The owner of the source, if this role may create a database for it. */
async function usableOwner({ query }: Session, owner: string, major: number): Promise<string | undefined> {
  const [role] = await query<{ usable: boolean }>(
    `SELECT pg_catalog.pg_has_role(oid, '${major >= 16 ? "SET" : "MEMBER"}') AS usable
       FROM pg_catalog.pg_roles WHERE rolname = $1`,
    [owner],
  );
  return role?.usable === true ? owner : undefined;
}

interface NewDatabase extends TargetOptions {
  state: DatabaseState | undefined;
  owner: string | undefined;
  major: number;
}

/**
 * With the locale of the source, and for its owner: from PostgreSQL 15 on, the owner of the database is who may create
 * objects in the schema public, and a role that may not do so cannot become the owner of a table there.
 */
async function createDatabase(server: Session, { connection, state, owner, major, log }: NewDatabase): Promise<void> {
  const name = connection.database;
  const suffix = owner === undefined ? "" : ` OWNER = ${quoteName(owner)}`;
  if (state === undefined) {
    await server.query(`CREATE DATABASE ${quoteName(name)} TEMPLATE template0`);
    return;
  }
  const inTablespace = (await mayUseTablespace(server, state.tablespace))
    ? ` TABLESPACE = ${quoteName(state.tablespace)}`
    : "";
  const encoding = pg.escapeLiteral(state.locale.encoding);
  const asLikeAsPossible = [
    createDatabaseStatement(name, state.locale, major),
    // The operating system of the target may lack the locale: then that of the server, or else none.
    `CREATE DATABASE ${quoteName(name)} TEMPLATE = template0 ENCODING = ${encoding}`,
    `CREATE DATABASE ${quoteName(name)} TEMPLATE = template0 ENCODING = ${encoding} LC_COLLATE = 'C' LC_CTYPE = 'C'`,
  ];
  let failure: unknown;
  for (const statement of asLikeAsPossible) {
    try {
      await server.query(`${statement}${suffix}${inTablespace}`);
      return;
    } catch (error) {
      failure ??= error;
      if (!isLocaleProblem(error)) throw error;
      log(
        `warning: ${name} cannot sort text as the source does, by ${describeLocale(state.locale)}: ${reasonOf(error)}`,
      );
    }
  }
  throw failure;
}

/** SQLSTATE: invalid_parameter_value, feature_not_supported, wrong_object_type, invalid_object_definition. */
const isLocaleProblem = (error: unknown): boolean =>
  ["22023", "0A000", "42809", "42P17"].includes(String(((error as Error).cause as { code?: string }).code));

const reasonOf = (error: unknown): string => ((error as Error).cause as Error).message;

async function mayUseTablespace({ query }: Session, tablespace: string): Promise<boolean> {
  if (tablespace === "pg_default") return false;
  const [row] = await query<{ usable: boolean }>(
    `SELECT pg_catalog.has_tablespace_privilege(oid, 'CREATE') AS usable
       FROM pg_catalog.pg_tablespace WHERE spcname = $1`,
    [tablespace],
  );
  return row?.usable === true;
}

/** Like a new database, an existing one needs its owner before the data. @returns what takes that back. */
async function giveTo({ query }: Session, owner: string, { connection }: TargetOptions): Promise<() => Promise<void>> {
  const alter = (role: string) => `ALTER DATABASE ${quoteName(connection.database)} OWNER TO ${quoteName(role)}`;
  const [before] = await query<{ owner: string }>(
    "SELECT pg_catalog.pg_get_userbyid(datdba) AS owner FROM pg_catalog.pg_database WHERE datname = $1",
    [connection.database],
  );
  if (before === undefined || before.owner === owner) return doNothing;
  const isDone = await query(alter(owner)).then(
    () => true,
    // Reported with all other differences, when the data is restored.
    () => false,
  );
  return isDone ? () => inMaintenance(connection, alter(before.owner)) : doNothing;
}

async function dropDatabase({ connection, log }: TargetOptions): Promise<void> {
  const statement = `DROP DATABASE IF EXISTS ${quoteName(connection.database)}`;
  await inMaintenance(connection, statement).catch((error: unknown) =>
    log(`warning: ${connection.database} is left incomplete: ${statement}; -- ${(error as Error).message}`),
  );
}

async function inMaintenance(connection: Connection, statement: string): Promise<void> {
  const server = await connect(maintenanceConnection(connection), { failure: "RESTORE_FAILED" });
  try {
    await server.query(statement);
  } finally {
    await server.end();
  }
}
