// Counts the rows of a dump while it is streamed: the lines of each COPY block in pg_dump's SQL.
import { decoderFor } from "./encodings.ts";
import { StatementScanner } from "./statements.ts";

const newline = 0x0a;
const backslash = 0x5c;
const dot = 0x2e;

const name = String.raw`(?:"(?:[^"]|"")*"|[^"\s.(;]+)`;
/** Quoted names may contain anything. */
const copyStatement = new RegExp(String.raw`^COPY (${name}(?:\.${name})?) [^]*FROM stdin;$`);
const clientEncoding = /^SET client_encoding = '(\w+)';$/;

export class RowCounter {
  readonly rows: Record<string, number> = {};
  /** Whether pg_dump's closing comment was seen: only a complete plain dump ends with it. */
  sawEnd = false;
  private readonly scanner = new StatementScanner({
    statement: (text) => this.readStatement(text),
    comment: (text) => (this.sawEnd ||= text === "-- PostgreSQL database dump complete"),
  });
  private decoder = decoderFor("UTF8");
  private table: string | undefined;
  /** The start of a line that continues in the next chunk: all of it outside data, its first bytes within data. */
  private partial: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    for (let from = 0; from < chunk.length;) {
      const at = chunk.indexOf(newline, from);
      if (at < 0) return this.keepPartial(chunk.subarray(from));
      if (this.table !== undefined && this.partial.length === 0) {
        // \\. ends the data and cannot be a row, because data escapes backslashes. Fast path for millions of lines.
        if (at === from + 2 && chunk[from] === backslash && chunk[from + 1] === dot) this.table = undefined;
        else this.count(this.table);
      } else this.endLine(chunk.subarray(from, at));
      from = at + 1;
    }
  }

  private count(table: string): void {
    this.rows[table] = (this.rows[table] ?? 0) + 1;
  }

  private keepPartial(rest: Buffer): void {
    // Rows can be long, but three bytes are enough to recognise the end of the data.
    const needed = this.table === undefined ? rest : rest.subarray(0, Math.max(0, 3 - this.partial.length));
    this.partial = Buffer.concat([this.partial, needed]);
  }

  private endLine(rest: Buffer): void {
    const line = this.partial.length === 0 ? rest : Buffer.concat([this.partial, rest]);
    this.partial = Buffer.alloc(0);
    if (this.table === undefined) return this.scanner.addLine(line.toString("latin1"));
    if (line.length === 2 && line[0] === backslash && line[1] === dot) this.table = undefined;
    else this.count(this.table);
  }

  /** Only a statement can begin data: never text within a function, a default or a comment. */
  private readStatement(bytes: string): void {
    const table = copyStatement.exec(bytes)?.[1];
    if (table !== undefined) {
      this.table = this.decoder(Buffer.from(table, "latin1"));
      this.rows[this.table] = 0;
    }
    const encoding = clientEncoding.exec(bytes)?.[1];
    if (encoding !== undefined) this.decoder = decoderFor(encoding);
  }
}

/** "public.users", "\"Odd\".\"na\"\"me\"" → the parts without quotes, so that names compare equal however quoted. */
export function unquoteName(name: string): string {
  const parts = [...name.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)].map(
    ([, quoted, bare = ""]) => quoted?.replaceAll('""', '"') ?? bare,
  );
  return JSON.stringify(parts);
}

/** A sentence for each table whose row count differs. */
export function compareRows(expected: Record<string, number>, actual: Record<string, number>): string[] {
  const byName = (rows: Record<string, number>) =>
    new Map(Object.entries(rows).map(([name, count]) => [unquoteName(name), { name, count }]));
  const [expectedTables, actualTables] = [byName(expected), byName(actual)];
  const differing = [...expectedTables]
    .map(([key, { name, count }]) => ({ name, expected: count, actual: actualTables.get(key)?.count ?? 0 }))
    .filter(({ expected, actual }) => actual !== expected)
    .map(({ name, expected, actual }) => `${name}: ${actual} rows instead of ${expected}`);
  const unexpected = [...actualTables]
    .filter(([key, { count }]) => !expectedTables.has(key) && count > 0)
    .map(([, { name, count }]) => `${name}: ${count} rows, but this table was not counted before`);
  return [...differing, ...unexpected];
}
