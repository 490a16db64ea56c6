// The steps of a command, each with its name, what it is doing, and its time.
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
  /** Steps that run now; where there are several, each line says whose it is. */
  private running = 0;

  constructor(total: number) {
    this.total = total;
  }

  /** Runs one step. What `note` is given is shown beside it while it runs; what it returns as text, once it is done. */
  async step<T>(name: string, action: (note: (text: string) => void) => Promise<T>): Promise<T> {
    this.current += 1;
    this.running += 1;
    const label = `[${String(this.current).padStart(2)}/${this.total}] ${name}`;
    const started = Date.now();
    let noted = "";
    const note = (text: string) => {
      if (text === noted) return;
      noted = text;
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

/** Runs a command that changes what runs here: one at a time in a checkout, the next one waits. */
export async function runExclusively(command: string, main: () => Promise<number | void>): Promise<void> {
  await runCommand(() => withLock(root, { command, say: (text) => process.stderr.write(`• ${text}\n`) }, main));
}

/** Runs a command's main function: a Problem is said with its remedy and ends with 1; anything else is our bug and is said whole. */
export async function runCommand(main: () => Promise<number | void>): Promise<void> {
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // A second time, or with nothing to wait for: at once.
      if (interrupted || interruptPrograms() === 0) process.exit(130);
      interrupted = true;
      process.stderr.write("\ninterrupted: waiting for what runs to come to an end\n");
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
