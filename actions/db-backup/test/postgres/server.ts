// An actual PostgreSQL for a test file, and db-backup as the entry file runs it.
import { join } from "node:path";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import pg from "pg";
import { type Clock, systemClock } from "../../../shared/src/clock.ts";
import { runProcess } from "../../../shared/src/process.ts";
import { bucketClient } from "../../src/clients.ts";
import { readInputs } from "../../src/inputs.ts";
import { main } from "../../src/main.ts";
import type { Connection } from "../../src/postgres/connection.ts";
import { findPrograms, type Programs } from "../../src/postgres/programs.ts";
import { withEphemeralPostgres } from "../../src/postgres/ephemeral-postgres.ts";
import type { ScriptedS3 } from "../scripted-s3.ts";
import { errorOf } from "../../../../test/lib/error-of.ts";

/** The programs of the newest major version that is installed here, or of another one that is on the PATH. */
export async function installed(): Promise<Programs> {
  const wanted = process.env["RAINBOW_POSTGRES"];
  if (wanted !== undefined) return findPrograms(Number(wanted), runProcess);
  const majors = readdirSync("/usr/lib/postgresql")
    .filter((name) => existsSync(`/usr/lib/postgresql/${name}/bin/initdb`))
    .map(Number);
  return findPrograms(Math.max(...majors), runProcess);
}

/** Runs statements on a new connection. @returns the rows of the last one. */
export async function query(host: string, database: string, ...statements: string[]): Promise<any[]> {
  const client = new pg.Client({ host, database, user: "postgres" });
  await client.connect();
  try {
    let rows: any[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows ?? [];
    return rows;
  } finally {
    await client.end();
  }
}

export class Server {
  readonly connection: Connection;
  readonly programs: Programs;
  private readonly requestStop: () => void;
  private readonly stopped: Promise<void>;

  private constructor(connection: Connection, programs: Programs, requestStop: () => void, stopped: Promise<void>) {
    this.connection = connection;
    this.programs = programs;
    this.requestStop = requestStop;
    this.stopped = stopped;
  }

  static async start(): Promise<Server> {
    const programs = await installed();
    const stop = Promise.withResolvers<void>();
    const ready = Promise.withResolvers<Connection>();
    const stopped = withEphemeralPostgres({ programs, run: runProcess, clock: systemClock }, (connection) => {
      ready.resolve(connection);
      return stop.promise;
    });
    stopped.catch(ready.reject);
    return new Server(await ready.promise, programs, stop.resolve, stopped);
  }

  async stop(): Promise<void> {
    this.requestStop();
    await this.stopped;
  }

  sql(database: string, ...statements: string[]): Promise<any[]> {
    return query(this.connection.host, database, ...statements);
  }

  /** From now on, the role needs its password. */
  async requirePassword(role: string): Promise<void> {
    const file = `${this.connection.host}/data/pg_hba.conf`;
    writeFileSync(file, `local all ${role} scram-sha-256\n${readFileSync(file, "utf8")}`);
    await this.sql("postgres", "SELECT pg_reload_conf()");
  }

  /** Inputs for a backup of a database of this server into the scripted bucket. */
  inputs(more: Record<string, string> = {}): Record<string, string> {
    return {
      bucket: "backups",
      database: "app",
      host: this.connection.host,
      user: "postgres",
      "ssl-mode": "disable",
      "path-style": "true",
      ...more,
    };
  }
}

export interface RunningProcess {
  pid: number;
  parent: number;
  /** As every user of the machine can read them. */
  arguments: string;
}

/** All processes, from /proc: the image of PostgreSQL has no ps. */
export function running(): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, parent] = /^\d+ \(.*\) \S+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))!;
        return [
          {
            pid: Number(pid),
            parent: Number(parent),
            arguments: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "),
          },
        ];
      } catch {
        return [];
      }
    });
}

export interface RunResult {
  outputs: Record<string, any>;
  error: (Error & { code?: string }) | undefined;
  log: string[];
  /** "warning: title: message" */
  annotations: string[];
}

/** Shortens the pauses between attempts; everything else takes the time it takes. */
const quickClock = {
  now: () => systemClock.now(),
  sleep: (milliseconds: number) => systemClock.sleep(milliseconds / 50),
};

export interface RunOptions {
  signal?: AbortSignal;
  runName?: string;
  clock?: Clock;
}

let runs = 0;

export async function dbBackup(
  s3: ScriptedS3,
  inputs: Record<string, string>,
  more: RunOptions = {},
): Promise<RunResult> {
  const outputs: Record<string, any> = {};
  const log: string[] = [];
  const annotations: string[] = [];
  runs += 1;
  const unused = () => {
    throw new Error("this client is not used in this test");
  };
  const dependencies = {
    s3: (options: { pathStyle: boolean; checksums: boolean }) => bucketClient(options, s3.client),
    ecs: unused,
    logs: unused,
    cloudWatch: unused,
    rds: unused,
    run: runProcess,
    clock: quickClock,
    log: (line: string) => log.push(line),
    annotate: (level: string, title: string, message: string) =>
      void annotations.push(`${level}: ${title}: ${message}`),
    setOutputs: (all: object) => Object.assign(outputs, all),
    runName: `${runs}-1`,
    id: undefined,
    tool: "test",
    ...more,
  };
  const error = await errorOf(() =>
    main(
      readInputs((name) => inputs[name] ?? "", {}),
      dependencies,
    ),
  );
  return { outputs, error, log, annotations };
}

/** The entry file in a separate process, which can be killed. */
export function dbBackupProcess(
  s3: ScriptedS3,
  inputs: Record<string, string>,
  run: string,
  environment: Record<string, string> = {},
): { kill: (signal: NodeJS.Signals) => void; pid: number; exited: Promise<{ code: number | null; text: string }> } {
  const inputVariables = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
  );
  const env = {
    PATH: process.env["PATH"],
    AWS_ENDPOINT_URL: s3.endpoint,
    AWS_REGION: "ap-northeast-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    GITHUB_RUN_ID: run,
    ...inputVariables,
    ...environment,
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../src/index.ts")], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += String(chunk)));
  const exited = new Promise<{ code: number | null; text: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, text })),
  );
  return { kill: (signal) => void child.kill(signal), pid: child.pid!, exited };
}
