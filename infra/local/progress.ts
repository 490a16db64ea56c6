// Progress output of a command: its steps, each with name, current activity and duration.
import { withLock } from "./lock.mjs";
import { root } from "./paths.ts";
import { Problem } from "./problem.ts";
import { interruptPrograms } from "./process.ts";

const width = 78;

export class Progress {
  private readonly started = Date.now();
  private readonly total: number;
  private readonly interactive = process.stderr.isTTY === true;
  private current = 0;
  /** Number of running steps; if there are several, each line is prefixed with the name of its step. */
  private running = 0;

  constructor(total: number) {
    this.total = total;
  }

  /** Runs one step. Texts passed to `note` are shown while it runs; its result, if a string, when it is done. */
  async step<T>(name: string, action: (note: (text: string) => void) => Promise<T>): Promise<T> {
    this.current += 1;
    this.running += 1;
    const label = `[${String(this.current).padStart(2)}/${this.total}] ${name}`;
    const started = Date.now();
    let lastNote = "";
    const note = (text: string) => {
      if (text === lastNote) return;
      lastNote = text;
      if (this.interactive) process.stderr.write(`\r\x1b[2K${label}  … ${text}`.slice(0, width + 5));
      else process.stderr.write(`        ${this.running > 1 ? `${name}: ` : ""}${text}\n`);
    };
    process.stderr.write(this.interactive ? label : `${label}\n`);
    try {
      const result = await action(note);
      this.line(`${label}${typeof result === "string" ? `: ${result}` : ""}`, seconds(started));
      return result;
    } catch (error) {
      this.line(`${label}: failed`, seconds(started));
      throw error;
    } finally {
      this.running -= 1;
    }
  }

  get elapsed(): string {
    return seconds(this.started);
  }

  private line(text: string, time: string): void {
    if (this.interactive) process.stderr.write("\r\x1b[2K");
    process.stderr.write(`${text.padEnd(width - time.length)} ${time}\n`);
  }
}

export function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

/** Runs a command that changes the state of this checkout: one at a time, the next one waits. */
export async function runExclusively(command: string, main: () => Promise<number | void>): Promise<void> {
  await runCommand(() => withLock(root, { command, log: (text) => process.stderr.write(`• ${text}\n`) }, main));
}

/**
 * Runs a command's main function, with its result as the exit code. A Problem is printed with its remedy, exit code 1;
 * any other error is a bug and is printed with its stack trace, exit code 1.
 */
export async function runCommand(main: () => Promise<number | void>): Promise<void> {
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // At once on a second signal, or if there is no child process to wait for.
      if (interrupted || interruptPrograms() === 0) process.exit(130);
      interrupted = true;
      process.stderr.write("\ninterrupted: waiting for running programs to finish\n");
    });
  }
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (interrupted) {
      process.exitCode = 130;
      return;
    }
    if (error instanceof Problem) process.stderr.write(`\n✗ ${error.message}\n→ ${error.remedy}\n`);
    else
      process.stderr.write(
        `\n✗ This is a bug in the toolkit:\n${error instanceof Error ? error.stack : String(error)}\n`,
      );
    process.exitCode = 1;
  }
}
