// The connection pool.
import pg from "pg";
import type { Alternate, DatabaseConfig } from "./config.ts";
import { trustedFor } from "./rds-certificates.ts";

export type Database = pg.Pool;

export function connectionSettings(config: DatabaseConfig): pg.ClientConfig {
  return {
    host: config.DB_HOST,
    port: config.DB_PORT,
    database: config.DB_NAME,
    user: config.DB_USER,
    password: config.DB_PASSWORD,
    ssl: tlsSettings(config),
    connectionTimeoutMillis: 5000,
    application_name: "rainbow-seeker-api",
  };
}

function tlsSettings({ DB_SSL, DB_HOST }: DatabaseConfig): pg.ClientConfig["ssl"] {
  if (DB_SSL === "disable") return false;
  if (DB_SSL === "require") return { rejectUnauthorized: false };
  const ca = trustedFor(DB_HOST);
  return { rejectUnauthorized: true, ...(ca ? { ca } : {}) };
}

export interface PoolConfig extends DatabaseConfig {
  DB_PASSWORD_ALTERNATES: Alternate[];
}

export function createPool(config: PoolConfig, onIdleError: (error: Error) => void): Database {
  const passwords = [config.DB_PASSWORD, ...config.DB_PASSWORD_ALTERNATES.map(({ value }) => value)];
  const pool = new PoolWithPasswords(
    {
      ...connectionSettings(config),
      // Three tasks of production hold 30 connections of some 1600 that its instance class allows.
      max: 10,
      idleTimeoutMillis: 30_000,
      statement_timeout: 10_000,
    },
    passwords,
  );
  // A connection that breaks while nobody uses it; the pool opens another one when it is needed.
  pool.on("error", onIdleError);
  return pool;
}

export type Connection = Pick<pg.ClientBase, "query">;

/**
 * A connection of the pool for several queries. After a failure it does not go back: what it had locked or begun ends
 * with it.
 */
export async function withConnection<T>(database: Database, work: (client: Connection) => Promise<T>): Promise<T> {
  const client = await database.connect();
  let isUsable = false;
  // The pool listens to idle ones only: without a listener, one that breaks in between ends the process.
  const ignore = () => {};
  client.on("error", ignore);
  try {
    const result = await work(client);
    isUsable = true;
    return result;
  } finally {
    client.release(!isUsable);
    client.off("error", ignore);
  }
}

/** All of it or nothing. */
export const inTransaction = <T>(database: Database, work: (client: Connection) => Promise<T>): Promise<T> =>
  withConnection(database, async (client) => {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  });

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (destroy?: Error | boolean) => void,
) => void;

/** https://www.postgresql.org/docs/17/errcodes-appendix.html */
const invalidPassword = "28P01";

/**
 * A role of PostgreSQL has one password, and tasks that run side by side start before and after it changes: where the
 * one that worked last is refused, the next one is tried, for the same request.
 */
class PoolWithPasswords extends pg.Pool {
  readonly #count: number;
  #current = 0;

  constructor(config: pg.PoolConfig, passwords: string[]) {
    super({ ...config, password: () => passwords[this.#current] ?? "" });
    this.#count = passwords.length;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | void {
    if (!callback) return this.#connect();
    // query() of the pool connects in this way.
    void this.#connectFor(callback);
  }

  async #connectFor(callback: Connected): Promise<void> {
    let client: pg.PoolClient;
    try {
      client = await this.#connect();
    } catch (error) {
      callback(error as Error, undefined, () => {});
      return;
    }
    callback(undefined, client, (destroy) => client.release(destroy));
  }

  async #connect(): Promise<pg.PoolClient> {
    for (let attempt = 1; ; attempt += 1) {
      const tried = this.#current;
      try {
        return await super.connect();
      } catch (error) {
        if ((error as { code?: string }).code !== invalidPassword || attempt > this.#count) throw error;
        // Unless a connection beside this one has moved on already.
        if (this.#current === tried) this.#current = (tried + 1) % this.#count;
      }
    }
  }
}
