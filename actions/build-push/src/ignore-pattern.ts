// One pattern of .dockerignore, as the engine's matcher reads it (github.com/moby/patternmatcher 0.6.1, on Linux). It is
// not the matcher of git: a pattern is tied to the root of the context, and what is behind "**" or "[" follows the
// rules of Go's regular expressions, oddities included, because the same files must be left out as in the build.
import { isValidUtf8 } from "./byte-text.ts";
import { GoRegexp } from "./go-regexp.ts";

export class IgnorePattern {
  /** As Go's filepath.Clean writes it, without the "!". */
  readonly text: string;
  /** Starts with "!": what it matches counts after all. */
  readonly isException: boolean;
  private compiled: ((path: string) => boolean) | undefined;

  constructor(text: string, { isException }: { isException: boolean }) {
    this.text = text;
    this.isException = isException;
  }

  /** @throws RegexpError for a pattern that the engine refuses as soon as it needs it, and not before */
  matches(path: string): boolean {
    this.compiled ??= compile(this.text);
    return this.compiled(path);
  }
}

/** Most patterns need no regular expression; which do decides how their special characters are read. */
type Kind = "exact" | "prefix" | "suffix" | "expression";

function compile(text: string): (path: string) => boolean {
  const { kind, expression } = translate(text);
  switch (kind) {
    case "exact":
      return (path) => path === text;
    case "prefix": {
      const prefix = text.slice(0, -"**".length);
      return (path) => path.startsWith(prefix);
    }
    case "suffix": {
      const suffix = text.slice("**".length);
      return (path) => path.endsWith(suffix) || (suffix.startsWith("/") && path === suffix.slice(1));
    }
    case "expression": {
      const regexp = new GoRegexp(expression);
      return (path) => regexp.test(path);
    }
  }
}

// The engine means to escape "|", "{" and "}" too, but its table of characters has room for the first 64 only.
const escapedCharacters = new Set([".", "+", "(", ")", "$"]);

function translate(text: string): { kind: Kind; expression: string } {
  // The engine's scanner skips a byte order mark; bytes that are no UTF-8 are U+FFFD.
  const characters = Array.from(text.replace(/^\u{FEFF}/u, ""), (character) =>
    isValidUtf8(character) ? character : "\u{FFFD}",
  );
  let kind: Kind = "exact";
  let expression = "^";
  for (let at = 0; at < characters.length; at++) {
    const isFirst = at === 0;
    const character = characters[at] ?? "";
    if (character === "*" && characters[at + 1] === "*") {
      at++;
      if (characters[at + 1] === "/") at++;
      if (at < characters.length - 1) {
        expression += "(.*/)?";
        kind = "expression";
      } else if (kind === "exact") kind = "prefix";
      else {
        expression += ".*";
        kind = "expression";
      }
      if (isFirst) kind = "suffix";
    } else if (character === "*" || character === "?") {
      expression += character === "*" ? "[^/]*" : "[^/]";
      kind = "expression";
    } else if (escapedCharacters.has(character)) expression += `\\${character}`;
    else if (character === "\\") {
      const next = characters[++at];
      if (next !== undefined) kind = "expression";
      expression += `\\${next ?? ""}`;
    } else {
      expression += character;
      if (character === "[" || character === "]") kind = "expression";
    }
  }
  return { kind, expression: `${expression}$` };
}

/**
 * Whether Go's filepath.Match(pattern, ".") reports a bad pattern: what the engine checks when it reads the file. Only
 * as much of a pattern is looked at as the comparison needs: "a*[" passes.
 */
export function isMalformed(pattern: string): boolean {
  try {
    matchDot([...pattern]);
    return false;
  } catch (error) {
    if (error instanceof BadPattern) return true;
    throw error;
  }
}

class BadPattern extends Error {}

/** Compares with ".", part by part; a part ends before a "*". */
function matchDot(pattern: readonly string[]): void {
  let name: string | undefined = ".";
  for (let at = 0; at < pattern.length;) {
    const start = pattern.findIndex((character, index) => index >= at && character !== "*");
    if (start < 0) return;
    const end = endOfPart(pattern, start);
    const part = pattern.slice(start, end);
    const isLast = end === pattern.length;
    const finds = (text: string): string | undefined => {
      const rest = matchPart(part, text);
      return rest !== undefined && isLast && rest !== "" ? undefined : rest;
    };
    const rest: string | undefined = finds(name) ?? (start > at && name !== "" ? finds("") : undefined);
    if (rest === undefined) return;
    name = rest;
    at = end;
  }
}

function endOfPart(pattern: readonly string[], start: number): number {
  let isInClass = false;
  for (let at = start; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "[") isInClass = true;
    else if (pattern[at] === "]") isInClass = false;
    else if (pattern[at] === "*" && !isInClass) return at;
  }
  return pattern.length;
}

/** @returns what is left of the name, undefined if it does not match; all of the part is checked in either case */
function matchPart(part: readonly string[], name: string): string | undefined {
  let rest: string | undefined = name;
  for (let at = 0; at < part.length; at++) {
    if (rest === "") rest = undefined;
    const character = part[at];
    let fits = true;
    if (character === "[") {
      const found = matchClass(part, at + 1);
      fits = found.matches;
      at = found.end;
    } else if (character !== "?") {
      if (character === "\\" && ++at === part.length) throw new BadPattern();
      fits = part[at] === ".";
    }
    rest = rest === undefined || !fits ? undefined : rest.slice(1);
  }
  return rest;
}

/** From behind the "[". @returns the index of the "]" */
function matchClass(part: readonly string[], start: number): { matches: boolean; end: number } {
  const isNegated = part[start] === "^";
  let at = isNegated ? start + 1 : start;
  let matches = false;
  for (let isFirst = true; isFirst || part[at] !== "]"; isFirst = false) {
    const low = classCharacter(part, at);
    at = low.next;
    let high = low;
    if (part[at] === "-") {
      high = classCharacter(part, at + 1);
      at = high.next;
    }
    const dot = 0x2e;
    matches ||= low.codePoint <= dot && dot <= high.codePoint;
  }
  return { matches: matches !== isNegated, end: at };
}

function classCharacter(part: readonly string[], start: number): { codePoint: number; next: number } {
  const at = part[start] === "\\" ? start + 1 : start;
  const character = part[at];
  const isReserved = at === start && (character === "-" || character === "]");
  // A class that ends with the pattern has no "]".
  if (character === undefined || isReserved || !isValidUtf8(character) || at + 1 >= part.length) throw new BadPattern();
  return { codePoint: character.codePointAt(0) ?? 0, next: at + 1 };
}
