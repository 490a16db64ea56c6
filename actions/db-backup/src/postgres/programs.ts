// The programs of PostgreSQL, of exactly the server's major version: archives of another version are not reliable.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { lastLines, type RunProcess } from "../../../shared/src/process.ts";
import { BackupError, type Code } from "../errors.ts";
import { codeOf } from "./connection.ts";

export interface Programs {
  major: number;
  /** Version of pg_dump: "17.2". */
  version: string;
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
    if (version?.[1] === String(major)) return { major, version: version[0], path: (name) => join(folder, name) };
    others.add(`${version?.[0] ?? "unknown"} in ${folder}`);
  }
  const found = others.size > 0 ? `found ${[...others].join(", ")}` : "none found";
  throw new BackupError(
    "CLIENT_VERSION",
    `The server is PostgreSQL ${major}, but pg_dump ${major} is not installed here (${found}). ` +
      `An older pg_dump refuses to run, a newer one writes archives that ${major} cannot restore.`,
  );
}

export interface RunningProgram {
  stdout: Readable;
  stdin: Writable;
  /** Standard error; rejected if the exit code is not 0, or if standard error has an error message. */
  completed: Promise<string>;
  kill: () => void;
}

export interface StartOptions {
  env: NodeJS.ProcessEnv;
  /** Code for a failure whose message matches no known pattern. */
  fallbackCode: Code;
  signal?: AbortSignal | undefined;
  /** Of the user to run as. */
  uid?: number | undefined;
  gid?: number | undefined;
}

/**
 * Starts a program with its streams piped. The output of a killed program ends like that of a complete one, so only
 * `completed` shows whether it is whole.
 */
export function startProgram(command: string[], { env, fallbackCode, signal, uid, gid }: StartOptions): RunningProgram {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: gid ?? uid }),
  });
  let stderr = "";
  // The end is enough to see the reason; pg_restore may report every row.
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = `${stderr}${text}`.slice(-20_000)));
  // A write after the program has ended is not an error of its own: the exit code has the result.
  child.stdin.on("error", () => undefined);
  const kill = () => void child.kill("SIGTERM");
  signal?.addEventListener("abort", kill, { once: true });
  const completed = new Promise<string>((resolve, reject) => {
    child.on("error", (cause) =>
      reject(new BackupError(fallbackCode, `${file} cannot be run: ${cause.message}`, { cause })),
    );
    child.on("close", (code, killedBy) => {
      signal?.removeEventListener("abort", kill);
      const name = basename(file);
      if (signal?.aborted) reject(new BackupError("CANCELLED", `${name} was stopped.`));
      else if (killedBy !== null)
        reject(new BackupError(fallbackCode, `${name} was killed (${killedBy}).${indentLastLines(stderr)}`));
      else if (code !== 0 || /\berror:/i.test(stderr))
        reject(
          new BackupError(
            codeOf(stderr, fallbackCode),
            `${name} ended with exit code ${code}.${indentLastLines(stderr)}`,
          ),
        );
      else resolve(stderr);
    });
  });
  // Callers await it later; until then a failure must not count as an unhandled rejection.
  completed.catch(() => undefined);
  // Buffered from the start: Node discards what is still unread when a program ends.
  const stdout = child.stdout.pipe(new PassThrough({ highWaterMark: 1024 * 1024 }));
  return { stdout, stdin: child.stdin, completed, kill };
}

const indentLastLines = (stderr: string): string =>
  stderr.trim() === "" ? "" : `\n  ${lastLines(stderr, 5).split("\n").join("\n  ")}`;
