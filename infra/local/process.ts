// Runs child processes: arguments as arrays, output captured or streamed, failures reported with their last lines.
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, openSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { withoutLockMarkers } from "./lock.mjs";
import { Problem } from "./problem.ts";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Text for standard input. */
  input?: string;
  /** Milliseconds after which the process is killed. */
  timeout?: number;
  /** File to which all output is appended. */
  log?: string;
  /** Called with each line of output as it arrives. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Running child processes, which are interrupted together with this one. */
const running = new Set<ChildProcess>();

/** Sends SIGINT to all child processes, so that each can finish what must not be left half-done. @returns how many */
export function interruptPrograms(): number {
  for (const child of running) child.kill("SIGINT");
  return running.size;
}

/** Runs a program and returns its result, whatever the exit code; 127 if it does not exist. */
export async function attempt(command: string[], options: RunOptions = {}): Promise<RunResult> {
  const [file, ...args] = command as [string, ...string[]];
  if (options.log) await mkdir(dirname(options.log), { recursive: true });
  const log = options.log ? createWriteStream(options.log, { flags: "a" }) : undefined;
  log?.write(`\n$ ${command.join(" ")}\n`);

  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      // Node implements pipes as sockets, and bash reads the user's .bashrc if its stdin is a socket: no pipe without
      // input.
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
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
    child.stdout?.on("data", follow("stdout"));
    child.stderr?.on("data", follow("stderr"));
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
    // EPIPE, if the program does not read all of its input.
    child.stdin?.on("error", () => undefined).end(options.input);
  });
}

/** Runs a program and returns its standard output. @throws Problem with its last lines and the remedy if it fails */
export async function run(command: string[], options: RunOptions & { remedy?: string } = {}): Promise<string> {
  const result = await attempt(command, options);
  if (result.code === 0) return result.stdout;
  const lastLines = (result.stdout + result.stderr).trimEnd().split("\n").slice(-15).join("\n    ");
  throw new Problem(
    `${command.slice(0, 3).join(" ")} … failed with exit code ${result.code}:\n    ${lastLines}`,
    options.remedy ??
      (options.log
        ? `The full output is in ${options.log}.`
        : "Fix the reported problem, then run the same command again."),
  );
}

/**
 * Starts a program that outlives this process; its output goes to a file. A shell writes its own process ID and start
 * time to the pid file before it execs the program, so the program never runs without one.
 */
export function daemon(
  command: string[],
  options: { log: string; pidFile: string; env?: NodeJS.ProcessEnv; cwd?: string },
): void {
  const out = openSync(options.log, "a");
  // That of an earlier run would be taken for a program that has exited.
  rmSync(options.pidFile, { force: true });
  // Renamed once complete: a reader would take an empty file for a program that has exited.
  const writePidAndExec = 'cut -d " " -f 1,22 "/proc/$$/stat" >"$0.new" && mv "$0.new" "$0" && exec "$@"';
  const child = spawn("sh", ["-c", writePidAndExec, options.pidFile, ...command], {
    cwd: options.cwd,
    env: withoutLockMarkers(options.env ?? process.env),
    stdio: ["ignore", out, out],
    detached: true,
  });
  child.on("error", () => {});
  child.unref();
}

/** Polls until the condition is true (one that throws counts as false); false when the time is up. */
export async function until(
  condition: () => Promise<boolean>,
  limits: { seconds: number; every?: number },
): Promise<boolean> {
  const deadline = Date.now() + limits.seconds * 1000;
  while (Date.now() < deadline) {
    if (await condition().catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, limits.every ?? 200));
  }
  return false;
}
