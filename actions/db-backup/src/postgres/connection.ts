// A connection to PostgreSQL, and what its errors mean.
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import pgpass from "pgpass";
import { systemClock, type Clock } from "../../../shared/src/clock.ts";
import { messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError, type Code } from "../errors.ts";
import { adviceFor } from "./advice.ts";

export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

export interface Connection {
  host: string;
  port: number;
  database: string;
  user: string;
  /** undefined: from the password file of libpq, if it has one. */
  password: string | undefined;
  /** As in libpq. */
  sslMode: (typeof sslModes)[number];
  /** File with the CA certificates for the server. */
  sslRootCert: string | undefined;
  patience: Patience;
}

/** How long a server may take to accept a connection: a serverless one wakes up first. */
export interface Patience {
  /** Seconds after which an attempt without a response fails. */
  seconds: number;
  /** Further attempts, if the server cannot be reached, is starting, or has no connection left. */
  retries: number;
}

/** To a database of the same server that is never the one that is made, renamed or dropped. */
export const maintenanceConnection = (connection: Connection): Connection => ({ ...connection, database: "postgres" });

export interface Session {
  query: <Row>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** The output of `COPY … TO STDOUT`. */
  copyOut: (text: string) => Readable;
  /** Runs `COPY … FROM STDIN` with it. */
  copyIn: (text: string, source: Readable) => Promise<void>;
  end: () => Promise<void>;
}

export interface SessionOptions {
  /** Code of a query that fails for a reason of its own. */
  failure: Code;
  /** Ends the session, whatever it waits for. */
  signal?: AbortSignal | undefined;
  clock?: Clock;
  log?: Log;
}

/**
 * What a role or a database may have set otherwise: time limits that would end a count in the middle of the night, as
 * pg_dump clears them, and the form of times, which is read here. Settings that a version does not have are left out.
 */
const settings = `SELECT pg_catalog.set_config(name, CASE name WHEN 'DateStyle' THEN 'ISO' ELSE '0' END, false)
  FROM pg_catalog.pg_settings WHERE name IN ('DateStyle', 'statement_timeout', 'lock_timeout',
    'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')`;

/**
 * By these, a server notices that this process is gone, although nothing has told it: it would keep the locks and the
 * snapshot for hours. Not every platform has all of them.
 */
const notices = [
  "SET tcp_keepalives_idle = 30",
  "SET tcp_keepalives_interval = 10",
  "SET tcp_keepalives_count = 6",
  "SET client_connection_check_interval = '10s'",
];

/** Milliseconds that a session may take to say goodbye; a server that is gone never answers. */
const farewellMilliseconds = 2000;

/** @throws BackupError CONNECT_FAILED, AUTH_FAILED, CANCELLED, after all attempts. */
export async function connect(connection: Connection, options: SessionOptions): Promise<Session> {
  const { clock = systemClock, log } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await connectOnce(connection, options);
    } catch (error) {
      if (attempt >= connection.patience.retries || options.signal?.aborted || !isPassing(error)) throw error;
      const seconds = Math.min(30, 2 ** (attempt + 1));
      log?.(`${messageOf((error as BackupError).cause)}; the next attempt to connect is in ${seconds} s`);
      await clock.sleep(seconds * 1000);
    }
  }
}

/** As libpq: from PGPASSFILE or ~/.pgpass, where the default socket is called localhost; "" without one. */
const passwordFromFile = (asked: Pick<Connection, "host" | "port" | "database" | "user">): Promise<string> =>
  new Promise((resolve) => {
    const host = /^\/(tmp|var\/run\/postgresql)$/.test(asked.host) ? "localhost" : asked.host;
    pgpass({ ...asked, host }, (password = "") => resolve(password));
  });

