// The programs of PostgreSQL, of exactly the server's major version: archives of another version are not reliable.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { lastLines, type RunProcess } from "../../../shared/src/process.ts";
import { BackupError, type Code } from "../errors.ts";
import { adviceFor } from "./advice.ts";
import { codeOf } from "./connection.ts";

export interface Programs {
  major: number;
  /** Version of pg_dump: "17.2". */
  version: string;
  /** Whether pg_dump compresses with zstd: from 16 on, unless it was built without it. */
  zstd: boolean;
  path: (name: "pg_dump" | "pg_dumpall" | "pg_restore" | "psql" | "initdb" | "postgres") => string;
}

/** Where the packages of Debian, Red Hat and Homebrew install each major version; then the PATH. */
function searchFolders(major: number, environment: NodeJS.ProcessEnv): string[] {
  return [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
    ...(environment["PATH"] ?? "").split(delimiter),
  ];
}

/** @throws BackupError CLIENT_VERSION that lists the versions that were found instead. */
export async function findPrograms(major: number, run: RunProcess, environment = process.env): Promise<Programs> {
  const others = new Set<string>();
  for (const folder of searchFolders(major, environment)) {
    if (!existsSync(join(folder, "pg_dump"))) continue;
    const { stdout } = await run([join(folder, "pg_dump"), "--version"]);
    const version = /(\d+)\.\d+/.exec(stdout);
    if (version?.[1] === String(major)) {
      const zstd = major >= 16 && (await hasZstd(join(folder, "pg_dump"), run));
      return { major, version: version[0], zstd, path: (name) => join(folder, name) };
    }
    others.add(`${version?.[0] ?? "unknown"} in ${folder}`);
  }
  const found = others.size > 0 ? `found ${[...others].join(", ")}` : "none found";
  throw new BackupError(
    "CLIENT_VERSION",
    `The server is PostgreSQL ${major}, but pg_dump ${major} is not installed here (${found}). ` +
      `An older pg_dump refuses to run, a newer one writes archives that ${major} cannot restore.`,
  );
}

/** Only folders are written by two jobs, so this fails before it connects; without zstd, it fails for that reason. */
async function hasZstd(pgDump: string, run: RunProcess): Promise<boolean> {
  const { stderr } = await run([pgDump, "--format=custom", "--compress=zstd:1", "--jobs=2"], {
    env: { ...process.env, LC_ALL: "C" },
  });
  return !/does not support compression/.test(stderr);
}

export interface RunningProgram {
  stdout: Readable;
  stdin: Writable;
  /** What it left out although it succeeded, in its own words: "pg_dump: warning: …". */
  warnings: string[];
  /**
   * Standard error; rejected if the exit code is not 0, or if standard error has an error message; after `kill`, with
   * its cause.
   */
  completed: Promise<string>;
  /** Ends the program because of something else that failed. */
  kill: (cause: unknown) => void;
}

export interface StartOptions {
  env: NodeJS.ProcessEnv;
  /** Code for a failure whose message matches no known pattern. */
  fallbackCode: Code;
  signal?: AbortSignal | undefined;
  /** Called with each line of standard error. */
  onLine?: (line: string) => void;
  /** Of the user to run as. */
  uid?: number | undefined;
  gid?: number | undefined;
}

/**
 * Milliseconds from SIGTERM to SIGKILL. At SIGTERM, pg_dump asks the server to cancel its query, and a server that the
 * network forgot never answers.
 */
const graceMilliseconds = 5000;

/**
 * Starts a program with its streams piped. The output of a killed program ends like that of a complete one, so only
 * `completed` shows whether it is whole.
 */
export function startProgram(command: string[], options: StartOptions): RunningProgram {
  const { env, fallbackCode, signal, onLine, uid, gid } = options;
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: gid ?? uid }),
  });
  const warnings: string[] = [];
  let stderr = "";
  createInterface({ input: child.stderr, crlfDelay: Infinity }).on("line", (line) => {
    onLine?.(line);
    if (/^\w+: warning: /.test(line)) warnings.push(line);
    // The end is enough to see the reason; pg_restore may report every row.
    if (!isProgress(line)) stderr = `${stderr}${line}\n`.slice(-20_000);
  });
  // A write after the program has ended is not an error of its own: the exit code has the result.
  child.stdin.on("error", () => undefined);
  const killed: { cause?: unknown } = {};
  const terminate = () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds);
    child.once("close", () => clearTimeout(timer));
  };
  const kill = (cause: unknown) => {
    killed.cause ??= cause;
    terminate();
  };
  signal?.addEventListener("abort", terminate, { once: true });
  const completed = new Promise<string>((resolve, reject) => {
    child.on("error", (cause) =>
      reject(new BackupError(fallbackCode, `${file} cannot be run: ${cause.message}`, { cause })),
    );
    child.on("close", (code, killedBy) => {
      signal?.removeEventListener("abort", terminate);
      const name = basename(file);
      if (signal?.aborted) reject(new BackupError("CANCELLED", `${name} was stopped.`));
      else if (killedBy !== null && killed.cause !== undefined) reject(killed.cause as Error);
      else if (killedBy !== null)
        reject(new BackupError(fallbackCode, `${name} was killed (${killedBy}).${indentLastLines(stderr)}`));
      else if (code !== 0 || /^\w+: error:/m.test(stderr))
        reject(killed.cause ?? failureOf(name, { code, stderr, fallbackCode }));
      else resolve(stderr);
    });
  });
  // Callers await it later; until then a failure must not count as an unhandled rejection.
  completed.catch(() => undefined);
  // Buffered from the start: Node discards what is still unread when a program ends.
  const stdout = child.stdout.pipe(new PassThrough({ highWaterMark: 1024 * 1024 }));
  return {
    stdout,
    stdin: child.stdin,
    warnings,
    completed,
    kill,
  };
}

function failureOf(
  name: string,
  { code, stderr, fallbackCode }: { code: number | null; stderr: string; fallbackCode: Code },
): BackupError {
  const kind = codeOf(stderr, fallbackCode);
  return new BackupError(kind, `${name} ended with exit code ${code}.${indentLastLines(stderr)}`, {
    next: adviceFor(kind, stderr),
  });
}

const indentLastLines = (stderr: string): string =>
  stderr.trim() === "" ? "" : `\n  ${lastLines(stderr, 5).split("\n").join("\n  ")}`;

/** What pg_dump says with --verbose. */
const isProgress = (line: string): boolean => /^pg_dump: (?!error:|warning:|detail:|hint:)/.test(line);
