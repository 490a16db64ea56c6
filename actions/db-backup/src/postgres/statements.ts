// Finds where the statements of a SQL script end, as PostgreSQL's lexer does: text within quotes, function bodies and
// comments ends none (documentation of PostgreSQL, "Lexical Structure").

export interface StatementListener {
  /** Of a statement that begins with one of `kept`: its text with the semicolon, without blanks around it. */
  statement: (text: string) => void;
  /** A comment to the end of the line. */
  comment: (text: string) => void;
}

type State =
  | { in: "statement" }
  | { in: "quotes"; quote: "'" | '"'; hasEscapes: boolean }
  | { in: "dollars"; tag: string }
  | { in: "comment"; depth: number };

const outside: State = { in: "statement" };

/** Statements whose text is collected; the others may be long. */
const kept = ["COPY ", "SET client_encoding"];
const longestStart = Math.max(...kept.map(({ length }) => length));

const opening = /--|\/\*|\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$|['";]/g;
const partOfName = /[\w$\x80-\xff]/;

/** Takes lines whose characters are bytes: every server encoding has ASCII's characters as bytes of their own only. */
export class StatementScanner {
  private readonly listener: StatementListener;
  private state = outside;
  private statement = "";

  constructor(listener: StatementListener) {
    this.listener = listener;
  }

  addLine(line: string): void {
    // A command of psql, such as \restrict.
    if (this.state === outside && line.startsWith("\\") && this.statement.trim() === "") return;
    const text = `${line}\n`;
    for (let at = 0; at < text.length;) at = this.advance(text, at);
  }

  /** @returns the position after what was read. */
  private advance(text: string, from: number): number {
    switch (this.state.in) {
      case "statement":
        return this.readStatement(text, from);
      case "quotes":
        return this.readQuotes(text, { from, ...this.state });
      case "dollars":
        return this.readTo(text, { from, closing: this.state.tag });
      case "comment":
        return this.readComment(text, { from, depth: this.state.depth });
    }
  }

  private readStatement(text: string, from: number): number {
    opening.lastIndex = from;
    const found = opening.exec(text);
    if (found === null) return this.keep(text, from, text.length);
    const [token] = found;
    const end = found.index + token.length;
    const before = text[found.index - 1] ?? "";
    if (token === "--") {
      this.listener.comment(text.slice(found.index).trimEnd());
      return this.keep(text, from, found.index, text.length);
    }
    if (token === "/*") {
      this.state = { in: "comment", depth: 1 };
      return this.keep(text, from, found.index, end);
    }
    if (token === ";") {
      this.keep(text, from, end);
      const statement = this.statement.trim();
      this.statement = "";
      if (kept.some((start) => statement.startsWith(start))) this.listener.statement(statement);
      return end;
    }
    if (token === "'" || token === '"') {
      const isEscape = /[Ee]/.test(before) && !partOfName.test(text[found.index - 2] ?? "");
      this.state = { in: "quotes", quote: token, hasEscapes: token === "'" && isEscape };
    } else if (partOfName.test(before)) {
      // A dollar sign within a name; its second one may begin a tag.
      return this.keep(text, from, found.index + 1);
    } else this.state = { in: "dollars", tag: token };
    return this.keep(text, from, end);
  }

  private readQuotes(
    text: string,
    { from, quote, hasEscapes }: { from: number; quote: string; hasEscapes: boolean },
  ): number {
    if (!hasEscapes) return this.readTo(text, { from, closing: quote });
    for (let at = from; at < text.length; at += 1) {
      if (text[at] === "\\") at += 1;
      else if (text[at] === "'" && text[at + 1] === "'") at += 1;
      else if (text[at] === "'") {
        this.state = outside;
        return this.keep(text, from, at + 1);
      }
    }
    return this.keep(text, from, text.length);
  }

  /** A doubled quote ends a string and begins the next one, which makes no difference here. */
  private readTo(text: string, { from, closing }: { from: number; closing: string }): number {
    const at = text.indexOf(closing, from);
    if (at < 0) return this.keep(text, from, text.length);
    this.state = outside;
    return this.keep(text, from, at + closing.length);
  }

  private readComment(text: string, { from, depth }: { from: number; depth: number }): number {
    const bound = /\/\*|\*\//g;
    bound.lastIndex = from;
    const found = bound.exec(text);
    if (found === null) return text.length;
    const left = found[0] === "/*" ? depth + 1 : depth - 1;
    this.state = left === 0 ? outside : { in: "comment", depth: left };
    return found.index + 2;
  }

  /** Collects the text, if the statement is one that is kept. @returns `next`. */
  private keep(text: string, from: number, to: number, next = to): number {
    const start = this.statement.trimStart();
    const mayBeKept = start.length < longestStart || kept.some((one) => start.startsWith(one));
    if (mayBeKept) this.statement += text.slice(from, Math.min(to, from + 100_000));
    return next;
  }
}
