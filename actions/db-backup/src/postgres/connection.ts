// A session with PostgreSQL, and what its errors mean.
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
  /** As libpq knows them. */
  sslMode: "disable" | "require" | "verify-ca" | "verify-full";
  /** File with the certificates that the server's is checked against. */
  sslRootCert: string | undefined;
}

export interface Session {
  query: <Row>(text: string, values?: unknown[]) => Promise<Row[]>;
  end: () => Promise<void>;
}

/** Seconds until a server that says nothing is given up. */
const patience = 15;

export async function connect(connection: Connection): Promise<Session> {
  const { host, port, database, user, password, sslMode, sslRootCert } = connection;
  const ca = sslRootCert === undefined ? undefined : readFileSync(sslRootCert, "utf8");
  const checked = sslMode === "verify-ca" || sslMode === "verify-full";
  const ssl =
    sslMode === "disable"
      ? false
      : {
          rejectUnauthorized: checked,
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
    connectionTimeoutMillis: patience * 1000,
    application_name: "rainbow-backup",
  });
  // A server that goes away while nothing is asked; the next question fails, and says so.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw withPostgresErrorContext(`${user}@${host}:${port}/${database}`, cause, "CONNECT_FAILED");
  }
  return {
    query: async <Row>(text: string, values: unknown[] = []) => {
      try {
        return (await client.query(text, values)).rows as Row[];
      } catch (cause) {
        throw withPostgresErrorContext(`${database}: ${text.replace(/\n[^]*/, "").slice(0, 80)}`, cause, "DUMP_FAILED");
      }
    },
    end: () => client.end().catch(() => undefined),
  };
}

function withPostgresErrorContext(what: string, cause: unknown, otherwise: Code): BackupError {
  const { code } = cause as { code?: string };
  const known: Partial<Record<string, Code>> = {
    "28P01": "AUTH_FAILED",
    "28000": "AUTH_FAILED",
    "42501": "NOT_READABLE",
    "55P03": "LOCK_TIMEOUT",
    "57P01": "CONNECT_FAILED",
    "3D000": "CONNECT_FAILED",
    "53100": "DISK_FULL",
  };
  const gone = /ECONNRESET|EPIPE|Connection terminated|timeout expired/i.test(`${code} ${messageOf(cause)}`);
  return new BackupError(
    known[code ?? ""] ?? (gone ? "CONNECT_FAILED" : otherwise),
    `${what}: ${messageOf(cause) || String(code)}`,
    { cause },
  );
}

/** libpq from 16 on knows the system's authorities by this name, as Node does by itself; older ones want a file. */
const systemAuthorities = "system";

/** What libpq's programs take from the environment: no secret is on a command line. */
export function libpqEnvironment({
  host,
  port,
  database,
  user,
  password,
  sslMode,
  sslRootCert,
}: Connection): NodeJS.ProcessEnv {
  const authorities = sslRootCert ?? (sslMode === "verify-full" ? systemAuthorities : undefined);
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
    PGCONNECT_TIMEOUT: String(patience),
    ...(password === undefined ? {} : { PGPASSWORD: password }),
    ...(authorities === undefined ? {} : { PGSSLROOTCERT: authorities }),
  };
}

/** What a program of PostgreSQL has said before it failed → a code. */
export function codeOf(stderr: string, otherwise: Code): Code {
  const patterns: [RegExp, Code][] = [
    [/password authentication failed|no password supplied|FATAL: +role ".*" does not exist/, "AUTH_FAILED"],
    [/server version mismatch|unsupported version \(|aborting because of server version/, "CLIENT_VERSION"],
    [/row-level security/, "ROW_SECURITY"],
    [/lock timeout|could not obtain lock/, "LOCK_TIMEOUT"],
    [/permission denied|must be (owner|superuser)/, "NOT_READABLE"],
    [/No space left on device|Check free disk space/, "DISK_FULL"],
    [
      /could not connect|connection to server .* failed|could not translate host name|server closed the connection|terminating connection|SSL SYSCALL|no connection to the server/,
      "CONNECT_FAILED",
    ],
  ];
  return patterns.find(([pattern]) => pattern.test(stderr))?.[1] ?? otherwise;
}
