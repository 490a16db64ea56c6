// Brings the schema to where this build needs it, and the application's role to what it may do.
import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";
import type { Logger } from "pino";
import type { MigrationConfig } from "./config.ts";
import { connectionSettings } from "./database.ts";
import { scramVerifier } from "./scram.ts";

const folder = fileURLToPath(new URL("../migrations", import.meta.url));

/** Runs what has not run; returns the names. Two at once are safe: the runner holds an advisory lock. */
export async function migrate(config: MigrationConfig, log: Logger): Promise<string[]> {
  const client = new pg.Client({ ...connectionSettings(config), application_name: "rainbow-seeker-migrate" });
  await client.connect();
  try {
    const done = await runner({
      dbClient: client,
      dir: folder,
      direction: "up",
      migrationsTable: "migrations",
      count: Infinity,
      verbose: false,
      logger: { debug: () => {}, info: (text: string) => log.info(text), warn: (text: string) => log.warn(text), error: (text: string) => log.error(text) },
    });
    await grant(client, config);
    return done.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** The application reads and writes rows; it changes no table and cannot see the list of migrations. */
async function grant(client: pg.Client, { DB_APP_USER, DB_APP_PASSWORD }: MigrationConfig): Promise<void> {
  const role = pg.escapeIdentifier(DB_APP_USER);
  const password = pg.escapeLiteral(scramVerifier(DB_APP_PASSWORD));
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [DB_APP_USER]);
  await client.query("BEGIN");
  await client.query(`${rowCount === 0 ? "CREATE" : "ALTER"} ROLE ${role} LOGIN PASSWORD ${password}`);
  await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
  await client.query(`REVOKE ALL ON migrations FROM ${role}`);
  await client.query("COMMIT");
}
