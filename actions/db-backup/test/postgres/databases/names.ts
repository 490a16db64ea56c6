import type { Example } from "./example.ts";

export const names: Example[] = [
  {
    name: "with quotes, line breaks, all kinds of characters, of 63 bytes, and keywords",
    short: true,
    statements: [
      ...[
        "quote \" and ' and ` and \\ and %s and $1 and {}",
        "line\nbreak\r\ttab",
        "\\.",
        "$$",
        "-- comment",
        "/*",
        "*/; DROP TABLE x; --",
        " blank ",
        "UPPER",
        "虹の記録🌈",
        "e\u0301",
        `${"ü".repeat(31)}x`,
        "a.b.c",
        ".",
        "-rf",
        "123",
        "pgdump",
        "\u202Ertl",
        "FROM stdin;",
        'x" FROM stdin;\n1\n\\.\n',
      ].map((name) => {
        const quoted = `"${name.replaceAll('"', '""')}"`;
        return `CREATE SCHEMA ${quoted}; CREATE TABLE ${quoted}.${quoted} (${quoted} text, id serial PRIMARY KEY); INSERT INTO ${quoted}.${quoted} VALUES ('1'), ('2')`;
      }),
      ...["select", "table", "user", "default", "natural", "order", "null", "public", "temp", "stdin", "copy"].map(
        (name) => `CREATE TABLE "${name}" ("${name}" int PRIMARY KEY, "from" text); INSERT INTO "${name}" VALUES (1)`,
      ),
      "CREATE FUNCTION \"f(x)\"(\"in\" int, \"it's\" text DEFAULT '\"') RETURNS text LANGUAGE sql AS $$ SELECT $2 $$; CREATE TYPE \"t[]\" AS ENUM ('a\"b', 'c''d', '', E'e\\nf')",
    ],
  },
  {
    name: "of the database: what libpq would take for a connection string",
    database: "a=b host=nowhere",
    statements: ["CREATE TABLE t (i int); INSERT INTO t VALUES (1)", "ALTER DATABASE {database} SET work_mem = '5MB'"],
  },
  {
    name: "of the database: a URL with quotes and letters of Japan",
    database: "postgres://天気\"'\\ %41",
    statements: [
      "CREATE TABLE t (i int); INSERT INTO t VALUES (1)",
      "COMMENT ON DATABASE {database} IS E'it''s \"odd\"\\n'",
    ],
  },
  {
    name: "of roles that own and use everything",
    server: [
      'CREATE ROLE "o\'Owner "" of all"; CREATE ROLE "select"; CREATE ROLE "役割 🌈" LOGIN PASSWORD \'unused\'; CREATE ROLE "line\nrole"',
      'GRANT "select" TO "役割 🌈" WITH ADMIN OPTION; ALTER ROLE "役割 🌈" SET search_path = "$user", "Odd ""schema"',
    ],
    create: 'OWNER "o\'Owner "" of all"',
    statements: [
      'CREATE SCHEMA mine AUTHORIZATION "o\'Owner "" of all"; CREATE TABLE mine.t (i int); INSERT INTO mine.t VALUES (1); ALTER TABLE mine.t OWNER TO "line\nrole"',
      'GRANT ALL ON SCHEMA mine TO "select", "line\nrole"; GRANT SELECT ON mine.t TO "役割 🌈" WITH GRANT OPTION; CREATE POLICY p ON mine.t TO "select", "役割 🌈" USING (true)',
    ],
  },
  {
    name: "schemas: none called public, one with the default privileges taken away",
    statements: [
      "DROP SCHEMA public; CREATE SCHEMA app; CREATE TABLE app.t (i int); INSERT INTO app.t VALUES (1); REVOKE ALL ON SCHEMA app FROM CURRENT_USER",
      'CREATE SCHEMA "information schema"; CREATE VIEW "information schema".tables AS SELECT 1 AS i',
    ],
  },
  {
    name: "schemas: a public one of another owner, with another comment and other privileges",
    server: ["CREATE ROLE public_owner"],
    statements: [
      "ALTER SCHEMA public OWNER TO public_owner; COMMENT ON SCHEMA public IS 'ours'; REVOKE USAGE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC",
      "CREATE TABLE t (i int); INSERT INTO t VALUES (1); ALTER TABLE t OWNER TO public_owner",
    ],
  },
];
