// Words of a Dockerfile: quotes, escapes and variables, by the rules of BuildKit's lexer
// (moby/buildkit, frontend/dockerfile/shell). test/build-push/oracle compares the two.
import { Glob } from "./glob.ts";

export interface Variables {
  /** undefined: not set */
  get: (name: string) => string | undefined;
}

const none: Variables = { get: () => undefined };

/** The spaces of Go's unicode.IsSpace. */
export const space = /[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/;
const digit = /\p{Nd}/u;
/** Names of one character, as in POSIX shells. They are never set. */
const specialParameters = "@*#?-$!0";

interface Mode {
  escape: string;
  /** Quotes stay in the result. */
  rawQuotes?: boolean;
  /** Escape characters stay in the result. */
  rawEscapes?: boolean;
  /** Variables that are not set stay as written. */
  keepsUnset?: boolean;
}

/**
 * The word without quotes and escapes, with the values of its variables.
 *
 * @throws Error that says what is wrong with its syntax
 */
export const expand = (word: string, variables: Variables, escape: string): string =>
  new Lexer(word, variables, { escape }).all().text;

/** Words between spaces, as BuildKit splits an instruction to find here-documents; undefined: a quote has no end. */
export function splitWords(text: string, mode: Omit<Mode, "escape" | "keepsUnset">): string[] | undefined {
  try {
    return new Lexer(text, none, { ...mode, escape: "\\", keepsUnset: true }).all().words;
  } catch {
    return undefined;
  }
}

interface Result {
  text: string;
  words: string[];
}

class Lexer {
  private readonly characters: readonly string[];
  private readonly variables: Variables;
  private readonly mode: Mode;
  private rawEscapes: boolean;
  private position = 0;
  /** The word that is being read. One for all levels: reading ${NAME-word} forgets what came before it, as in BuildKit. */
  private word = "";

  constructor(text: string, variables: Variables, mode: Mode) {
    this.characters = [...text];
    this.variables = variables;
    this.mode = mode;
    this.rawEscapes = mode.rawEscapes ?? false;
  }

  all(): Result {
    return this.readTo(undefined, { rawEscapes: this.rawEscapes, isPattern: false });
  }

  private peek(): string | undefined {
    return this.characters[this.position];
  }

  private next(): string | undefined {
    return this.characters[this.position++];
  }

  /** Reads up to `stop` and over it; undefined: up to the end. */
  private readTo(stop: string | undefined, options: { rawEscapes: boolean; isPattern: boolean }): Result {
    const before = this.rawEscapes;
    this.rawEscapes = options.rawEscapes;
    this.word = "";
    const result: Result = { text: "", words: [] };
    for (let character = this.peek(); character !== undefined; character = this.peek()) {
      if (character === stop) break;
      this.readPart(character, options.isPattern, result);
    }
    if (stop !== undefined && this.next() === undefined) throw new Error(`"${stop}" is missing`);
    if (this.word !== "") result.words.push(this.word);
    this.word = "";
    this.rawEscapes = before;
    return result;
  }

  private readPart(character: string, isPattern: boolean, result: Result): void {
    if (character === "$") {
      const value = this.variable();
      result.text += value;
      for (const part of value) this.addToWord(part, result);
      return;
    }
    let part: string;
    if (character === "'") part = this.singleQuoted(isPattern);
    else if (character === '"') part = this.doubleQuoted(isPattern);
    else if (character === "<") part = this.lessThan();
    else if (character === this.mode.escape) part = this.escaped();
    else {
      this.position += 1;
      result.text += character;
      this.addToWord(character, result);
      return;
    }
    result.text += part;
    this.word += part;
  }

  private addToWord(character: string, { words }: Result): void {
    if (!space.test(character)) this.word += character;
    else if (this.word !== "") {
      words.push(this.word);
      this.word = "";
    }
  }

  private escaped(): string {
    const escape = this.rawEscapes ? (this.next() ?? "") : (this.next(), "");
    return escape + (this.next() ?? "");
  }

  /** What looks like a here-document stays one word with the spaces after it. */
  private lessThan(): string {
    this.position += 1;
    if (this.peek() !== "<") return "<";
    this.position += 1;
    let spaces = "";
    for (let next = this.peek(); next === " " || next === "\t" || next === "\r"; next = this.peek()) {
      spaces += next;
      this.position += 1;
    }
    return `<<${spaces}`;
  }

  private singleQuoted(isPattern: boolean): string {
    this.position += 1;
    const quote = this.mode.rawQuotes ? "'" : "";
    let text = "";
    for (;;) {
      const character = this.next();
      if (character === undefined) throw new Error("a single quote has no end");
      if (character === "'") return quote + text + quote;
      // A pattern is read once more, in which an escape character stands for itself only if it is doubled.
      text += isPattern && character === this.mode.escape ? character + character : character;
    }
  }

  private doubleQuoted(isPattern: boolean): string {
    this.position += 1;
    const quote = this.mode.rawQuotes ? '"' : "";
    let text = "";
    for (;;) {
      const character = this.peek();
      if (character === undefined) throw new Error("a double quote has no end");
      if (character === "$") text += this.variable();
      else {
        this.position += 1;
        if (character === '"') return quote + text + quote;
        text += character === this.mode.escape ? this.escapedInQuotes(isPattern) : character;
      }
    }
  }

  /** In double quotes only the quote, "$" and the escape character itself can be escaped. */
  private escapedInQuotes(isPattern: boolean): string {
    const { escape } = this.mode;
    const next = this.peek();
    if (next === undefined) return "";
    if (next === '"' || next === "$" || next === escape) {
      this.position += 1;
      return this.rawEscapes ? escape + next : next;
    }
    return this.rawEscapes && (!this.mode.rawQuotes || isPattern) ? escape + escape : escape;
  }

  private variable(): string {
    this.position += 1;
    if (this.peek() !== "{") {
      const name = this.name();
      return name === "" ? "$" : (this.variables.get(name) ?? (this.mode.keepsUnset ? `$${name}` : ""));
    }
    this.position += 1;
    const first = this.peek();
    if (first === undefined || "{}:".includes(first)) throw new Error('"${" has no name of a variable after it');
    const name = this.name();
    const operator = this.next();
    if (operator === "}") return this.variables.get(name) ?? (this.mode.keepsUnset ? `\${${name}}` : "");
    if (operator === "/") return this.replacement(name);
    return this.alternative(name, operator === ":" ? `:${this.next() ?? ""}` : (operator ?? ""));
  }

  /** ${NAME-word}, ${NAME:-word}, and with + or ? instead of -; ${NAME#pattern} and ${NAME%pattern}. */
  private alternative(name: string, operator: string): string {
    if (!/^(:?[-+?]|[#%])$/.test(operator)) throw new Error(`"${operator}" is no operator of \${${name}}`);
    const isTrim = operator === "#" || operator === "%";
    const { text: word } = this.readTo("}", { rawEscapes: isTrim, isPattern: isTrim });
    const value = this.variables.get(name);
    if (value === undefined && this.mode.keepsUnset) return `\${${name}${operator}${word}}`;
    if (isTrim) return trimmed(value ?? "", operator, word);
    const isSet = value !== undefined && !(operator.startsWith(":") && value === "");
    if (operator.endsWith("+")) return isSet ? word : "";
    if (isSet) return value;
    if (operator.endsWith("-")) return word;
    throw new Error(`${name}: ${word || `is not allowed to be ${value === undefined ? "unset" : "empty"}`}`);
  }

  /** ${NAME/pattern/replacement}; with // every match is replaced. */
  private replacement(name: string): string {
    const all = this.peek() === "/";
    if (all) this.position += 1;
    const { text: pattern } = this.readTo("/", { rawEscapes: true, isPattern: true });
    const { text: replacement } = this.readTo("}", { rawEscapes: true, isPattern: false });
    const value = this.variables.get(name);
    if (value === undefined && this.mode.keepsUnset) return `\${${name}/${pattern}/${replacement}}`;
    // BuildKit would look for groups of its regular expression there, of which it has none.
    if (all && replacement.includes("$")) throw new Error(`"$" in the replacement of \${${name}//…} is not understood`);
    return new Glob(pattern).replaced(value ?? "", replacement, { all });
  }

  private name(): string {
    const first = this.peek();
    if (first === undefined) return "";
    if (digit.test(first)) return this.take(digit);
    if (specialParameters.includes(first)) return this.next() ?? "";
    return this.take(/[\p{L}\p{Nd}_]/u);
  }

  private take(kind: RegExp): string {
    let taken = "";
    for (let next = this.peek(); next !== undefined && kind.test(next); next = this.peek()) {
      taken += next;
      this.position += 1;
    }
    return taken;
  }
}

function trimmed(value: string, operator: "#" | "%", word: string): string {
  const longest = word.startsWith(operator);
  const glob = new Glob(longest ? word.slice(1) : word);
  return operator === "#" ? glob.withoutPrefix(value, { longest }) : glob.withoutSuffix(value, { longest });
}
