// A PostgreSQL for a few minutes, of the same major version, on a socket that nobody else finds. Never the host that
// the data came from.
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../shared/src/clock.ts";
import { lastLines, type RunProcess } from "../../../shared/src/process.ts";
import { BackupError, type Code } from "../errors.ts";
import { connect, type Connection } from "./connection.ts";
import { start, type Programs } from "./programs.ts";

export interface EphemeralPostgresOptions {
  programs: Programs;
  run: RunProcess;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/** Speed before safety: what is lost here is not missed. */
const settings = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "max_wal_size=2GB",
  "shared_buffers=64MB",
  "maintenance_work_mem=64MB",
  "max_locks_per_transaction=1024",
  "autovacuum=off",
  "listen_addresses=",
];

/**
 * Runs a program, "$@" after the first two, for as long as somebody holds our standard input open: whoever is killed by
 * SIGKILL
 * lets go of it. Then the program is ended. Its folder, the second, goes with it, unless it has done what it should and
 * the
 * first says that this is to stay. QUIT, which a shell lets its background ignore, is heeded by both programs that run
 * here.
 */
const runWhileHeld =
  'stays=$1; folder=$2; shift 2; exec 3<&0; "$@" 3<&- </dev/null & program=$!; ( read -r _ <&3; kill -QUIT "$program" ) & holder=$!; wait "$program"; code=$?; kill "$holder" 2>/dev/null; [ "$stays:$code" = yes:0 ] || rm -rf "$folder"; exit "$code"';
const held = (command: string[], { folder, stays }: { folder: string; stays: boolean }): string[] => [
  "sh",
  "-c",
  runWhileHeld,
  "sh",
  stays ? "yes" : "no",
  folder,
  ...command,
];

const serverCode = (text: string): Code => (/No space left on device/.test(text) ? "DISK_FULL" : "RESTORE_FAILED");

/** Seconds until a server that does not come up is given up. */
const startTimeoutSeconds = 60;

export async function withEphemeralPostgres<T>(
  environment: EphemeralPostgresOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { programs, run, signal } = environment;
  const folder = await mkdtemp(join(tmpdir(), "rainbow-restore-"));
  try {
    // PostgreSQL refuses to run as root.
    const user = process.getuid?.() === 0 ? await userFor(run) : undefined;
    if (user) await chown(folder, user.uid, user.gid);
    const env = { PATH: process.env["PATH"], LANG: "C", LC_ALL: "C", TZ: "UTC" };
    const data = join(folder, "data");
    const options = { env, otherwise: "RESTORE_FAILED" as const, signal, ...user };
    const made = start(
      held(
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
        { folder, stays: true },
      ),
      options,
    );
    made.stdout.resume();
    await made.ended;
    const server = start(
      held([programs.path("postgres"), "-D", data, "-k", folder, ...settings.flatMap((setting) => ["-c", setting])], {
        folder,
        stays: false,
      }),
      options,
    );
    server.stdout.resume();
    const connection: Connection = {
      host: folder,
      port: 5432,
      database: "postgres",
      user: "postgres",
      password: undefined,
      sslMode: "disable",
      sslRootCert: undefined,
    };
    try {
      await untilUp(connection, server.ended, environment);
      return await work(connection);
    } finally {
      server.stdin.end();
      await server.ended.catch(() => undefined);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** postgres where its package has made it, else nobody. */
async function userFor(run: RunProcess): Promise<{ uid: number; gid: number }> {
  for (const name of ["postgres", "nobody"]) {
    const { code, stdout } = await run(["id", "-u", name]);
    if (code !== 0) continue;
    return { uid: Number(stdout), gid: Number((await run(["id", "-g", name])).stdout) };
  }
  return { uid: 65_534, gid: 65_534 };
}

async function untilUp(
  connection: Connection,
  ended: Promise<string>,
  { clock }: EphemeralPostgresOptions,
): Promise<void> {
  const state: { over: Error | undefined } = { over: undefined };
  ended.catch((error: Error) => (state.over = error));
  for (const deadline = clock.now() + startTimeoutSeconds * 1000; clock.now() < deadline; await clock.sleep(100)) {
    if (state.over)
      throw new BackupError(
        serverCode(state.over.message),
        `The throw-away server does not start: ${lastLines(state.over.message, 5)}`,
        { cause: state.over },
      );
    const session = await connect(connection).catch(() => undefined);
    if (session) return session.end();
  }
  throw new BackupError("RESTORE_FAILED", `The throw-away server has not answered for ${startTimeoutSeconds} s.`);
}
