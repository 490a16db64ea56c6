// Counts the rows of a dump while it is streamed: the lines of each COPY block in pg_dump's SQL.

const newline = 0x0a;
const backslash = 0x5c;
const dot = 0x2e;
/** The comment before the data of a table; without it, a line that looks like COPY is text inside a function. */
const heading = /^-- Data for Name: [^]*; Type: TABLE DATA; /;
/** Quoted names may contain line breaks. */
const copyStatement = /^COPY ([^]+?) +(?:\([^]*\) )?FROM stdin;$/;

export class RowCounter {
  readonly rows: Record<string, number> = {};
  /** Whether pg_dump's closing comment was seen: only a complete plain dump ends with it. */
  sawEnd = false;
  private table: string | undefined;
  private state: "outside" | "after heading" | "in the statement" = "outside";
  private statement = "";
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
    if (this.table !== undefined) {
      if (line.length === 2 && line[0] === backslash && line[1] === dot) this.table = undefined;
      else this.count(this.table);
      return;
    }
    this.parseOutside(line.toString("utf8"));
  }

  private parseOutside(line: string): void {
    if (this.state === "in the statement") this.statement += `\n${line}`;
    else if (this.state === "after heading" && line.startsWith("COPY ")) {
      this.state = "in the statement";
      this.statement = line;
    } else if (heading.test(line)) this.state = "after heading";
    else if (line === "-- PostgreSQL database dump complete") this.sawEnd = true;
    const table = this.state === "in the statement" ? copyStatement.exec(this.statement)?.[1] : undefined;
    if (table === undefined) return;
    this.table = table;
    this.rows[table] = 0;
    this.state = "outside";
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
