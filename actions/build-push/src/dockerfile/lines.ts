// The text of a Dockerfile → its instructions, by the rules of BuildKit's parser (moby/buildkit,
// frontend/dockerfile/parser): lines that go on, comments between them, parser directives, here-documents.
import { quoted, refused } from "./refusal.ts";
import { space, splitWords } from "./words.ts";

export interface Heredoc {
  name: string;
  content: string;
}

export interface Instruction {
  /** In upper case: "COPY". */
  keyword: string;
  /** "--from=build", without quotes and escapes. */
  flags: string[];
  /** What follows the flags. */
  rest: string;
  /** The strings of the JSON form; undefined: it is written in the shell form. */
  json: string[] | undefined;
  heredocs: Heredoc[];
  /** Where it begins, from 1. */
  line: number;
  /** As written, on one line. */
  text: string;
}

export interface Source {
  instructions: Instruction[];
  /** The escape character: "\", or "`" by a directive. */
  escape: string;
}

const instructionNames = new Set(
  (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER " +
    "VOLUME WORKDIR"
  ).split(" "),
);
const withHeredocs = new Set(["ADD", "COPY", "RUN"]);
const withJson = new Set(["ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"]);

/**
 * The instructions of a Dockerfile, in order.
 *
 * @throws ConfigurationError with the line that BuildKit would refuse as well
 */
export function readInstructions(text: string): Source {
  const lines = new Lines(text);
  const instructions: Instruction[] = [];
  for (let statement = lines.next(); statement !== undefined; statement = lines.next()) {
    const instruction = instructionOf(statement.text, statement.line, lines.escape);
    for (const heredoc of heredocsOf(instruction, lines.escape))
      instruction.heredocs.push({ name: heredoc.name, content: lines.heredoc(heredoc, statement.line) });
    instructions.push(instruction);
  }
  return { instructions, escape: lines.escape };
}

/** The lines of a file: those that go on joined, comments left out. */
class Lines {
  escape = "\\";
  private readonly lines: readonly string[];
  private readonly directives = new Directives("#");
  private position = 0;

  constructor(text: string) {
    this.lines = text.replace(/^\uFEFF/, "").split(/(?<=\n)/);
  }

  /** The next line that is no comment, with those that it continues on; undefined: there is none. */
  next(): { text: string; line: number } | undefined {
    while (this.position < this.lines.length) {
      const line = this.position + 1;
      const begun = this.withoutContinuation(withoutComment(trimStart(this.read())));
      let { text } = begun;
      let { goesOn } = begun;
      if (!goesOn && text === "") continue;
      while (goesOn && this.position < this.lines.length) {
        const following = this.read();
        // Empty lines and comments between the parts do not end it.
        if (trim(withoutComment(following)) === "") continue;
        const part = this.withoutContinuation(following);
        text += part.text;
        ({ goesOn } = part);
      }
      if (trim(text) !== "") return { text, line };
    }
    return undefined;
  }

  heredoc({ name, stripsTabs }: HeredocStart, line: number): string {
    let content = "";
    while (this.position < this.lines.length) {
      const raw = this.lines[this.position++] ?? "";
      const text = raw.replace(/[\r\n]+$/, "");
      if ((stripsTabs ? text.replace(/^\t+/, "") : text) === name) return content;
      content += raw;
    }
    throw refused(line, `the here-document has no line "${quoted(name)}" that ends it.`);
  }

  private read(): string {
    const line = this.position + 1;
    const text = (this.lines[this.position++] ?? "").replace(/[\r\n]+$/, "");
    const directive = this.directives.read(trimStart(text));
    if (directive?.name === "escape") {
      if (directive.value !== "`" && directive.value !== "\\")
        throw refused(line, `the escape character must be \\ or \`, not "${quoted(directive.value)}".`);
      this.escape = directive.value;
    }
    return text;
  }

  private withoutContinuation(text: string): { text: string; goesOn: boolean } {
    const trimmed = text.replace(/[ \t]+$/, "");
    // A doubled escape character stands for itself.
    const goesOn = trimmed.endsWith(this.escape) && !trimmed.endsWith(this.escape.repeat(2));
    return goesOn ? { text: trimmed.slice(0, -1), goesOn } : { text, goesOn };
  }
}

const trimStart = (text: string): string => {
  let start = 0;
  while (start < text.length && space.test(text.charAt(start))) start += 1;
  return text.slice(start);
};

const trim = (text: string): string => {
  const begun = trimStart(text);
  let end = begun.length;
  while (end > 0 && space.test(begun.charAt(end - 1))) end -= 1;
  return begun.slice(0, end);
};

