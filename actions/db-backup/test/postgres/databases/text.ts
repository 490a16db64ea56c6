import type { Example } from "./example.ts";

export const text: Example[] = [
  {
    name: "collations of ICU, some not deterministic",
    needs: [{ library: "icu" }],
    statements: [
      "CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
      "CREATE COLLATION \"Numeric\" (provider = icu, locale = 'en-u-kn-true'); COMMENT ON COLLATION \"Numeric\" IS 'a2 before a10'",
      'CREATE COLLATION plain FROM "C"; CREATE DOMAIN label AS text COLLATE ignore_case',
      'CREATE TABLE names (name text COLLATE ignore_case PRIMARY KEY, l label, v varchar(9) COLLATE "Numeric", c "char", d text COLLATE "und-x-icu")',
      "INSERT INTO names SELECT 'Name' || i, 'L', 'v' || i, 'x', 'é' FROM generate_series(1, 30) i",
      "CREATE INDEX ON names (l, v DESC NULLS LAST, d COLLATE plain text_pattern_ops)",
    ],
  },
  {
    name: "full text search: parsers, templates, dictionaries, configurations",
    statements: [
      "CREATE TEXT SEARCH PARSER own (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline)",
      "CREATE TEXT SEARCH TEMPLATE own (INIT = dsimple_init, LEXIZE = dsimple_lexize)",
      "CREATE TEXT SEARCH DICTIONARY kept (TEMPLATE = own, stopwords = 'english', accept = false); CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, language = german)",
      "CREATE TEXT SEARCH CONFIGURATION german_like (PARSER = own)",
      "ALTER TEXT SEARCH CONFIGURATION german_like ADD MAPPING FOR asciiword, word, hword WITH kept, stems; ALTER TEXT SEARCH CONFIGURATION german_like ADD MAPPING FOR email WITH simple",
      "CREATE TABLE articles (id int, body text, vector tsvector GENERATED ALWAYS AS (to_tsvector('public.german_like', coalesce(body, ''))) STORED)",
      "CREATE INDEX ON articles USING gin (vector) WITH (fastupdate = off); CREATE INDEX ON articles USING gist (vector)",
      "INSERT INTO articles (id, body) SELECT i, 'Die Häuser stehen im Regenbogen ' || i FROM generate_series(1, 20) i",
    ],
  },
  {
    name: "EUC_JP, in names too",
    short: true,
    // Its bytes are no text in this encoding.
    server: ['CREATE ROLE "観測者🌈"'],
    create: "TEMPLATE template0 ENCODING 'EUC_JP' LOCALE 'C'",
    statements: [
      'CREATE SCHEMA "天気"; CREATE TABLE "天気"."虹の記録" ("番号" int PRIMARY KEY, "説明" text DEFAULT \'なし\' CHECK ("説明" <> \'表\'))',
      `INSERT INTO "天気"."虹の記録" SELECT i, '塩尻市の虹、能ソ' || i FROM generate_series(1, 40) i`,
      `COMMENT ON TABLE "天気"."虹の記録" IS '市民の記録'; CREATE TYPE "空" AS ENUM ('晴れ', '雨')`,
    ],
  },
  {
    name: "LATIN1",
    create: "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'",
    statements: [
      "CREATE TABLE \"Größen\" (\"Maß\" text); INSERT INTO \"Größen\" VALUES ('ÿ'), ('Ærøskøbing'), (convert_from('\\xa0ad85', 'LATIN1'))",
      `CREATE VIEW "d'été" AS SELECT 'à' || "Maß" AS "où" FROM "Größen"`,
    ],
  },
  {
    name: "SQL_ASCII, with bytes of several encodings",
    short: true,
    create: "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'",
    statements: [
      "CREATE TABLE raw (id serial, line text)",
      "INSERT INTO raw (line) VALUES ('日本'), (convert_from('\\xe9e8', 'SQL_ASCII')), (convert_from('\\x8a84ffFE', 'SQL_ASCII')), (convert_from('\\x095c2e0a', 'SQL_ASCII'))",
      'CREATE TABLE "表" (i int); INSERT INTO "表" VALUES (1)',
    ],
  },
  {
    name: "WIN1252 with an owner that is none of ours",
    server: ['CREATE ROLE "Fremde Anwendung"'],
    create: "TEMPLATE template0 ENCODING 'WIN1252' LOCALE 'C' OWNER \"Fremde Anwendung\" CONNECTION LIMIT 17",
    statements: [
      "CREATE TABLE prices (price text); INSERT INTO prices VALUES ('€ 5'), ('„x“'), ('Œ')",
      'ALTER TABLE prices OWNER TO "Fremde Anwendung"',
    ],
  },
  {
    name: "letters as UTF-8 has them: checks on Japanese words",
    short: true,
    create: "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
    statements: [
      `CREATE TABLE towns (name text CHECK (name ~ '^\\w+$'), upper text GENERATED ALWAYS AS (upper(name)) STORED)`,
      "INSERT INTO towns VALUES ('塩尻市'), ('Ōmachi'), ('éa'), ('大町')",
      "CREATE INDEX ON towns (lower(name)); CREATE UNIQUE INDEX ON towns (initcap(name) text_pattern_ops)",
    ],
  },
  {
    name: "ICU as the provider of the database",
    needs: [{ library: "icu" }],
    create: "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'ja-JP'",
    statements: [
      "CREATE TABLE words (word text PRIMARY KEY CHECK (word ~ '^\\w+$')) PARTITION BY RANGE (word)",
      "CREATE TABLE words_a PARTITION OF words FOR VALUES FROM (MINVALUE) TO ('か'); CREATE TABLE words_k PARTITION OF words FOR VALUES FROM ('か') TO (MAXVALUE)",
      "INSERT INTO words VALUES ('アメ'), ('かさ'), ('ガサ'), ('虹')",
    ],
  },
  {
    name: "ICU with rules of its own",
    needs: [{ library: "icu" }, { major: 16 }],
    create: "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'und' ICU_RULES '&a < g'",
    statements: [
      "CREATE COLLATION backwards (provider = icu, locale = 'und', rules = '&z < a')",
      "CREATE TABLE letters (a text PRIMARY KEY, b text COLLATE backwards UNIQUE); INSERT INTO letters VALUES ('a', 'a'), ('g', 'g'), ('b', 'b')",
    ],
  },
  {
    name: "the provider that is built in",
    needs: [{ major: 17 }],
    create: "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'",
    statements: [
      "CREATE COLLATION unicode_c (provider = builtin, locale = 'C.UTF-8'); CREATE TABLE t (a text CHECK (a ~ '^\\w+$'), b text COLLATE unicode_c)",
      "INSERT INTO t VALUES ('塩尻', 'Ä'), ('ß', 'ß'); CREATE INDEX ON t (upper(a))",
    ],
  },
  {
    name: "all of Unicode, built in",
    needs: [{ major: 18 }],
    create: "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST'",
    statements: [
      "CREATE TABLE t (a text CHECK (a ~ '^\\w+$'), b text GENERATED ALWAYS AS (upper(a)) STORED); INSERT INTO t VALUES ('straße'), ('塩尻')",
      "CREATE UNIQUE INDEX ON t (casefold(a))",
    ],
  },
];
