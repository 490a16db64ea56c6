// A PostgreSQL instance for one verification: of the same major version, on a Unix socket in a temporary folder, and
// never on the host of the database.
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../shared/src/clock.ts";
import { lastLines, type RunProcess } from "../../../shared/src/process.ts";
import { BackupError } from "../errors.ts";
import { connect, type Connection } from "./connection.ts";
import { startProgram, type Programs, type RunningProgram } from "./programs.ts";

export interface EphemeralPostgresOptions {
  programs: Programs;
  run: RunProcess;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/** Fast instead of durable: its data is needed only once. */
const settings = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "max_wal_size=2GB",
  "shared_buffers=64MB",
  "maintenance_work_mem=64MB",
  "autovacuum=off",
  "listen_addresses=",
];

/**
 * A shell script that runs the program "$@" (after two parameters) for as long as our end of its standard input is
 * open. A process that is killed, even by SIGKILL, closes it; the script then ends the program and deletes its folder,
 * the second parameter. The folder is kept only after exit code 0, and only if the first parameter is "yes". A shell
 * makes its background processes ignore SIGQUIT, but both programs that run here install a handler for it.
 */
const watchdogScript = [
  "keep=$1; folder=$2; shift 2",
  "exec 3<&0",
  '"$@" 3<&- </dev/null & program=$!',
  '( read -r _ <&3; kill -QUIT "$program" ) & watchdog=$!',
  'wait "$program"; code=$?',
  'kill "$watchdog" 2>/dev/null',
  '[ "$keep:$code" = yes:0 ] || rm -rf "$folder"',
  'exit "$code"',
].join("\n");
const withWatchdog = (command: string[], { folder, keep }: { folder: string; keep: boolean }): string[] => [
  "sh",
  "-c",
  watchdogScript,
  "sh",
  keep ? "yes" : "no",
  folder,
  ...command,
];

/** Seconds that the server may take to start. */
const startTimeoutSeconds = 60;

export async function withEphemeralPostgres<T>(
  options: EphemeralPostgresOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "rainbow-restore-"));
  try {
    const server = await startServer(folder, options);
    try {
      const connection = socketConnection(folder);
      await waitUntilReady(connection, server.completed, options);
      return await work(connection);
    } finally {
      server.stdin.end();
      await server.completed.catch(() => undefined);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function startServer(
  folder: string,
  { programs, run, signal }: EphemeralPostgresOptions,
): Promise<RunningProgram> {
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? await unprivilegedUser(run) : undefined;
  if (user) await chown(folder, user.uid, user.gid);
  const env = { PATH: process.env["PATH"], LANG: "C", LC_ALL: "C", TZ: "UTC" };
  const options = { env, fallbackCode: "RESTORE_FAILED" as const, signal, ...user };
  const data = join(folder, "data");
  const initdb = startProgram(
    withWatchdog(
      [
        programs.path("initdb"),
        "--pgdata",
        data,
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
      ],
      { folder, keep: true },
    ),
    options,
  );
  initdb.stdout.resume();
  await initdb.completed;
  const configuration = settings.flatMap((setting) => ["-c", setting]);
  const command = [programs.path("postgres"), "-D", data, "-k", folder, ...configuration];
  const server = startProgram(withWatchdog(command, { folder, keep: false }), options);
  server.stdout.resume();
  return server;
}

const socketConnection = (folder: string): Connection => ({
  host: folder,
  port: 5432,
  database: "postgres",
  user: "postgres",
  password: undefined,
  sslMode: "disable",
  sslRootCert: undefined,
  patience: { seconds: 15, retries: 0 },
});

/** The user postgres if its package has created it, otherwise nobody. */
async function unprivilegedUser(run: RunProcess): Promise<{ uid: number; gid: number }> {
  for (const name of ["postgres", "nobody"]) {
    const { code, stdout } = await run(["id", "-u", name]);
    if (code !== 0) continue;
    return { uid: Number(stdout), gid: Number((await run(["id", "-g", name])).stdout) };
  }
  return { uid: 65_534, gid: 65_534 };
}

async function waitUntilReady(
  connection: Connection,
  completed: Promise<string>,
  { clock }: EphemeralPostgresOptions,
): Promise<void> {
  const state: { failure: Error | undefined } = { failure: undefined };
  completed.catch((error: Error) => (state.failure = error));
  for (const deadline = clock.now() + startTimeoutSeconds * 1000; clock.now() < deadline; await clock.sleep(100)) {
    if (state.failure) throw startError(state.failure);
    const session = await connect(connection, { failure: "RESTORE_FAILED" }).catch(() => undefined);
    if (session) return session.end();
  }
  throw new BackupError(
    "RESTORE_FAILED",
    `The ephemeral PostgreSQL instance did not accept connections within ${startTimeoutSeconds} s.`,
  );
}

const startError = (cause: Error): BackupError =>
  new BackupError(
    /No space left on device/.test(cause.message) ? "DISK_FULL" : "RESTORE_FAILED",
    `The ephemeral PostgreSQL instance did not start: ${lastLines(cause.message, 5)}`,
    { cause },
  );
