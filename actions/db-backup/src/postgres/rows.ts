// Counts the rows in a dump as it goes by: the lines of each COPY block of pg_dump's SQL.

const newline = 0x0a;
const backslash = 0x5c;
const dot = 0x2e;
/** A table's data begins with such a comment; without one, a line that looks like COPY is text in a function. */
const heading = /^-- Data for Name: [^]*; Type: TABLE DATA; /;
/** Names may hold line breaks, as everything may that is quoted. */
const copy = /^COPY ([^]+?) +(?:\([^]*\) )?FROM stdin;$/;

export class RowCounter {
  readonly rows: Record<string, number> = {};
  /** Whether pg_dump's closing words were seen: only a plain dump that is whole ends with them. */
  sawEnd = false;
  private table: string | undefined;
  private state: "elsewhere" | "announced" | "in the statement" = "elsewhere";
  private statement = "";
  /** Of a line that the last piece has cut: all of it outside of data, within data its first letters. */
  private partial: Buffer = Buffer.alloc(0);

  add(piece: Buffer): void {
    for (let from = 0; from < piece.length;) {
      const at = piece.indexOf(newline, from);
      if (at < 0) return this.remember(piece.subarray(from));
      if (this.table !== undefined && this.partial.length === 0) {
        // The one letter pair that can be no row: a backslash in data is doubled. Millions of lines come this way.
        if (at === from + 2 && piece[from] === backslash && piece[from + 1] === dot) this.table = undefined;
        else this.count(this.table);
      } else this.endLine(piece.subarray(from, at));
      from = at + 1;
    }
  }

  private count(table: string): void {
    this.rows[table] = (this.rows[table] ?? 0) + 1;
  }

  private remember(rest: Buffer): void {
    // A row may be as long as it likes; three letters tell whether it is the last.
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
    this.outside(line.toString("utf8"));
  }

  private outside(line: string): void {
    if (this.state === "in the statement") this.statement += `\n${line}`;
    else if (this.state === "announced" && line.startsWith("COPY ")) {
      this.state = "in the statement";
      this.statement = line;
    } else if (heading.test(line)) this.state = "announced";
    else if (line === "-- PostgreSQL database dump complete") this.sawEnd = true;
    const table = this.state === "in the statement" ? copy.exec(this.statement)?.[1] : undefined;
    if (table === undefined) return;
    this.table = table;
    this.rows[table] = 0;
    this.state = "elsewhere";
  }
}

/** "public.users", "\"Odd\".\"na\"\"me\"" → the parts as they are, whoever has quoted them. */
export function plainName(name: string): string {
  const parts = [...name.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)].map(
    ([, quoted, bare = ""]) => quoted?.replaceAll('""', '"') ?? bare,
  );
  return JSON.stringify(parts);
}

/** Tables whose counts differ, as sentences. */
export function differencesOfRows(expected: Record<string, number>, found: Record<string, number>): string[] {
  const byName = (rows: Record<string, number>) =>
    new Map(Object.entries(rows).map(([name, count]) => [plainName(name), { name, count }]));
  const [wanted, there] = [byName(expected), byName(found)];
  const differing = [...wanted]
    .filter(([key, { count }]) => (there.get(key)?.count ?? 0) !== count)
    .map(([key, { name, count }]) => `${name}: ${there.get(key)?.count ?? 0} rows instead of ${count}`);
  const more = [...there]
    .filter(([key, { count }]) => !wanted.has(key) && count > 0)
    .map(([, { name, count }]) => `${name}: ${count} rows, and no such table was counted`);
  return [...differing, ...more];
}
