// Patterns of shell variables, as in ${NAME#pattern}: only "*" and "?" are special. Without regular expressions, with
// which a hostile pattern would take forever.

/** Longest value and pattern that are compared. Characters. */
const limits = { value: 2048, pattern: 256 };
/** Steps of a replacement, which compares at every place: half a second. */
const mostSteps = 5_000_000;

type Token = { literal: string } | "any" | "anything";

/**
 * @throws Error for a pattern that BuildKit refuses ("invalid escape"), and for what takes too long
 */
export class Glob {
  private readonly tokens: readonly Token[];

  constructor(pattern: string | readonly Token[]) {
    this.tokens = typeof pattern === "string" ? tokensOf([...pattern]) : pattern;
    if (this.tokens.length > limits.pattern) throw new Error(`the pattern is longer than ${limits.pattern} characters`);
  }

  /** `value` without the shortest or longest start that matches. */
  withoutPrefix(value: string, { longest }: { longest: boolean }): string {
    const characters = split(value);
    const end = this.endOfMatch(characters, 0, longest);
    return end === undefined ? value : characters.slice(end).join("");
  }

  /** `value` without the shortest or longest end that matches. */
  withoutSuffix(value: string, { longest }: { longest: boolean }): string {
    const backwards = new Glob(this.tokens.toReversed());
    const rest = backwards.withoutPrefix(split(value).toReversed().join(""), { longest });
    return [...rest].toReversed().join("");
  }

  /** `value` with the first match replaced, or all of them: each the longest from the leftmost place. */
  replaced(value: string, replacement: string, { all }: { all: boolean }): string {
    const characters = split(value);
    if (characters.length ** 2 * this.tokens.length > mostSteps) throw new Error("value and pattern are too long");
    let result = "";
    let start = 0;
    let lastEnd = -1;
    while (start <= characters.length) {
      const end = this.endOfMatch(characters, start, true);
      // As in Go, an empty match right after another one is none.
      const matches = end !== undefined && !(end === start && start === lastEnd);
      if (matches) {
        result += replacement;
        lastEnd = end;
        if (!all) return result + characters.slice(end).join("");
      }
      if (matches && end > start) start = end;
      else result += characters[start++] ?? "";
    }
    return result;
  }

  /** Where a match that begins at `start` ends; undefined: none begins there. */
  private endOfMatch(characters: readonly string[], start: number, longest: boolean): number | undefined {
    let ends = new Set([start]);
    for (const token of this.tokens) {
      const next = new Set<number>();
      for (const end of ends) {
        if (token !== "anything") {
          if (matches(token, characters[end])) next.add(end + 1);
          continue;
        }
        // Further ends than these are reached from another one already.
        for (let reached = end; !next.has(reached); reached += 1) {
          next.add(reached);
          if (!matches("any", characters[reached])) break;
        }
      }
      ends = next;
    }
    if (ends.size === 0) return undefined;
    return longest ? Math.max(...ends) : Math.min(...ends);
  }
}

/** "." of Go's regular expressions, which BuildKit makes of a pattern, matches no end of line. */
function matches(token: Exclude<Token, "anything">, character: string | undefined): boolean {
  if (character === undefined) return false;
  return token === "any" ? character !== "\n" : token.literal === character;
}

function split(value: string): string[] {
  const characters = [...value];
  if (characters.length > limits.value) throw new Error(`the value is longer than ${limits.value} characters`);
  return characters;
}

function tokensOf(pattern: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index] ?? "";
    if (character === "*") tokens.push("anything");
    else if (character === "?") tokens.push("any");
    else if (character !== "\\") tokens.push({ literal: character });
    else {
      index += 1;
      const escaped = pattern[index] ?? "";
      if (escaped === "" || !"*?\\}/".includes(escaped)) throw new Error(`invalid escape "\\${escaped}"`);
      tokens.push({ literal: escaped });
    }
  }
  return tokens;
}
