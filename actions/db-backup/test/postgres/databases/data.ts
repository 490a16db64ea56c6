import type { Example } from "./example.ts";

export const data: Example[] = [
  {
    name: "numbers, times and names at their limits",
    statements: [
      "CREATE TABLE numbers (f float8, g float4, n numeric, m numeric(1000, 500))",
      "INSERT INTO numbers VALUES ('NaN', '-infinity', 'NaN', 0), ('-0', 1.17549435e-38, 'infinity', 1), (5e-324, 3.4028235e38, 10::numeric ^ 1000 + 0.1, 2), (0.1::float8 + 0.2, 0.1, repeat('9', 130000)::numeric, 3)",
      "CREATE TABLE times (d date, t timestamp, z timestamptz, i interval, c time, o timetz)",
      `INSERT INTO times VALUES ('4713-01-01 BC', '4713-01-01 00:00:00 BC', '0044-03-15 12:00:00+09 BC', '-178000000 years', '24:00', '23:59:59.999999-15:59'),
         ('5874897-12-31', '294276-12-31 23:59:59.999999', 'infinity', '1 mon -1 day +00:00:00.000001', '00:00', '00:00+00'),
         ('-infinity', 'infinity', '1883-11-18 12:03:58-07:52:58', '0', NULL, '12:00:00+09'), ('2026-03-29', '2026-03-29 02:30', '2026-10-25 02:30 Europe/Berlin', 'P1Y2M3DT4H5M6.7S', '12:00:00.5', NULL)`,
      `CREATE TABLE others (b bit(5), v varbit, p polygon, c circle, x box, l line, s lseg, a path, i inet, m macaddr8, cidr cidr, lsn pg_lsn,
         q tsquery, j jsonpath, t tid, "char" "char", name name, oid oid, x8 xid8, vec oidvector)`,
      `INSERT INTO others VALUES (B'10101', B'', '((0,0),(1e-300,1),(NaN,Infinity))', '<(0,0),1e300>', '(1,1),(0,0)', '{1,-1,0}', '[(0,0),(1,1)]', '[(0,0)]',
         '::ffff:10.0.0.1/112', '08:00:2b:01:02:03:04:05', '10/8', 'FFFFFFFF/FFFFFFFF', '!a & (b:*A <-> ''c d'')', 'strict $."a b"[*] ? (@ > 1)', '(4294967295,65535)',
         E'\\\\200', repeat('n', 63)::name, 4294967295, '18446744073709551615', '1 2 3')`,
      "CREATE TABLE ranges (i int4range, n nummultirange, t tstzrange, d daterange); INSERT INTO ranges VALUES ('empty', '{}', '(,)', '[2026-01-01,infinity)'), ('[1,5]', '{[1,2],(3,)}', '[,\"2026-01-01 00:00+00\"]', NULL)",
    ],
  },
  {
    name: "what COPY has to escape",
    short: true,
    statements: [
      "CREATE TABLE one (t text); INSERT INTO one VALUES (NULL), (''), (E'\\\\N'), (E'\\\\.'), (E'\\n\\\\.\\n'), (E'\\t\\r\\n\\v\\f\\b'), (E'\\\\'), (E'x\\\\\\n'), ('NULL'), (E'\\\\x41\\\\101'), ('\"quoted\"'), (E'\\r'), (E'a\\r\\nb')",
      "INSERT INTO one SELECT chr(i) || 'x' || chr(i) FROM generate_series(1, 255) i; INSERT INTO one SELECT chr(i) FROM generate_series(1, 1114111, 997) i WHERE i NOT BETWEEN 55296 AND 57343",
      "CREATE TABLE two (a text, b bytea, c text[]); INSERT INTO two VALUES (E'\\t', '\\x00', ARRAY[E'\\\\.', E'\\n', '', NULL, 'NULL', E'\"{}\\\\,']), ('', '', '{}'), (NULL, NULL, NULL)",
      "INSERT INTO two SELECT NULL, string_agg(set_byte('\\x00', 0, i), '') FROM generate_series(0, 255) i",
      'CREATE TABLE "\\." ("\\N" text); INSERT INTO "\\." VALUES (E\'\\\\.\'), (\'COPY public.one (t) FROM stdin;\')',
      "CREATE TABLE emojis (t text); INSERT INTO emojis VALUES ('🌈👩‍👩‍👧'), (E'e\\u0301'), (E'\\uFEFFbom'), (U&'\\202Etxt'), (E'\\u2028')",
    ],
  },
  {
    name: "JSON with escapes, long lines and values out of line",
    statements: [
      String.raw`CREATE TABLE documents (j json, b jsonb); INSERT INTO documents VALUES ('{"a":"\u00e9\n\"\\", "a": 1e400, "b":  {}}', '{"z": [1.10, null, "\t\\"], "a": {"": 1e400}}')`,
      "INSERT INTO documents SELECT '[]', jsonb_agg(jsonb_build_object('key ' || i, repeat('\\', i % 50))) FROM generate_series(1, 5000) i",
      "CREATE TABLE long (id int, line text, raw bytea); ALTER TABLE long ALTER raw SET STORAGE EXTERNAL",
      "INSERT INTO long SELECT i, (SELECT string_agg(md5(j::text), '') FROM generate_series(1, 60000) j), decode(repeat('00ff', 500000), 'hex') FROM generate_series(1, 3) i",
    ],
  },
  {
    name: "XML, in documents and checks",
    needs: [{ library: "xml" }],
    statements: [
      "CREATE TABLE pages (id int, x xml, t text CHECK (xml_is_well_formed(t)))",
      `INSERT INTO pages VALUES (1, '<?xml version="1.0"?><a b="&quot;">\\t&lt;é&#10;</a>', '<a/>'), (2, 'text <b/> only', NULL), (3, '<!DOCTYPE html><html/>', '<é/>')`,
      "CREATE INDEX ON pages (((xpath('/a/@b', x))[1]::text)) WHERE id = 1; CREATE VIEW named AS SELECT xmlelement(name \"Odd name\", xmlattributes(id AS n), t) FROM pages",
    ],
  },
  {
    name: "money, and settings that write numbers and times in other ways",
    statements: [
      "CREATE TABLE prices (m money, t timestamptz, i interval, f float8, b bytea)",
      "INSERT INTO prices VALUES ('-12.34', '2026-02-03 04:05:06+09', '1 year -2 days', 1e15, '\\x5c00'), (92233720368547758.07, 'infinity', '-1 s', 0.1, '')",
      "ALTER DATABASE {database} SET datestyle = 'German, DMY'; ALTER DATABASE {database} SET intervalstyle = 'sql_standard'",
      "ALTER DATABASE {database} SET extra_float_digits = -15; ALTER DATABASE {database} SET bytea_output = escape; ALTER DATABASE {database} SET timezone = 'America/St_Johns'",
      "ALTER DATABASE {database} SET lc_monetary = 'C'; ALTER DATABASE {database} SET lc_numeric = 'C.UTF-8'",
    ],
  },
  {
    name: "large objects with owners, grants and comments",
    server: ["CREATE ROLE lo_owner; CREATE ROLE lo_reader"],
    statements: [
      "CREATE TABLE files (name text, content oid); INSERT INTO files SELECT 'file ' || i, lo_from_bytea(0, decode(repeat(md5(i::text), i * 50), 'hex')) FROM generate_series(1, 60) i",
      "SELECT lo_create(70001), lo_from_bytea(70002, ''), lo_put(70001, 3000000, 'after a gap')",
      "ALTER LARGE OBJECT 70001 OWNER TO lo_owner; GRANT SELECT ON LARGE OBJECT 70001, 70002 TO lo_reader WITH GRANT OPTION; GRANT UPDATE ON LARGE OBJECT 70002 TO PUBLIC",
      "COMMENT ON LARGE OBJECT 70002 IS 'empty'",
    ],
  },
  {
    name: "tables without columns, without rows, with nothing but dropped columns",
    statements: [
      "CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing SELECT FROM generate_series(1, 5)",
      "CREATE TABLE was (a int, b text); INSERT INTO was VALUES (1, 'x'), (2, 'y'); ALTER TABLE was DROP COLUMN a, DROP COLUMN b",
      'CREATE TABLE empty (id int PRIMARY KEY, t text); CREATE TABLE "empty""too" (LIKE empty)',
      "CREATE TABLE generated_only (id int GENERATED ALWAYS AS (1) STORED); INSERT INTO generated_only DEFAULT VALUES; INSERT INTO generated_only DEFAULT VALUES",
    ],
  },
  {
    name: "unlogged tables and sequences, and a table of another session",
    statements: [
      "CREATE UNLOGGED TABLE quick (id serial PRIMARY KEY, t text); INSERT INTO quick (t) SELECT 'x' FROM generate_series(1, 300)",
      "ALTER TABLE quick SET LOGGED; ALTER TABLE quick SET UNLOGGED; CREATE UNLOGGED TABLE parent (i int); CREATE UNLOGGED TABLE child () INHERITS (parent); INSERT INTO child VALUES (1)",
      "CREATE TABLE logged (i int); INSERT INTO logged VALUES (1); CREATE TEMPORARY TABLE mine AS TABLE quick",
    ],
  },
];
