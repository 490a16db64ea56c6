// The patterns of a .dockerignore, read and applied as docker does: github.com/moby/patternmatcher with its package
// ignorefile, and the walks of BuildKit (github.com/tonistiigi/fsutil) and of docker's classic builder
// (github.com/moby/go-archive).
import { ConfigurationError } from "../../shared/src/errors.ts";
import { textOf } from "./byte-text.ts";
import { RegexpError } from "./go-regexp-parser.ts";
import { IgnorePattern, isMalformed } from "./ignore-pattern.ts";

/** Which of the two reads the file: their walks differ. */
export type BuilderKind = "buildkit" | "classic";

/** For each pattern whether it matches the folder or one above it. */
export type FolderMatches = readonly boolean[];

interface Line {
  pattern: IgnorePattern;
  /** From 1. */
  number: number;
  /** As written. */
  text: string;
}

/** Longest line that the engine reads (Go's bufio.MaxScanTokenSize). Bytes. */
const maximumLine = 65_535;

export class IgnoreRules {
  private readonly lines: readonly Line[];
  private readonly file: string;
  private readonly exceptions: readonly string[];
  /** In BuildKit, exceptions with wildcards can match below any folder. */
  private readonly mayMatchAnywhere: boolean;

  private constructor(file: string, lines: readonly Line[], builder: BuilderKind) {
    this.file = file;
    this.lines = lines;
    const exceptions = lines.filter(({ pattern }) => pattern.isException).map(({ pattern }) => pattern.text);
    this.exceptions = builder === "classic" ? exceptions : exceptions.map(withoutTrailingWildcard);
    this.mayMatchAnywhere = builder === "buildkit" && this.exceptions.some((text) => /[*[\]?^\\]/.test(text));
  }

  /**
   * @param options.file path of the file, for messages
   * @throws ConfigurationError that lists every line that docker refuses
   */
  static parse(bytes: Buffer, { file, builder }: { file: string; builder: BuilderKind }): IgnoreRules {
    const problems: string[] = [];
    const lines = linesOf(bytes).flatMap(({ text, number, isTooLong }): Line[] => {
      const read = isTooLong ? { problem: `is longer than ${maximumLine} bytes` } : readLine(text);
      if (read === undefined) return [];
      if (!("problem" in read)) return [{ pattern: read, number, text }];
      problems.push(`line ${number} ${read.problem}`);
      return [];
    });
    if (problems.length > 0)
      throw new ConfigurationError(
        [`${file} has lines that docker refuses:`, ...problems.map((problem) => `  ${problem}`)].join("\n"),
      );
    return new IgnoreRules(file, lines, builder);
  }

  /**
   * Whether the last pattern that decides on the path leaves it out.
   *
   * @param parent of the folder that the path is in; undefined at the top of the context
   */
  match(path: string, parent: FolderMatches | undefined): { isExcluded: boolean; matches: FolderMatches } {
    let isExcluded = false;
    const matches = this.lines.map((line, index) => {
      // A pattern that could change nothing is not tried, and then does not match for what is below either.
      const isMatch = parent?.[index] || (line.pattern.isException === isExcluded && this.try(line, path));
      if (isMatch) isExcluded = !line.pattern.isException;
      return isMatch;
    });
    return { isExcluded, matches };
  }

  /** Whether docker looks for exceptions below an excluded folder. */
  mayHaveExceptions(folder: string): boolean {
    return this.mayMatchAnywhere || this.exceptions.some((text) => `${text}/`.startsWith(`${folder}/`));
  }

  private try({ pattern, number, text }: Line, path: string): boolean {
    try {
      return pattern.matches(path);
    } catch (error) {
      if (!(error instanceof RegexpError)) throw error;
      throw new ConfigurationError(
        `${this.file}, line ${number}: docker refuses the pattern ${JSON.stringify(text)} (${error.message}). ` +
          `A backslash before a special character makes it literal.`,
        { cause: error },
      );
    }
  }
}

function withoutTrailingWildcard(text: string): string {
  return text.replace(/\/\*\*$/, "").replace(/\/\*$/, "");
}

function linesOf(bytes: Buffer): { text: string; number: number; isTooLong: boolean }[] {
  const lines = [];
  for (let start = 0, number = 1; start < bytes.length; number++) {
    const newline = bytes.indexOf("\n", start);
    const end = newline < 0 ? bytes.length : newline;
    const text = textOf(bytes.subarray(start, end)).replace(/\r$/, "");
    lines.push({
      text: number === 1 ? text.replace(/^\u{FEFF}/u, "") : text,
      number,
      isTooLong: end - start > maximumLine,
    });
    start = end + 1;
  }
  return lines;
}

/** @returns undefined for comments and empty lines */
function readLine(line: string): IgnorePattern | { problem: string } | undefined {
  if (line.startsWith("#")) return undefined;
  const trimmed = trimSpace(line);
  if (trimmed === "") return undefined;
  const isException = trimmed.startsWith("!");
  const path = isException ? trimSpace(trimmed.slice(1)) : trimmed;
  const relative = path === "" ? "" : cleanPath(path).replace(/^\/(?=.)/s, "");
  // The matcher cleans once more what the reader has cleaned, "!" included.
  const again = trimSpace(isException ? `!${relative}` : relative);
  if (again === "") return undefined;
  const cleaned = cleanPath(again);
  if (cleaned === "!") return { problem: "is a ! without a pattern" };
  const isNegated = cleaned.startsWith("!");
  const text = isNegated ? cleaned.slice(1) : cleaned;
  if (isMalformed(text)) return { problem: `has a syntax error in the pattern ${JSON.stringify(text)}` };
  return new IgnorePattern(text, { isException: isNegated });
}

/** Go's strings.TrimSpace: not U+FEFF, which JavaScript trims, but U+0085. */
const trimSpace = (text: string): string => text.replace(/^[\p{White_Space}]+|[\p{White_Space}]+$/gu, "");

/** Go's filepath.Clean on Linux: the shortest path that means the same. */
function cleanPath(path: string): string {
  const isAbsolute = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!isAbsolute) parts.push("..");
  }
  return `${isAbsolute ? "/" : ""}${parts.join("/")}` || ".";
}
