// The connection pool.
import pg from "pg";
import type { DatabaseConfig } from "./config.ts";
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
