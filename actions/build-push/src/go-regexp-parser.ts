// Regular expressions as Go writes them (package regexp/syntax, with its flags "Perl"), as far as a pattern of
// .dockerignore can contain them: no flags, no named groups, no lazy quantifiers.
export type Assertion = "begin" | "end" | "word boundary" | "no word boundary";

export type Expression =
  | { kind: "character"; matches: (codePoint: number) => boolean }
  | { kind: "assertion"; holds: Assertion }
  | { kind: "sequence" | "choice"; parts: Expression[] }
  | { kind: "repetition"; part: Expression; minimum: number; maximum: number };

type CharacterTest = (codePoint: number) => boolean;

/** What Go's regexp.Compile refuses. */
export class RegexpError extends Error {
  override name = "RegexpError";
}

/** Go's limit for repetitions, nested ones multiplied. */
const maximumCopies = 1000;

export const isWordCharacter: CharacterTest = (c) => between(c, "0", "9") || isLetter(c) || c === 0x5f;
const between = (c: number, low: string, high: string): boolean => c >= low.charCodeAt(0) && c <= high.charCodeAt(0);
const isLower: CharacterTest = (c) => between(c, "a", "z");
const isUpper: CharacterTest = (c) => between(c, "A", "Z");
const isDigit: CharacterTest = (c) => between(c, "0", "9");
const isLetter: CharacterTest = (c) => isLower(c) || isUpper(c);
const oneOf =
  (characters: string): CharacterTest =>
  (c) =>
    characters.includes(String.fromCodePoint(c));
const not =
  (test: CharacterTest): CharacterTest =>
  (c) =>
    !test(c);

const perlClasses: Record<string, CharacterTest> = { d: isDigit, s: oneOf("\t\n\f\r "), w: isWordCharacter };

const posixClasses: Record<string, CharacterTest> = {
  alnum: (c) => isLetter(c) || isDigit(c),
  alpha: isLetter,
  ascii: (c) => c < 0x80,
  blank: oneOf("\t "),
  cntrl: (c) => c < 0x20 || c === 0x7f,
  digit: isDigit,
  graph: (c) => between(c, "!", "~"),
  lower: isLower,
  print: (c) => between(c, " ", "~"),
  punct: (c) => between(c, "!", "~") && !isLetter(c) && !isDigit(c),
  space: oneOf("\t\n\v\f\r "),
  upper: isUpper,
  word: isWordCharacter,
  xdigit: (c) => isDigit(c) || between(c, "a", "f") || between(c, "A", "F"),
};

