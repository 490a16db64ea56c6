// The connection pool.
import pg from "pg";
import type { DatabaseConfig } from "./config.ts";

export type Database = pg.Pool;

export function connectionSettings(config: DatabaseConfig): pg.ClientConfig {
  return {
    host: config.DB_HOST,
    port: config.DB_PORT,
    database: config.DB_NAME,
    user: config.DB_USER,
    password: config.DB_PASSWORD,
    ssl: config.DB_SSL === "disable" ? false : { rejectUnauthorized: config.DB_SSL === "verify-full" },
    connectionTimeoutMillis: 5000,
    application_name: "rainbow-seeker-api",
  };
}

export function createPool(config: DatabaseConfig, onIdleError: (error: Error) => void): Database {
  // Three tasks of production hold 30 connections of some 1600 that its instance class allows.
  const pool = new pg.Pool({
    ...connectionSettings(config),
    max: 10,
    idleTimeoutMillis: 30_000,
    statement_timeout: 10_000,
  });
  // A connection that breaks while nobody uses it; the pool opens another one when it is needed.
  pool.on("error", onIdleError);
  return pool;
}
