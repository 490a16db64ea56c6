// A connection to PostgreSQL, and what its errors mean.
import { readFileSync } from "node:fs";
import pg from "pg";
import { messageOf } from "../../../shared/src/errors.ts";
import { BackupError, type Code } from "../errors.ts";

export interface Connection {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string | undefined;
  /** As in libpq. */
  sslMode: "disable" | "require" | "verify-ca" | "verify-full";
  /** File with the CA certificates for the server. */
  sslRootCert: string | undefined;
}

export interface Session {
  query: <Row>(text: string, values?: unknown[]) => Promise<Row[]>;
  end: () => Promise<void>;
}

/**
 * What a role or a database may have set otherwise: time limits that would end a count in the middle of the night, as
 * pg_dump clears them, and the form of times, which is read here. Settings that a version does not have are left out.
 */
const settings = `SELECT pg_catalog.set_config(name, CASE name WHEN 'DateStyle' THEN 'ISO' ELSE '0' END, false)
  FROM pg_catalog.pg_settings WHERE name IN ('DateStyle', 'statement_timeout', 'lock_timeout',
    'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')`;

/** Seconds after which a connection attempt without a response fails. */
const connectTimeoutSeconds = 15;

export async function connect(connection: Connection): Promise<Session> {
  const { host, port, database, user, password, sslMode, sslRootCert } = connection;
  const ca = sslRootCert === undefined ? undefined : readFileSync(sslRootCert, "utf8");
  const ssl =
    sslMode === "disable"
      ? false
      : {
          rejectUnauthorized: sslMode === "verify-ca" || sslMode === "verify-full",
          ...(ca ? { ca } : {}),
          ...(sslMode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
        };
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password: password ?? "",
    ssl,
    connectionTimeoutMillis: connectTimeoutSeconds * 1000,
    application_name: "rainbow-backup",
  });
  // A connection that is lost between two queries: the next query fails with the reason.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(settings);
  } catch (cause) {
    await client.end().catch(() => undefined);
    throw toBackupError(`${user}@${host}:${port}/${database}`, cause, "CONNECT_FAILED");
  }
  return {
    query: async <Row>(text: string, values: unknown[] = []) => {
      try {
        return (await client.query(text, values)).rows as Row[];
      } catch (cause) {
        throw toBackupError(`${database}: ${text.replace(/\n[^]*/, "").slice(0, 80)}`, cause, "DUMP_FAILED");
      }
    },
    end: () => client.end().catch(() => undefined),
  };
}

function toBackupError(what: string, cause: unknown, fallback: Code): BackupError {
  const { code } = cause as { code?: string };
  // SQLSTATE codes of PostgreSQL.
  const codes: Partial<Record<string, Code>> = {
    "28P01": "AUTH_FAILED",
    "28000": "AUTH_FAILED",
    "42501": "NOT_READABLE",
    "55P03": "LOCK_TIMEOUT",
    "57P01": "CONNECT_FAILED",
    "3D000": "CONNECT_FAILED",
    "53100": "DISK_FULL",
  };
  const isLost = /ECONNRESET|EPIPE|Connection terminated|timeout expired/i.test(`${code} ${messageOf(cause)}`);
  return new BackupError(
    codes[code ?? ""] ?? (isLost ? "CONNECT_FAILED" : fallback),
    `${what}: ${messageOf(cause) || String(code)}`,
    { cause },
  );
}

/** This value makes libpq 16 and newer use the system's trust store, as Node does; older versions need a file. */
const systemTrustStore = "system";

/** Connection settings for the programs of PostgreSQL: in the environment, so that no secret is on a command line. */
export function libpqEnvironment({
  host,
  port,
  database,
  user,
  password,
  sslMode,
  sslRootCert,
}: Connection): NodeJS.ProcessEnv {
  const rootCert = sslRootCert ?? (sslMode === "verify-full" ? systemTrustStore : undefined);
  return {
    PATH: process.env["PATH"],
    LANG: "C",
    LC_ALL: "C",
    HOME: process.env["HOME"],
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: user,
    PGSSLMODE: sslMode,
    PGAPPNAME: "rainbow-backup",
    PGCONNECT_TIMEOUT: String(connectTimeoutSeconds),
    ...(password === undefined ? {} : { PGPASSWORD: password }),
    ...(rootCert === undefined ? {} : { PGSSLROOTCERT: rootCert }),
  };
}

const connectionErrors = new RegExp(
  [
    "could not connect",
    "connection to server .* failed",
    "could not translate host name",
    "server closed the connection",
    "terminating connection",
    "SSL SYSCALL",
    "no connection to the server",
  ].join("|"),
);

/** The standard error of a program of PostgreSQL that failed → an error code. */
export function codeOf(stderr: string, fallback: Code): Code {
  const patterns: [RegExp, Code][] = [
    [/password authentication failed|no password supplied|FATAL: +role ".*" does not exist/, "AUTH_FAILED"],
    [/server version mismatch|unsupported version \(|aborting because of server version/, "CLIENT_VERSION"],
    [/row-level security/, "ROW_SECURITY"],
    [/lock timeout|could not obtain lock/, "LOCK_TIMEOUT"],
    [/permission denied|must be (owner|superuser)/, "NOT_READABLE"],
    [/No space left on device|Check free disk space/, "DISK_FULL"],
    [connectionErrors, "CONNECT_FAILED"],
  ];
  return patterns.find(([pattern]) => pattern.test(stderr))?.[1] ?? fallback;
}
