// Other programs: arguments as arrays, nothing through a shell, secrets only by environment or standard input.
import { spawn } from "node:child_process";
import { FailedError } from "./errors.ts";

export interface ProcessOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Text for standard input; without it there is none. */
  input?: string;
  /** Called with each line of output as it comes, standard error included. */
  onLine?: (line: string) => void;
  /** Ends the program (SIGTERM) when it is aborted; the run then ends as the program does. */
  signal?: AbortSignal;
}

export interface ProcessResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. Injected, so that tests can script it. */
export type RunProcess = (command: string[], options?: ProcessOptions) => Promise<ProcessResult>;

export const runProcess: RunProcess = (command, options = {}) =>
  new Promise((resolve, reject) => {
    const [file, ...args] = command as [string, ...string[]];
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      // Not a pipe where there is no input: that is a socket, and a bash with a socket reads the user's .bashrc.
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const texts = { stdout: "", stderr: "" };
    const partial = { stdout: "", stderr: "" };
    const follow = (name: keyof typeof texts) => (chunk: string) => {
      texts[name] += chunk;
      const lines = (partial[name] + chunk).split("\n");
      partial[name] = lines.pop() ?? "";
      for (const line of lines) options.onLine?.(line);
    };
    child.stdout?.setEncoding("utf8").on("data", follow("stdout"));
    child.stderr?.setEncoding("utf8").on("data", follow("stderr"));
    // A program that does not read to the end closes its side: its exit code has the result.
    child.stdin?.on("error", () => undefined).end(options.input);
    const end = () => child.kill("SIGTERM");
    options.signal?.addEventListener("abort", end, { once: true });
    if (options.signal?.aborted) end();
    child.on("error", (cause) =>
      reject(new FailedError(`${file} cannot be run: ${cause.message}. Is it installed on this runner?`, { cause })),
    );
    child.on("close", (code, signal) => {
      options.signal?.removeEventListener("abort", end);
      for (const rest of [partial.stdout, partial.stderr]) if (rest) options.onLine?.(rest);
      resolve({ code: code ?? (signal ? 128 : 1), ...texts });
    });
  });

/** Runs a program that must succeed; returns its standard output. */
export async function mustRun(run: RunProcess, command: string[], options?: ProcessOptions): Promise<string> {
  const result = await run(command, options);
  if (result.code === 0) return result.stdout;
  throw new FailedError(
    `${command.slice(0, 2).join(" ")} ended with exit code ${result.code}:\n${lastLines(`${result.stdout}${result.stderr}`, 20)}`,
  );
}

export const lastLines = (text: string, count: number): string => text.trimEnd().split("\n").slice(-count).join("\n");