const withoutComment = (text: string): string => (trimStart(text).startsWith("#") ? "" : text);

/** `# name=value` before everything else. */
class Directives {
  private readonly comment: string;
  private readonly seen = new Set<string>();
  private isOver = false;

  constructor(comment: string) {
    this.comment = comment;
  }

  read(line: string): { name: string; value: string } | undefined {
    if (this.isOver) return undefined;
    const text = line.startsWith(this.comment) ? trimStart(line.slice(this.comment.length)) : "";
    const [, written = "", value = ""] = /^([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(text) ?? [];
    const name = written.toLowerCase();
    if (!["syntax", "check", "escape"].includes(name) || this.seen.has(name)) {
      this.isOver = true;
      return undefined;
    }
    this.seen.add(name);
    return { name, value };
  }
}

/** The image behind `# syntax=`, also as `// syntax=` and as JSON; undefined: the builder's own frontend. */
export function syntaxOf(text: string): string | undefined {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  if (lines[0]?.startsWith("#!")) lines.shift();
  for (const comment of ["#", "//"]) {
    const directives = new Directives(comment);
    for (const line of lines) {
      const directive = directives.read(line.replace(/\r$/, ""));
      if (directive === undefined) break;
      if (directive.name === "syntax") return directive.value.split(" ")[0];
    }
  }
  try {
    const { syntax } = JSON.parse(lines.join("\n")) as { syntax?: unknown };
    return typeof syntax === "string" ? syntax : undefined;
  } catch {
    return undefined;
  }
}

/** One instruction; also what follows ONBUILD. */
export function instructionOf(text: string, line: number, escape: string): Instruction {
  const [, word = "", after = ""] = /^(\S+?)(?:[\t\v\f\r ]+([^]*))?$/.exec(trim(text)) ?? [];
  const keyword = word.toUpperCase();
  if (!instructionNames.has(keyword))
    throw refused(
      line,
      `"${quoted(word)}" is no instruction. If it belongs to the line before it, that one must end with ${escape}.`,
    );
  const { flags, rest } = splitFlags(after, escape);
  return {
    keyword,
    flags,
    rest: trim(rest),
    json: withJson.has(keyword) ? jsonForm(rest, line) : undefined,
    heredocs: [],
    line,
    text,
  };
}

/** The flags in front, and what follows them. */
function splitFlags(text: string, escape: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let position = 0;
  for (;;) {
    while (position < text.length && space.test(text.charAt(position))) position += 1;
    if (!text.startsWith("--", position)) return { flags, rest: text.slice(position) };
    const { flag, end } = readFlag(text, position, escape);
    if (flag === "--") return { flags, rest: text.slice(end) };
    flags.push(flag);
    position = end;
  }
}

function readFlag(text: string, start: number, escape: string): { flag: string; end: number } {
  let flag = "";
  let quote: string | undefined;
  let position = start;
  for (; position < text.length; position += 1) {
    let character = text.charAt(position);
    if (quote === undefined && space.test(character)) break;
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) quote = character;
    else {
      if (character === escape) character = text.charAt((position += 1));
      flag += character;
    }
  }
  return { flag, end: position };
}

function jsonForm(rest: string, line: number): string[] | undefined {
  const text = trimStart(rest);
  if (!text.startsWith("[")) return undefined;
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    // BuildKit takes it for the shell form.
    return undefined;
  }
  if (Array.isArray(values) && values.every((value): value is string => typeof value === "string")) return values;
  throw refused(line, "the JSON form takes only strings.");
}

interface HeredocStart {
  name: string;
  stripsTabs: boolean;
}

/** The here-documents that begin on the line of an instruction: RUN, COPY and ADD have them, not in the JSON form. */
function heredocsOf(instruction: Instruction, escape: string): HeredocStart[] {
  const { keyword, rest, text, line } = instruction;
  const inner = keyword === "ONBUILD" && rest !== "" ? instructionOf(rest, line, escape) : instruction;
  if (!withHeredocs.has(inner.keyword) || inner.json !== undefined || !text.includes("<<")) return [];
  const words = splitWords(text, { rawQuotes: true, rawEscapes: true }) ?? [];
  return words.map(heredocOf).filter((heredoc) => heredoc !== undefined);
}

/** "<<EOF", "3<<-'EOF'"; undefined: the word begins no here-document. */
export function heredocOf(word: string): HeredocStart | undefined {
  const [, dash, rest = ""] = /^\d*<<(-?)[\t\n\f\r ]*([^<]*)$/.exec(word) ?? [];
  const [name, ...more] = splitWords(rest, {}) ?? [];
  return name === undefined || more.length > 0 ? undefined : { name, stripsTabs: dash === "-" };
}
