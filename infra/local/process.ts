// Running other programs: arguments as arrays, output captured or followed, failures with the last lines said.
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { withoutLockMarkers } from "./lock.mjs";
import { Problem } from "./problem.ts";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Text given on standard input. */
  input?: string;
  /** Milliseconds after which the program is stopped. */
  timeout?: number;
  /** File that the whole output is appended to. */
  log?: string;
  /** Called with each line of output as it comes. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Programs that run now: they end with us. */
const running = new Set<ChildProcess>();

/** Asks every program that runs to end; each finishes what it must not leave half-done. Returns how many there were. */
export function interruptPrograms(): number {
  for (const child of running) child.kill("SIGINT");
  return running.size;
}

/** Runs a program to its end, whatever its exit code. 127 when it is not there. */
export async function attempt(command: string[], options: RunOptions = {}): Promise<RunResult> {
  const [file, ...args] = command as [string, ...string[]];
  if (options.log) await mkdir(dirname(options.log), { recursive: true });
  const log = options.log ? createWriteStream(options.log, { flags: "a" }) : undefined;
  log?.write(`\n$ ${command.join(" ")}\n`);

  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: "pipe",
      timeout: options.timeout,
    });
    running.add(child);
    const texts = { stdout: "", stderr: "" };
    let partial = "";
    const follow = (name: keyof typeof texts) => (chunk: Buffer) => {
      const text = chunk.toString();
      texts[name] += text;
      log?.write(text);
      if (!options.onLine) return;
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      lines.forEach(options.onLine);
    };
    child.stdout.on("data", follow("stdout"));
    child.stderr.on("data", follow("stderr"));
    child.on("error", (error) => {
      running.delete(child);
      log?.end();
      resolve({ code: 127, ...texts, stderr: texts.stderr + error.message });
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      if (partial) options.onLine?.(partial);
      log?.end();
      resolve({ code: code ?? (signal ? 124 : 1), ...texts });
    });
    // A program that does not read to the end closes its side.
    child.stdin.on("error", () => undefined).end(options.input);
  });
}

/** Runs a program that must succeed; otherwise says its last lines and the remedy. Returns standard output. */
export async function run(command: string[], options: RunOptions & { remedy?: string } = {}): Promise<string> {
  const result = await attempt(command, options);
  if (result.code === 0) return result.stdout;
  const lastLines = (result.stdout + result.stderr).trimEnd().split("\n").slice(-15).join("\n    ");
  throw new Problem(
    `${command.slice(0, 3).join(" ")} … ended with exit code ${result.code}:\n    ${lastLines}`,
    options.remedy ??
      (options.log ? `The whole output is in ${options.log}.` : "Mend what it names and run the same command again."),
  );
}

/**
 * Starts a program that outlives this one; its output goes to a file. Before it becomes the program it writes its process id
 * and start time to `remember`, so that there is no moment at which it runs and no later command could find it.
 */
export function daemon(
  command: string[],
  options: { log: string; pidFile: string; env?: NodeJS.ProcessEnv; cwd?: string },
): void {
  const out = openSync(options.log, "a");
  // Under another name until it is whole: a reader takes an empty file for a program that has ended.
  const rememberAndBecome = 'cut -d " " -f 1,22 "/proc/$$/stat" >"$0.new" && mv "$0.new" "$0" && exec "$@"';
  const child = spawn("sh", ["-c", rememberAndBecome, options.pidFile, ...command], {
    cwd: options.cwd,
    env: withoutLockMarkers(options.env ?? process.env),
    stdio: ["ignore", out, out],
    detached: true,
  });
  child.on("error", () => {});
  child.unref();
}

/** Asks until the answer is yes; false when the time is up. */
export async function until(
  condition: () => Promise<boolean>,
  limits: { seconds: number; every?: number },
): Promise<boolean> {
  const end = Date.now() + limits.seconds * 1000;
  while (Date.now() < end) {
    if (await condition().catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, limits.every ?? 200));
  }
  return false;
}
