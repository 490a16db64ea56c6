// The programs of PostgreSQL, of just the server's major version: another's archive cannot be relied upon.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { lastLines, type RunProcess } from "../../../shared/src/process.ts";
import { BackupError, type Code } from "../errors.ts";
import { codeOf } from "./connection.ts";

export interface Programs {
  major: number;
  /** Of pg_dump: "17.2". */
  version: string;
  path: (name: "pg_dump" | "pg_dumpall" | "pg_restore" | "psql" | "initdb" | "postgres") => string;
}

/** Where packages of Debian, Red Hat and Homebrew put each major version; then the PATH. */
function folders(major: number, environment: NodeJS.ProcessEnv): string[] {
  return [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
    ...(environment["PATH"] ?? "").split(delimiter),
  ];
}

/** @throws BackupError CLIENT_VERSION that names what is there instead. */
export async function findPrograms(major: number, run: RunProcess, environment = process.env): Promise<Programs> {
  const others = new Set<string>();
  for (const folder of folders(major, environment)) {
    if (!existsSync(join(folder, "pg_dump"))) continue;
    const { stdout } = await run([join(folder, "pg_dump"), "--version"]);
    const version = /(\d+)\.\d+/.exec(stdout);
    if (version?.[1] === String(major)) return { major, version: version[0], path: (name) => join(folder, name) };
    others.add(`${version?.[0] ?? "unknown"} in ${folder}`);
  }
  throw new BackupError(
    "CLIENT_VERSION",
    `The server is PostgreSQL ${major}, and pg_dump of ${major} is not here${others.size > 0 ? ` (there is ${[...others].join(", ")})` : ""}. An older one refuses, a newer one writes archives that ${major} cannot restore.`,
  );
}

export interface Started {
  stdout: Readable;
  stdin: Writable;
  /**
   * Ends well only with exit code 0 and nothing that is an error on standard error; its value is what was said there.
   */
  ended: Promise<string>;
  kill: () => void;
}

export interface StartOptions {
  env: NodeJS.ProcessEnv;
  /** Code for a failure that says nothing that we know. */
  otherwise: Code;
  signal?: AbortSignal | undefined;
  /** Of the user that it runs as. */
  uid?: number | undefined;
  gid?: number | undefined;
}

/**
 * Starts a program whose streams are piped. A killed program ends its output like one that is done: `ended` tells them
 * apart.
 */
export function start(command: string[], { env, otherwise, signal, uid, gid }: StartOptions): Started {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: gid ?? uid }),
  });
  let stderr = "";
  // Enough to see why; pg_restore may complain of each row.
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = `${stderr}${text}`.slice(-20_000)));
  // Who writes into a program that has ended hears of it by its exit code.
  child.stdin.on("error", () => undefined);
  const kill = () => void child.kill("SIGTERM");
  signal?.addEventListener("abort", kill, { once: true });
  const ended = new Promise<string>((resolve, reject) => {
    child.on("error", (cause) =>
      reject(new BackupError(otherwise, `${file} cannot be run: ${cause.message}`, { cause })),
    );
    child.on("close", (code, by) => {
      signal?.removeEventListener("abort", kill);
      const name = basename(file);
      if (signal?.aborted) reject(new BackupError("CANCELLED", `${name} was stopped.`));
      else if (by !== null) reject(new BackupError(otherwise, `${name} was killed (${by}).${said(stderr)}`));
      else if (code !== 0 || /\berror:/i.test(stderr))
        reject(new BackupError(codeOf(stderr, otherwise), `${name} ended with exit code ${code}.${said(stderr)}`));
      else resolve(stderr);
    });
  });
  // Looked at later: until then nobody's failure is unhandled.
  ended.catch(() => undefined);
  // Read from the first moment on: what nobody has begun to read when a program ends, Node throws away.
  const stdout = child.stdout.pipe(new PassThrough({ highWaterMark: 1024 * 1024 }));
  return { stdout, stdin: child.stdin, ended, kill };
}

const said = (stderr: string): string =>
  stderr.trim() === "" ? "" : `\n  ${lastLines(stderr, 5).split("\n").join("\n  ")}`;
