// Inputs become one typed object before any work, and all their problems one message.
import { parseDocument, parseTexts } from "./document.ts";
import { ConfigurationError, messageOf } from "./errors.ts";

/** Where inputs come from: the runner, or a test. Empty text means "not given", as on GitHub. */
export type InputSource = (name: string) => string;

/** How lines `name=value` are read. */
export interface PairRules {
  /** A name that is there twice: refused, or the last one counts. */
  repeated?: "refused" | "last";
  /** Blanks at the end of a value: part of it, or not. */
  blanks?: "kept" | "trimmed";
}

/**
 * Reads inputs and keeps every problem until `finish`, so that a user can fix them in one go.
 * After a problem a reader returns a placeholder of its type; `finish` throws before anyone uses it.
 */
export class InputReader {
  private readonly source: InputSource;
  private readonly problems: string[] = [];
  /** What is usable, and perhaps not what was meant. */
  readonly notices: string[] = [];

  constructor(source: InputSource) {
    this.source = source;
  }

  problem(text: string): void {
    this.problems.push(text);
  }

  notice(text: string): void {
    this.notices.push(text);
  }

  optional(name: string): string | undefined {
    const value = this.source(name).trim();
    return value === "" ? undefined : value;
  }

  required(name: string, example: string): string {
    const value = this.optional(name);
    if (value === undefined) this.problem(`${name}: is required, for example ${example}`);
    return value ?? "";
  }

  /**
   * `true` or `false`, in any case, as the AWS actions and the runner take them (`True`, `TRUE`). Other spellings of YAML
   * are refused rather than guessed.
   */
  boolean<T extends boolean | undefined>(name: string, fallback: T): boolean | T {
    const value = this.optional(name);
    if (value === undefined) return fallback;
    const lower = value.toLowerCase();
    if (lower !== "true" && lower !== "false") this.problem(`${name}: must be true or false, not "${value}"`);
    return lower === "true";
  }

  number<T extends number | undefined>(
    name: string,
    fallback: T,
    range: { min: number; max: number; unit?: string },
  ): number | T {
    const value = this.optional(name);
    if (value === undefined) return fallback;
    const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (number >= range.min && number <= range.max) return number;
    this.problem(
      `${name}: must be a number from ${range.min} to ${range.max}${range.unit ? ` (${range.unit})` : ""}, not "${value}"`,
    );
    return fallback;
  }

  whole<T extends number | undefined>(name: string, fallback: T, range: { min: number; max: number }): number | T {
    const number = this.number(name, fallback, range);
    if (number !== undefined && !Number.isInteger(number))
      this.problem(`${name}: must be a whole number, not "${number}"`);
    return number;
  }

  choice<T extends string, F extends T | undefined>(name: string, choices: readonly T[], fallback: F): T | F {
    const value = this.optional(name) ?? fallback;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined && value !== undefined)
      this.problem(`${name}: must be ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}, not "${value}"`);
    return chosen ?? fallback;
  }

  /** One entry a line; spaces around it and empty lines do not count. */
  lines(name: string): string[] {
    return this.source(name)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
  }

  /** Names, one a line or with commas between; each once. */
  names(name: string): string[] {
    return [
      ...new Set(
        this.lines(name)
          .flatMap((line) => line.split(","))
          .map((entry) => entry.trim())
          .filter((entry) => entry !== ""),
      ),
    ];
  }

  /**
   * Lines `name=value`. The first `=` separates; the value is kept as it is, with its spaces, quotes and further `=`,
   * unless the rules say otherwise.
   */
  pairs(name: string, what: string, { repeated = "refused", blanks = "kept" }: PairRules = {}): Map<string, string> {
    const result = new Map<string, string>();
    for (const line of this.source(name).split(/\r?\n/)) {
      if (line.trim() === "") continue;
      const at = line.indexOf("=");
      const key = line.slice(0, Math.max(at, 0)).trim();
      const value = line.slice(at + 1);
      if (at < 0 || key === "") this.problem(`${name}: "${line.trim()}" is not ${what}`);
      else if (result.has(key) && repeated === "refused") this.problem(`${name}: ${key} is given twice`);
      else {
        if (result.has(key)) this.notice(`${name}: ${key} is given twice; the last one counts`);
        result.set(key, blanks === "kept" ? value : value.trimEnd());
      }
    }
    return result;
  }

  /** JSON or YAML; undefined when not given. */
  structured(name: string): unknown {
    return this.parsed(name, parseDocument);
  }

  /** JSON or YAML in which every value is a text, as it was written; undefined when not given. */
  texts(name: string): unknown {
    return this.parsed(name, parseTexts);
  }

  private parsed(name: string, parse: (text: string) => unknown): unknown {
    const text = this.source(name);
    if (text.trim() === "") return undefined;
    try {
      return parse(text);
    } catch (error) {
      this.problem(`${name}: is neither JSON nor YAML: ${messageOf(error).split("\n")[0]}`);
      return undefined;
    }
  }

  finish(): void {
    if (this.problems.length === 0) return;
    const count = this.problems.length === 1 ? "One input is" : `${this.problems.length} inputs are`;
    // Further lines, of a value perhaps, are deeper than any problem's first, and do not pass for a problem.
    const listed = this.problems.map((problem) => `  ${problem.replaceAll(/\r?\n/g, "\n    ")}`);
    throw new ConfigurationError(`${count} not usable; nothing was done.\n${listed.join("\n")}`);
  }
}
