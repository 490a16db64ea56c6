// Counts the rows of a dump while it is streamed: the lines of each COPY block in pg_dump's SQL.
import { DumpSplitter } from "./dump-splitter.ts";
import { decoderFor } from "./encodings.ts";

const newline = 0x0a;

const name = String.raw`(?:"(?:[^"]|"")*"|[^"\s.(;]+)`;
/** Quoted names may contain anything. */
const copyStatement = new RegExp(String.raw`^COPY (${name}(?:\.${name})?) [^]*FROM stdin;$`);
const clientEncoding = /^SET client_encoding = '(\w+)';$/;

export class RowCounter {
  readonly rows: Record<string, number> = {};
  /** Whether pg_dump's closing comment was seen: only a complete plain dump ends with it. */
  sawEnd = false;
  private readonly splitter = new DumpSplitter();
  private decoder = decoderFor("UTF8");
  private table = "";
  private lines = 0;

  add(chunk: Buffer): void {
    for (const piece of this.splitter.add(chunk)) {
      if (piece.kind === "statement") {
        this.readStatement(piece.bytes.toString("latin1").trim());
        continue;
      }
      this.lines += countLines(piece.bytes);
      // The line break before the rows, and the line after them, are none.
      if (piece.isLast) this.rows[this.table] = this.lines - 2;
    }
  }

  private readStatement(text: string): void {
    const table = copyStatement.exec(text)?.[1];
    if (table !== undefined) {
      this.table = this.decoder(Buffer.from(table, "latin1"));
      this.rows[this.table] = 0;
      this.lines = 0;
    }
    const encoding = clientEncoding.exec(text)?.[1];
    if (encoding !== undefined) this.decoder = decoderFor(encoding);
    if (text === "-- PostgreSQL database dump complete") this.sawEnd = true;
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
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
