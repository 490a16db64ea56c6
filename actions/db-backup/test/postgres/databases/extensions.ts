import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Server } from "../server.ts";
import type { Example } from "./example.ts";

/** PostgreSQL looks for extensions in one folder alone, which tests of other checkouts use as well. */
const scheduler = `rainbow_scheduler_${process.pid}`;

/** An extension that keeps rows of its users in its own tables, as those for jobs and partitions do. */
async function installScheduler(server: Server): Promise<() => Promise<void>> {
  const [{ folder }] = await server.sql("postgres", "SELECT setting AS folder FROM pg_config WHERE name = 'SHAREDIR'");
  const files: [string, string][] = [
    [`${scheduler}.control`, "default_version = '1.0'\nrelocatable = false\nschema = scheduler\n"],
    [
      `${scheduler}--1.0.sql`,
      [
        "CREATE SEQUENCE job_ids START 1000;",
        "CREATE TABLE job (id bigint PRIMARY KEY DEFAULT nextval('job_ids'), schedule text, command text, built_in bool DEFAULT false);",
        "CREATE TABLE runs (id bigint, at timestamptz); CREATE TABLE cache (id int);",
        "INSERT INTO job VALUES (1, '@daily', 'vacuum', true); INSERT INTO cache VALUES (1);",
        "CREATE FUNCTION plan(text, text) RETURNS bigint LANGUAGE sql AS $$ INSERT INTO scheduler.job (schedule, command) VALUES ($1, $2) RETURNING id $$;",
        "SELECT pg_catalog.pg_extension_config_dump('job', 'WHERE NOT built_in');",
        "SELECT pg_catalog.pg_extension_config_dump('runs', ''); SELECT pg_catalog.pg_extension_config_dump('job_ids', '');",
      ].join("\n"),
    ],
  ];
  const paths = files.map(([name, text]) => {
    const path = join(folder, "extension", name);
    writeFileSync(path, text);
    return path;
  });
  return async () => {
    for (const path of paths) rmSync(path, { force: true });
  };
}

export const extensions: Example[] = [
  {
    name: "one that keeps jobs of users, and its own rows, in its tables",
    short: true,
    prepare: installScheduler,
    statements: [
      `CREATE SCHEMA scheduler; CREATE EXTENSION ${scheduler}`,
      "SELECT scheduler.plan('@hourly', E'VACUUM;\\n\\\\.'), scheduler.plan('5 * * * *', NULL); INSERT INTO scheduler.runs VALUES (1000, '2026-01-01 00:00+00')",
      "CREATE TABLE users (id int, job bigint REFERENCES scheduler.job); INSERT INTO users VALUES (1, 1000), (2, 1); CREATE VIEW jobs AS SELECT * FROM scheduler.job",
    ],
  },
  {
    name: "hstore, citext, ltree, pg_trgm, intarray, cube, isn, seg in tables and indexes",
    needs: ["hstore", "citext", "ltree", "pg_trgm", "intarray", "cube", "isn", "seg"].map((extension) => ({
      extension,
    })),
    statements: [
      'CREATE SCHEMA "Ext"; CREATE EXTENSION hstore SCHEMA "Ext"; CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE EXTENSION pg_trgm; CREATE EXTENSION intarray; CREATE EXTENSION cube; CREATE EXTENSION isn; CREATE EXTENSION seg',
      'CREATE TABLE mixed (h "Ext".hstore, c citext PRIMARY KEY, l ltree, t text, a int[], q cube, i isbn13, s seg)',
      `INSERT INTO mixed SELECT "Ext".hstore(ARRAY['a"b', NULL::text, '=>', E'\\\\']), 'Name ' || i, ('top.n' || i)::ltree, 'over the rainbow ' || i, ARRAY[i, i], cube(i), '978-0-393-04002-9'::isbn13, '1 .. 2.50'::seg FROM generate_series(1, 60) i`,
      'CREATE INDEX ON mixed USING gin (t gin_trgm_ops); CREATE INDEX ON mixed USING gist (l, q); CREATE INDEX ON mixed USING gin (a gin__int_ops); CREATE INDEX ON mixed USING gin (h "Ext".gin_hstore_ops); CREATE INDEX ON mixed USING gist (l gist_ltree_ops (siglen = 100))',
      "CREATE VIEW looks AS SELECT h OPERATOR(\"Ext\".->) 'a' AS v, c = 'x' AS e, l <@ 'top' AS under FROM mixed; CREATE DOMAIN mail AS citext CHECK (VALUE ~ '@'); CREATE TABLE mails (m mail); INSERT INTO mails VALUES ('A@b')",
    ],
  },
  {
    name: "unaccent as a dictionary, fuzzystrmatch, tablefunc, bloom, and the rest of contrib",
    needs: ["unaccent", "fuzzystrmatch", "tablefunc", "bloom", "btree_gin", "dict_int", "lo", "earthdistance"].map(
      (extension) => ({ extension }),
    ),
    statements: [
      "CREATE EXTENSION unaccent; CREATE EXTENSION fuzzystrmatch; CREATE EXTENSION tablefunc; CREATE EXTENSION bloom; CREATE EXTENSION btree_gin; CREATE EXTENSION dict_int; CREATE EXTENSION lo; CREATE EXTENSION earthdistance CASCADE; CREATE EXTENSION pg_stat_statements",
      "CREATE TEXT SEARCH CONFIGURATION folded (COPY = simple); ALTER TEXT SEARCH CONFIGURATION folded ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple; ALTER TEXT SEARCH DICTIONARY intdict (maxlen = 4)",
      "CREATE TABLE t (a int, b text, c lo, d earth); INSERT INTO t SELECT i, soundex('n' || i), lo_from_bytea(0, 'x'), ll_to_earth(36, 138) FROM generate_series(1, 20) i",
      "CREATE INDEX ON t USING bloom (a, b) WITH (length = 96, col1 = 3); CREATE INDEX ON t USING gin (a, to_tsvector('folded', b)); CREATE TRIGGER manage BEFORE UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION lo_manage(c)",
      "GRANT EXECUTE ON FUNCTION soundex(text) TO pg_monitor; REVOKE ALL ON pg_stat_statements FROM PUBLIC; CREATE VIEW busy AS SELECT levenshtein('a', b) FROM t",
    ],
  },
  {
    name: "members that were added by hand, and that an own one depends on",
    needs: [{ extension: "hstore" }],
    statements: [
      "CREATE EXTENSION hstore; CREATE TABLE mine (h hstore DEFAULT ''); INSERT INTO mine VALUES ('a=>1')",
      "CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER EXTENSION hstore ADD FUNCTION helper(); ALTER EXTENSION hstore DROP FUNCTION helper()",
      "CREATE FUNCTION depends() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION depends() DEPENDS ON EXTENSION hstore; CREATE INDEX ON mine USING gin (h); ALTER INDEX mine_h_idx DEPENDS ON EXTENSION hstore",
    ],
  },
  {
    name: "vectors",
    needs: [{ extension: "vector" }],
    statements: [
      "CREATE EXTENSION vector; CREATE TABLE items (id int, v vector(3), h halfvec(2), s sparsevec(5)); INSERT INTO items SELECT i, ARRAY[i, 1, 2]::vector, '[1,2]', '{1:1.5}/5' FROM generate_series(1, 200) i",
      "CREATE INDEX ON items USING hnsw (v vector_l2_ops) WITH (m = 4); CREATE INDEX ON items USING ivfflat (v vector_cosine_ops) WITH (lists = 3)",
    ],
  },
];
