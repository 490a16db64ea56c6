// Splits the SQL of pg_dump into statements and data while it is streamed. Statements are told apart as psql does, so
// that text within functions, defaults, names and comments is never taken for a statement or for rows.

const copyFromStdin = /^copy .* from stdin ?;$/;

/** Ends the data of COPY. In data a backslash is escaped, so that no row is equal to it. */
const endOfData = Buffer.from("\n\\.\n");

const code = (character: string): number => character.charCodeAt(0);
const [quote, doubleQuote, dollar, dash, slash, star, semicolon, backslash] = [..."'\"$-/*;\\"].map(code);

/** Letters, digits, underscore, and every byte of a character beyond ASCII (documentation, "Lexical Structure"). */
const isWord = (byte: number | undefined): boolean =>
  byte !== undefined && (byte > 0x7f || /\w/.test(String.fromCharCode(byte)));
const isSpace = (byte: number | undefined): boolean => byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13);

export type Piece =
  /** Up to its semicolon; or a comment between statements, or a command of psql, with its line break. */
  | { kind: "statement"; bytes: Buffer; outline: string }
  /** Of COPY: from the line break after the statement to the line that ends the rows, in one or several pieces. */
  | { kind: "data"; bytes: Buffer; isLast: boolean };

export class DumpSplitter {
  /** What follows the last piece: nothing, or blanks, if the dump is complete. */
  rest: Buffer = Buffer.alloc(0);
  private isData = false;
  private reader = new StatementReader();

  add(chunk: Buffer): Piece[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const pieces: Piece[] = [];
    for (let piece = this.next(); piece !== undefined; piece = this.next()) pieces.push(piece);
    return pieces;
  }

  private next(): Piece | undefined {
    if (this.isData) {
      const end = this.rest.indexOf(endOfData);
      // The start of the marker may be at the end of this chunk.
      const length = end < 0 ? this.rest.length - endOfData.length + 1 : end + endOfData.length;
      if (length <= 0) return undefined;
      this.isData = end < 0;
      return { kind: "data", bytes: this.take(length), isLast: end >= 0 };
    }
    const length = this.reader.read(this.rest);
    if (length === undefined) return undefined;
    const { outline } = this.reader;
    this.reader = new StatementReader();
    // The line break that ends the statement is also the one before the first row, or before the end marker.
    this.isData = copyFromStdin.test(outline);
    return { kind: "statement", bytes: this.take(length), outline };
  }

  private take(length: number): Buffer {
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return taken;
  }
}

/**
 * Finds the end of a statement, of a comment between statements, or of a command of psql, over as many chunks as it
 * takes. The semicolons of a body with BEGIN ATOMIC count as ends too: none of its parts is about owners.
 */
class StatementReader {
  private readonly words: string[] = [];
  private at = 0;

  /** The statement in lower case, with "x" for quoted names, 'x' for texts, single spaces, and no comments. */
  get outline(): string {
    return this.words.join("");
  }

  /** @returns the length of the statement at the start of the text; undefined if its end is not there yet. */
  read(text: Buffer): number | undefined {
    while (this.at < text.length) {
      const byte = text[this.at];
      const next = text[this.at + 1];
      const isStart = this.words.length === 0;
      // Both may need a byte that has not arrived.
      if ((byte === dash || byte === slash) && next === undefined) return undefined;
      if (byte === backslash && isStart) return after(text, text.indexOf("\n", this.at), 1);
      const isComment = (byte === dash && next === dash) || (byte === slash && next === star);
      const end = isComment ? endOfComment(text, this.at) : this.endOfToken(text);
      if (end === undefined) return undefined;
      this.at = end;
      if (byte === semicolon || (isComment && isStart)) return end;
    }
    return undefined;
  }

  private endOfToken(text: Buffer): number | undefined {
    const { at } = this;
    const byte = text[at] ?? 0;
    if (isSpace(byte)) {
      if (this.words.length > 0 && this.words.at(-1) !== " ") this.words.push(" ");
      return at + 1;
    }
    if (byte === doubleQuote) return this.quoted('"x"', after(text, text.indexOf('"', at + 1), 1));
    if (byte === quote) {
      const isEscape = this.words.at(-1) === "e" && !isWord(text[at - 2]);
      return this.quoted("'x'", endOfText(text, at, isEscape));
    }
    if (byte === dollar && !isWord(text[at - 1])) return this.dollarQuoted(text);
    this.words.push(String.fromCharCode(byte).toLowerCase());
    return at + 1;
  }

  private quoted(outline: string, end: number | undefined): number | undefined {
    if (end !== undefined) this.words.push(outline);
    return end;
  }

  private dollarQuoted(text: Buffer): number | undefined {
    const { at } = this;
    let close = at + 1;
    while (isWord(text[close])) close += 1;
    if (close === text.length) return undefined;
    // Otherwise a parameter such as $1.
    if (text[close] !== dollar) return this.quoted("$", at + 1);
    const tag = text.subarray(at, close + 1);
    return this.quoted("'x'", after(text, text.indexOf(tag, close + 1), tag.length));
  }
}

const after = (text: Buffer, found: number, length: number): number | undefined =>
  found < 0 ? undefined : Math.min(found + length, text.length);

/** @param escapes whether a backslash escapes the next character: E'…'. Elsewhere pg_dump doubles quotes. */
function endOfText(text: Buffer, from: number, escapes: boolean): number | undefined {
  if (!escapes) return after(text, text.indexOf("'", from + 1), 1);
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === backslash) at += 1;
    else if (text[at] === quote) return at + 1;
  }
  return undefined;
}

/** Those between slashes nest. */
function endOfComment(text: Buffer, from: number): number | undefined {
  if (text[from] === dash) return after(text, text.indexOf("\n", from), 1);
  let depth = 0;
  for (let at = from; at + 1 < text.length; at += 1) {
    const isOpening = text[at] === slash && text[at + 1] === star;
    const isClosing = text[at] === star && text[at + 1] === slash;
    if (!isOpening && !isClosing) continue;
    depth += isOpening ? 1 : -1;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}