const controlCharacters: Record<string, string> = { a: "\x07", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

const assertions: Record<string, Assertion> = {
  "^": "begin",
  $: "end",
  "\\A": "begin",
  "\\z": "end",
  "\\b": "word boundary",
  "\\B": "no word boundary",
};

/** @throws RegexpError as Go's regexp.Compile does */
export function parseGoRegexp(source: string): Expression {
  return new Parser(source).parse();
}

class Parser {
  private at = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  parse(): Expression {
    const expression = this.choice();
    if (this.at < this.source.length) throw new RegexpError("unexpected )");
    return expression;
  }

  private choice(): Expression {
    const parts = [this.sequence()];
    while (this.skip("|")) parts.push(this.sequence());
    return { kind: "choice", parts };
  }

  private sequence(): Expression {
    const parts: Expression[] = [];
    // A quantifier directly after a quantifier is an error, except with an empty quotation in between.
    let isAfterRepetition = false;
    while (this.at < this.source.length && !/^[|)]/.test(this.rest(1))) {
      const limits = this.quantifier();
      if (limits) {
        if (isAfterRepetition) throw new RegexpError("invalid nested repetition operator");
        const part = parts.pop();
        if (!part) throw new RegexpError("missing argument to repetition operator");
        parts.push(repeat(part, limits));
      } else parts.push(...this.items());
      isAfterRepetition = limits !== undefined;
    }
    return { kind: "sequence", parts };
  }

  /** One item, or the characters of a quotation. */
  private items(): Expression[] {
    if (this.skip("(")) {
      const inner = this.choice();
      if (!this.skip(")")) throw new RegexpError("missing closing )");
      return [inner];
    }
    if (this.skip("\\Q")) return this.quotation();
    const assertion = assertions[this.rest(1)] ?? assertions[this.rest(2)];
    if (assertion) {
      this.at += /^[\^$]/.test(this.rest(1)) ? 1 : 2;
      return [{ kind: "assertion", holds: assertion }];
    }
    if (this.skip(".")) return [{ kind: "character", matches: (c) => c !== 0x0a }];
    if (this.skip("[")) return [{ kind: "character", matches: this.characterClass() }];
    return [{ kind: "character", matches: this.group() ?? equals(this.character()) }];
  }

  /** Between \Q and \E nothing has a meaning. */
  private quotation(): Expression[] {
    const [quoted = ""] = this.source.slice(this.at).split("\\E", 1);
    this.at = Math.min(this.at + quoted.length + "\\E".length, this.source.length);
    return Array.from(quoted, (character) => ({
      kind: "character",
      matches: equals(character.codePointAt(0) ?? 0),
    }));
  }

  private quantifier(): { minimum: number; maximum: number } | undefined {
    if (this.skip("*")) return { minimum: 0, maximum: Infinity };
    if (this.skip("?")) return { minimum: 0, maximum: 1 };
    // What only looks like a quantifier is text.
    const [written, from, comma, to] = /^\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/.exec(this.source.slice(this.at)) ?? [];
    if (written === undefined) return undefined;
    this.at += written.length;
    const minimum = Number(from);
    const maximum = to === undefined ? (comma ? Infinity : minimum) : Number(to);
    const largest = maximum === Infinity ? minimum : maximum;
    if (largest > maximumCopies || minimum > maximum) throw new RegexpError(`invalid repeat count: ${written}`);
    return { minimum, maximum };
  }

  /** After the "[". */
  private characterClass(): CharacterTest {
    const negated = this.skip("^");
    const tests: CharacterTest[] = [];
    // Directly after the start "]" is a character like any other.
    for (let isFirst = true; isFirst || this.rest(1) !== "]"; isFirst = false)
      tests.push(this.posixClass() ?? this.group() ?? this.range());
    this.at++;
    const matches: CharacterTest = (c) => tests.some((test) => test(c));
    return negated ? not(matches) : matches;
  }

  private range(): CharacterTest {
    const low = this.character();
    if (this.rest(1) !== "-" || /^-(\]|$)/.test(this.rest(2))) return equals(low);
    this.at++;
    const high = this.character();
    if (high < low) throw new RegexpError("invalid character class range");
    return (c) => c >= low && c <= high;
  }

  /** [:name:] or [:^name:] in a class. */
  private posixClass(): CharacterTest | undefined {
    const end = this.source.indexOf(":]", this.at + 2);
    if (this.rest(2) !== "[:" || end < 0) return undefined;
    const [, negation = "", name = ""] = /^(\^?)([^]*)$/.exec(this.source.slice(this.at + 2, end)) ?? [];
    const test = Object.hasOwn(posixClasses, name) ? posixClasses[name] : undefined;
    if (!test) throw new RegexpError("invalid character class range");
    this.at = end + 2;
    return negation ? not(test) : test;
  }

  /** \d and the like, \pL and \p{Greek}. */
  private group(): CharacterTest | undefined {
    if (this.rest(1) !== "\\") return undefined;
    const letter = this.source.charAt(this.at + 1);
    const perl = Object.hasOwn(perlClasses, letter.toLowerCase()) ? perlClasses[letter.toLowerCase()] : undefined;
    if (perl) {
      this.at += 2;
      return letter === letter.toLowerCase() ? perl : not(perl);
    }
    return letter === "p" || letter === "P" ? this.unicodeGroup(letter === "P") : undefined;
  }

  private unicodeGroup(isNegated: boolean): CharacterTest {
    const [written, braced, plain = ""] = /^\\[pP](?:\{([^}]*)\}|([^{]))/u.exec(this.source.slice(this.at)) ?? [];
    if (written === undefined) throw new RegexpError("invalid character class range");
    this.at += written.length;
    const [, negation, name = ""] = /^(\^?)([^]*)$/.exec(braced ?? plain) ?? [];
    const test = unicodeTest(name);
    return isNegated === (negation === "^") ? test : not(test);
  }

  /** A character as it is or escaped. */
  private character(): number {
    const codePoint = this.source.codePointAt(this.at);
    if (codePoint === undefined) throw new RegexpError("missing closing ]");
    this.at += codePoint > 0xffff ? 2 : 1;
    return codePoint === 0x5c ? this.escaped() : codePoint;
  }

  /** After the "\". */
  private escaped(): number {
    const rest = this.source.slice(this.at);
    const [octal] = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest) ?? [];
    const [written, braced, plain] = /^x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/.exec(rest) ?? [];
    const first = rest.charAt(0);
    const literal = Object.hasOwn(controlCharacters, first)
      ? controlCharacters[first]
      : /^[\0-\x7f]/.test(first) && !/[0-9A-Za-z]/.test(first)
        ? first
        : undefined;
    const length = octal?.length ?? written?.length ?? literal?.length;
    const value =
      octal !== undefined
        ? parseInt(octal, 8)
        : written !== undefined
          ? parseInt(braced ?? plain ?? "", 16)
          : literal?.codePointAt(0);
    if (length === undefined || value === undefined || value > 0x10ffff)
      throw new RegexpError(rest === "" ? "trailing backslash" : "invalid escape sequence");
    this.at += length;
    return value;
  }

  private rest(length: number): string {
    return this.source.slice(this.at, this.at + length);
  }

  private skip(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }
}

const equals =
  (expected: number): CharacterTest =>
  (c) =>
    c === expected;

function repeat(part: Expression, limits: { minimum: number; maximum: number }): Expression {
  const repetition: Expression = { kind: "repetition", part, ...limits };
  if (copiesIn(repetition) > maximumCopies) throw new RegexpError("invalid repeat count");
  return repetition;
}

function copiesIn(expression: Expression): number {
  if (expression.kind === "character" || expression.kind === "assertion") return 1;
  if (expression.kind !== "repetition") return Math.max(1, ...expression.parts.map(copiesIn));
  const { minimum, maximum, part } = expression;
  return Math.max(1, maximum === Infinity ? minimum : maximum) * copiesIn(part);
}

/** A general category or a script, by the names of Unicode. */
function unicodeTest(name: string): CharacterTest {
  if (name === "Any") return () => true;
  for (const property of [`gc=${name}`, `sc=${name}`])
    try {
      const pattern = new RegExp(`^\\p{${property}}$`, "u");
      return (c) => pattern.test(String.fromCodePoint(c));
    } catch {
      // Not a name of this property.
    }
  throw new RegexpError("invalid character class range");
}