/** Whether the server may accept the same connection a little later. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof BackupError)) return false;
  const { code } = error.cause as { code?: string };
  // SQLSTATE cannot_connect_now and too_many_connections; the rest are the system's codes. A name that does not exist
  // (ENOTFOUND) does not exist a little later either.
  if (/^(57P03|53300|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|EPIPE)$/.test(code ?? ""))
    return true;
  return /timeout expired|Connection terminated/i.test(messageOf(error.cause));
}

async function connectOnce(connection: Connection, options: SessionOptions): Promise<Session> {
  const { user, host, port, database } = connection;
  let failure: unknown;
  for (const ssl of waysOf(connection)) {
    try {
      return await open(connection, ssl, options);
    } catch (cause) {
      // The first failure is the one to explain, unless the server only has no TLS, or wants it.
      failure = failure === undefined || isAboutTls(failure) ? cause : failure;
      if (!isAboutTls(cause)) break;
    }
  }
  if (options.signal?.aborted) throw new BackupError("CANCELLED", "The connection was stopped.", { cause: failure });
  throw toBackupError(`${user}@${host}:${port}/${database}`, failure, "CONNECT_FAILED");
}

const isAboutTls = (error: unknown): boolean =>
  /does not support SSL/i.test(messageOf(error)) || (error as { code?: string }).code === "28000";

type Ssl = pg.ClientConfig["ssl"];

/** With and without TLS, in the order in which libpq tries them (documentation of PostgreSQL, "SSL Support"). */
function waysOf({ sslMode, sslRootCert }: Connection): Ssl[] {
  const ca = sslRootCert === undefined ? undefined : readFileSync(sslRootCert, "utf8");
  const tls = {
    rejectUnauthorized: sslMode === "verify-ca" || sslMode === "verify-full",
    ...(ca ? { ca } : {}),
    ...(sslMode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
  };
  if (sslMode === "disable") return [false];
  if (sslMode === "allow") return [false, tls];
  return sslMode === "prefer" ? [tls, false] : [tls];
}

async function open(
  { host, port, database, user, password, patience }: Connection,
  ssl: Ssl,
  { failure, signal }: SessionOptions,
): Promise<Session> {
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password: password ?? (() => passwordFromFile({ host, port, database, user })),
    ssl,
    connectionTimeoutMillis: patience.seconds * 1000,
    application_name: "rainbow-backup",
    // Without it, a connection that the network forgot is waited for.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  });
  // A connection that is lost between two queries: the next query fails with the reason.
  client.on("error", () => undefined);
  const cut = () => void client.connection.stream.destroy();
  signal?.addEventListener("abort", cut, { once: true });
  const end = async () => {
    signal?.removeEventListener("abort", cut);
    const timer = setTimeout(cut, farewellMilliseconds);
    await client.end().catch(() => undefined);
    clearTimeout(timer);
  };
  try {
    if (signal?.aborted) throw new Error("stopped");
    await client.connect();
    // A limit of a millisecond would end the query that lifts it.
    await client.query("SET statement_timeout = 0");
    await client.query(settings);
    for (const statement of notices) await client.query(statement).catch(() => undefined);
  } catch (cause) {
    await end();
    throw cause;
  }
  const explained = async <T>(text: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      if (signal?.aborted) throw new BackupError("CANCELLED", "The session was stopped.", { cause });
      throw toBackupError(`${database}: ${text.replace(/\n[^]*/, "").slice(0, 80)}`, cause, failure);
    }
  };
  return {
    query: async <Row>(text: string, values: unknown[] = []) => {
      // Only without values may a text have several statements.
      const run = () => (values.length > 0 ? client.query(text, values) : client.query(text));
      return explained(text, async () => (await run()).rows as Row[]);
    },
    copyOut: (text) => client.query(copyTo(text)),
    copyIn: (text, source) => explained(text, () => pipeline(source, client.query(copyFrom(text)))),
    end,
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
    "57P03": "CONNECT_FAILED",
    "53300": "CONNECT_FAILED",
    "53100": "DISK_FULL",
  };
  const message = messageOf(cause) || String(code);
  const isLost = /ECONNRESET|EPIPE|Connection terminated|timeout expired/i.test(`${code} ${message}`);
  // What a dump may not read is one kind of failure; a restore lacks other permissions.
  if (code === "42501" && fallback !== "DUMP_FAILED")
    return new BackupError(fallback, `${what}: ${message}`, { cause, next: adviceFor(fallback, message) });
  const isPassword = /client password must be/.test(message);
  const kind = codes[code ?? ""] ?? (isPassword ? "AUTH_FAILED" : undefined) ?? (isLost ? "CONNECT_FAILED" : fallback);
  return new BackupError(kind, `${what}: ${message}`, { cause, next: adviceFor(kind, message) });
}

/** This value makes libpq 16 and newer use the system's trust store, as Node does; older versions need a file. */
const systemTrustStore = "system";

/** Connection settings for the programs of PostgreSQL: in the environment, so that no secret is on a command line. */
export function libpqEnvironment({
  host,
  port,
  user,
  password,
  sslMode,
  sslRootCert,
  patience,
}: Connection): NodeJS.ProcessEnv {
  const rootCert = sslRootCert ?? (sslMode === "verify-full" ? systemTrustStore : undefined);
  const { PATH, HOME, PGPASSFILE } = process.env;
  return {
    PATH,
    LANG: "C",
    LC_ALL: "C",
    HOME,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGSSLMODE: sslMode,
    PGAPPNAME: "rainbow-backup",
    PGCONNECT_TIMEOUT: String(Math.ceil(patience.seconds)),
    ...(password === undefined ? { PGPASSFILE } : { PGPASSWORD: password }),
    ...(rootCert === undefined ? {} : { PGSSLROOTCERT: rootCert }),
  };
}

/**
 * The value of `--dbname` for the programs of PostgreSQL: as a connection string, because a name such as `a=b` would be
 * taken for one, and because only there a program can be told to notice that the network forgot its connection.
 */
export function connectionString({ database }: Pick<Connection, "database">): string {
  const quoted = `'${database.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
  return `dbname=${quoted} keepalives_idle=30 keepalives_interval=10 keepalives_count=6 tcp_user_timeout=90000`;
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
    // The statement that --lock-wait-timeout limits.
    [/^(?![^]*does not exist)[^]*Query was: LOCK TABLE/, "LOCK_TIMEOUT"],
    [/No space left on device|Check free disk space/, "DISK_FULL"],
    [connectionErrors, "CONNECT_FAILED"],
  ];
  const kind = patterns.find(([pattern]) => pattern.test(stderr))?.[1] ?? fallback;
  return kind === "NOT_READABLE" && fallback !== "DUMP_FAILED" ? fallback : kind;
}
