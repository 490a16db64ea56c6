// Brings the schema to where this build needs it, and the application's role to what it may do.
import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";
import type { Logger } from "pino";
import type { MigrationConfig } from "./config.ts";
import { connectionSettings } from "./database.ts";
import { scramVerifier } from "./scram.ts";

const folder = fileURLToPath(new URL("../migrations", import.meta.url));

/** Where the schema stands; a deployment keeps it with its revision, and a rollback asks it. */
export interface Schema {
  /** Number of the newest migration that has been applied. */
  version: string;
  /** Number of the newest contracting migration (named NNNN_contract_…): older code may no longer work. */
  contracted?: string;
}

export interface Migrated {
  /** Names of the migrations that ran now. */
  done: string[];
  schema: Schema;
}

/** Runs what has not run. Two at once are safe: the runner holds an advisory lock. */
export async function migrate(config: MigrationConfig, log: Logger): Promise<Migrated> {
  const client = new pg.Client({
    ...connectionSettings(config),
    application_name: "rainbow-seeker-migrate",
    // Rather fail, and be run again, than let every request wait behind a lock that does not come.
    lock_timeout: 5000,
    statement_timeout: 300_000,
  });
  await client.connect();
  try {
    const done = await runner({
      dbClient: client,
      dir: folder,
      direction: "up",
      migrationsTable: "migrations",
      count: Infinity,
      verbose: false,
      logger: {
        debug: () => {},
        info: (text: string) => log.info(text),
        warn: (text: string) => log.warn(text),
        error: (text: string) => log.error(text),
      },
    });
    await grant(client, config);
    await grantBackup(client, config, log);
    const { rows } = await client.query<{ name: string }>("SELECT name FROM migrations ORDER BY id");
    return { done: done.map(({ name }) => name), schema: schemaAfter(rows.map(({ name }) => name)) };
  } finally {
    await client.end();
  }
}

/** @param applied names of all migrations that have been applied, oldest first; there is at least one. */
export function schemaAfter(applied: string[]): Schema {
  const number = (name: string) => name.replace(/_.*$/s, "");
  const newest = applied.at(-1);
  if (newest === undefined) throw new Error("No migration has been applied.");
  const contracting = applied.findLast((name) => /^\d+_contract_/.test(name));
  return {
    version: number(newest),
    ...(contracting === undefined ? {} : { contracted: number(contracting) }),
  };
}

/** The application reads and writes rows; it changes no table and cannot see the list of migrations. */
async function grant(client: pg.Client, { DB_APP_USER, DB_APP_PASSWORD }: MigrationConfig): Promise<void> {
  const role = pg.escapeIdentifier(DB_APP_USER);
  await client.query("BEGIN");
  await setRole(client, DB_APP_USER, DB_APP_PASSWORD);
  const writing = (await postponeWriting(client, DB_APP_USER)) ? "" : ", INSERT, UPDATE, DELETE";
  await client.query(`GRANT SELECT${writing} ON ALL TABLES IN SCHEMA public TO ${role}`);
  await client.query(`REVOKE ALL ON migrations FROM ${role}`);
  await client.query("COMMIT");
}

/**
 * In an emergency, a fix is deployed while the application must not write (mode `protect` of db-backup): what it would
 * be granted now is recorded with what was taken away, and is granted when that comes back.
 *
 * @returns whether the role is protected.
 */
async function postponeWriting(client: pg.Client, role: string): Promise<boolean> {
  const { rows } = await client.query("SELECT to_regclass('emergency.protection') IS NOT NULL AS exists");
  if (rows[0].exists !== true) return false;
  const { rowCount } = await client.query(
    `UPDATE emergency.protection SET privileges = privileges || (
       SELECT jsonb_agg(jsonb_build_object('grantor', NULL,
           'grant', format('GRANT INSERT, UPDATE, DELETE ON TABLE %I.%I TO %I', schemaname, tablename, $1::text)))
         FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations')
       WHERE role = $1`,
    [role],
  );
  return rowCount === 1;
}

/** Backups read everything, rows behind row security too where this server lets its master say so. */
async function grantBackup(
  client: pg.Client,
  { DB_BACKUP_USER, DB_BACKUP_PASSWORD }: MigrationConfig,
  log: Logger,
): Promise<void> {
  if (DB_BACKUP_PASSWORD === undefined) return;
  const role = pg.escapeIdentifier(DB_BACKUP_USER);
  await client.query("BEGIN");
  await setRole(client, DB_BACKUP_USER, DB_BACKUP_PASSWORD);
  await client.query(`GRANT pg_read_all_data TO ${role}`);
  await client.query("COMMIT");
  await client
    .query(`ALTER ROLE ${role} BYPASSRLS`)
    .catch((error: Error) => log.warn({ reason: error.message }, "the backup role cannot bypass row security here"));
}

/** With a verifier instead of the password, which is therefore in no statement and no server log. */
async function setRole(client: pg.Client, name: string, password: string): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [name]);
  const verb = rowCount === 0 ? "CREATE" : "ALTER";
  const verifier = pg.escapeLiteral(scramVerifier(password));
  await client.query(`${verb} ROLE ${pg.escapeIdentifier(name)} LOGIN PASSWORD ${verifier}`);
}
