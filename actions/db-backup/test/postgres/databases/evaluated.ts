// What PostgreSQL evaluates while it loads, by functions that name things without their schema.
//
// From 17 on, CREATE INDEX and REFRESH use a search path of pg_catalog alone (release notes of 17): such an index can
// then only be made on an empty table, such a materialized view not at all, and both only with functions that nobody
// looks into before they run.
import type { Example } from "./example.ts";

const tidied = (schema: string): string =>
  `CREATE FUNCTION ${schema}.tidied(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.lower($1) $$`;

/** One that the planner looks into, and one that it does not. */
const folded = "CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT tidied($1) $$";
const plain =
  "CREATE FUNCTION plain(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN tidied($1); END $$";

const people = "CREATE TABLE people (id int PRIMARY KEY, name text)";
const rows = "INSERT INTO people SELECT i, 'Name ' || i FROM generate_series(1, 90) i";

const indexed = [tidied("public"), plain, people, "CREATE INDEX people_plain ON people (plain(name))", rows];
const indexedWithPath = [
  "CREATE SCHEMA tools; SET search_path = public, tools",
  tidied("tools"),
  plain,
  people,
  "CREATE INDEX people_plain ON people (plain(name))",
  rows,
];
const ownPath = "ALTER DATABASE {database} SET search_path = public, tools";

export const evaluated: Example[] = [
  {
    name: "an index of a function with unqualified names",
    needs: [{ below: 17 }],
    statements: indexed,
    result: { passes: /people_plain/ },
  },
  {
    name: "an index of a function with unqualified names, which the server itself makes no more",
    needs: [{ major: 17 }],
    statements: indexed,
    result: { unproven: /people_plain[^]*ALTER FUNCTION public\.plain/, lost: /people_plain/ },
  },
  {
    name: "unaccent, in the usual immutable wrapper",
    needs: [{ extension: "unaccent" }, { below: 17 }],
    statements: [
      "CREATE EXTENSION unaccent",
      people,
      rows,
      "CREATE FUNCTION immutable_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT unaccent($1) $$",
      "CREATE INDEX people_plain ON people (immutable_unaccent(name))",
    ],
    result: { passes: /people_plain/ },
  },
  {
    name: "generated columns and checks of such functions",
    statements: [
      tidied("public"),
      plain,
      people,
      rows,
      "CREATE TABLE made (name text, plain text GENERATED ALWAYS AS (plain(name)) STORED); INSERT INTO made VALUES ('A'), ('B')",
      "CREATE TABLE checked (name text CONSTRAINT is_plain CHECK (plain(name) <> '')); INSERT INTO checked VALUES ('C')",
    ],
    result: { passes: /made[^]*checked|checked[^]*made/ },
  },
  {
    name: "a materialized view of such a function",
    needs: [{ below: 17 }],
    statements: [
      people,
      rows,
      "CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT count(*) FROM people); END $$; CREATE MATERIALIZED VIEW totals AS SELECT total()",
    ],
    result: { passes: /totals/ },
  },
  {
    name: "a search path of the database that makes them work",
    needs: [{ below: 17 }],
    statements: [...indexedWithPath, ownPath],
    result: { passes: /people_plain/ },
  },
  {
    name: "a search path of the database that does not help any more",
    needs: [{ major: 17 }],
    statements: [...indexedWithPath, ownPath],
    result: { unproven: /people_plain[^]*ALTER FUNCTION public\.plain/, lost: /people_plain/ },
  },
  {
    name: "a search path that is nobody's any more",
    statements: indexedWithPath,
    result: { unproven: /people_plain[^]*tidied/, lost: /people_plain/ },
  },
  {
    name: "a search path that is nobody's any more, where no query can read the table",
    needs: [{ below: 17 }],
    statements: [
      "CREATE SCHEMA tools; SET search_path = public, tools",
      tidied("tools"),
      folded,
      people,
      rows,
      "CREATE INDEX people_folded ON people (folded(name)); CREATE TABLE others (i int); INSERT INTO others VALUES (1)",
    ],
    warnings:
      /^In this backup, but not counted in the database.*public\.people \(function tidied\(text\) does not exist\)/,
    result: { unproven: /people_folded[^]*tidied/, lost: /people_folded|public\.people: no query can read/ },
  },
  {
    name: "checks that look into tables that come later",
    statements: [
      "CREATE TABLE zones (id int PRIMARY KEY); INSERT INTO zones SELECT generate_series(1, 9)",
      "CREATE FUNCTION has_zone(int) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM public.zones WHERE id = $1) $$",
      "CREATE TABLE areas (id int PRIMARY KEY, zone int CONSTRAINT in_zone CHECK (has_zone(zone))); INSERT INTO areas SELECT i, i FROM generate_series(1, 9) i",
      "CREATE TABLE bounds (area int REFERENCES areas); INSERT INTO bounds VALUES (1)",
    ],
    result: { passes: /areas/ },
  },
  {
    name: "checks that need a setting of the session",
    statements: [
      "SET app.tenant = '7'; CREATE TABLE tenants (id int CONSTRAINT mine CHECK (id = current_setting('app.tenant')::int)); INSERT INTO tenants VALUES (7)",
      people,
      rows,
    ],
    result: { unproven: /tenants[^]*app\.tenant/, lost: /tenants|^- 7$/ },
  },
  {
    name: "checks that the rows of today would not pass any more",
    statements: [
      "CREATE FUNCTION allowed(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 < 100 $$",
      "CREATE TABLE limited (i int CONSTRAINT low CHECK (allowed(i))); INSERT INTO limited VALUES (5), (50)",
      "CREATE OR REPLACE FUNCTION allowed(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 < 10 $$",
      people,
      rows,
    ],
    result: { unproven: /limited/, lost: /limited|^- 50?$/ },
  },
  {
    name: "unique indexes of a function that has changed since",
    statements: [
      "CREATE FUNCTION key_of(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$",
      "CREATE TABLE keyed (t text); CREATE UNIQUE INDEX keyed_once ON keyed (key_of(t)); INSERT INTO keyed VALUES ('a'), ('A')",
      "CREATE OR REPLACE FUNCTION key_of(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower($1) $$",
    ],
    result: { unproven: /keyed_once/, lost: /keyed_once/ },
  },
];
