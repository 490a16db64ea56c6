import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareRows, unquoteName, RowCounter } from "../src/postgres/rows.ts";

function count(text: string | Buffer, sizes: number[] = [1 << 20]): RowCounter {
  const counter = new RowCounter();
  const bytes = Buffer.from(text as string);
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const size = Math.max(1, sizes[index % sizes.length]!);
    counter.add(bytes.subarray(start, start + size));
    start += size;
  }
  return counter;
}

const block = (copy: string, rows: string[], name = "t") =>
  [
    "--",
    `-- Data for Name: ${name}; Type: TABLE DATA; Schema: public; Owner: postgres`,
    "--",
    "",
    copy,
    ...rows,
    "\\.",
    "",
    "",
  ].join("\n");

describe("the rows of a dump", () => {
  it("are the lines of each COPY block, whatever they contain", () => {
    const text = [
      block("COPY public.users (id, name) FROM stdin;", [
        "1\ta",
        "2\t",
        "",
        "\\\\.",
        "3\tCOPY public.x (a) FROM stdin;",
      ]),
      block('COPY public."Odd ""name" ("a b") FROM stdin;', ["x"]),
      block("COPY public.nothing  FROM stdin;", ["", ""]),
      block("COPY public.empty (id) FROM stdin;", []),
      block('COPY public."with\nbreak" ("a\nb") FROM stdin;', ["1", "2"], "with break"),
      "-- PostgreSQL database dump complete\n",
    ].join("");
    const expected = {
      "public.users": 5,
      'public."Odd ""name"': 1,
      "public.nothing": 2,
      "public.empty": 0,
      'public."with\nbreak"': 2,
    };
    for (const sizes of [[1 << 20], [1], [2, 3, 5], [7]])
      expect(count(text, sizes)).toMatchObject({ rows: expected, sawEnd: true });
  });

  it("are not counted in text that only looks like data", () => {
    const text = "CREATE FUNCTION f() RETURNS void AS $$\nCOPY public.fake (a) FROM stdin;\n1\n\\.\n$$;\n";
    expect(count(text)).toMatchObject({ rows: {}, sawEnd: false });
  });

  const fake =
    "--\n-- Data for Name: fake; Type: TABLE DATA; Schema: public; Owner: x\n--\n\nCOPY public.fake (a) FROM stdin;\n1\n\\.\n";

  it.each([
    ["a function body", `CREATE FUNCTION f() RETURNS void AS $$\n${fake}$$;\n`],
    ["a function body with a tag", `CREATE FUNCTION f() RETURNS text AS $_$\n${fake}SELECT $1 || $$x$$;\n$_$;\n`],
    ["a default", `ALTER TABLE t ALTER c SET DEFAULT '${fake}it''s';\n`],
    ["an escaped string", `CREATE VIEW v AS SELECT E'\\'\\\\\n${fake}\\' it''s' AS x;\n`],
    ["a comment", `COMMENT ON TABLE t IS 'it''s\n${fake}';\n`],
    ["a name", `CREATE TABLE "a""\n${fake}" (a$b$c int);\n`],
    ["a comment of SQL", `/* a /* nested */\n${fake}*/ SELECT 1;\n`],
  ])("are not counted in %s that looks like a dump", (_where, text) => {
    const whole = text + block("COPY public.actual (a) FROM stdin;", ["1", "2"]);
    for (const sizes of [[1 << 20], [1], [3, 5]]) expect(count(whole, sizes).rows).toEqual({ "public.actual": 2 });
  });

  it("are those of tables with names of any kind, in the encoding of the database", () => {
    const names = ['"a (b"', '"x FROM stdin;"', "pg$1.a$b", '"it\'s"."$$"', '"-- "'];
    const text = names.map((name) => block(`COPY ${name} (c) FROM stdin;`, ["1"])).join("");
    expect(count(`\\restrict a$$b\n${text}\\unrestrict a$$b\n`).rows).toEqual(
      Object.fromEntries(names.map((name) => [name, 1])),
    );
    const japanese = Buffer.from([0xc6, 0xfc, 0xcb, 0xdc]); // 日本 in EUC-JP
    const dump = Buffer.concat([
      Buffer.from("SET client_encoding = 'EUC_JP';\nCOPY public."),
      japanese,
      Buffer.from(" (a) FROM stdin;\n1\n\\.\n"),
    ]);
    expect(count(dump).rows).toEqual({ "public.日本": 1 });
  });

  it("are the same however the stream is split into chunks (property)", () => {
    const row = fc.string().filter((text) => !text.includes("\n") && text !== "\\.");
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        (rows, sizes) => {
          expect(
            count(block("COPY a.b (c) FROM stdin;", rows) + block("COPY d.e (f) FROM stdin;", ["1"]), sizes).rows,
          ).toEqual({ "a.b": rows.length, "d.e": 1 });
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("compareRows", () => {
  it("matches tables by name, however it is quoted", () => {
    expect(unquoteName('public."user"')).toBe(unquoteName('"public".user'));
    expect(unquoteName('a."b.c"')).not.toBe(unquoteName("a.b.c"));
    expect(compareRows({ "public.a": 1, 'public."b"': 2 }, { '"public"."a"': 1, "public.b": 2 })).toEqual([]);
  });

  it("reports missing rows, missing tables, and rows of tables that were not counted before", () => {
    expect(compareRows({ "s.a": 3, "s.b": 1, "s.c": 0 }, { "s.a": 2, "s.d": 4, "s.e": 0 })).toEqual([
      "s.a: 2 rows instead of 3",
      "s.b: 0 rows instead of 1",
      "s.d: 4 rows, but this table was not counted before",
    ]);
  });
});
