import type { Example } from "./example.ts";

export const constraints: Example[] = [
  {
    name: "foreign keys in circles, to itself, deferred, of several columns",
    statements: [
      "CREATE TABLE teams (id int PRIMARY KEY, captain int NOT NULL); CREATE TABLE players (id int PRIMARY KEY, team int NOT NULL REFERENCES teams DEFERRABLE INITIALLY DEFERRED)",
      "ALTER TABLE teams ADD FOREIGN KEY (captain) REFERENCES players DEFERRABLE",
      "BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO teams SELECT i, i FROM generate_series(1, 30) i; INSERT INTO players SELECT i, i FROM generate_series(1, 30) i; COMMIT",
      "CREATE TABLE nodes (id int PRIMARY KEY, parent int REFERENCES nodes ON DELETE SET NULL ON UPDATE CASCADE); INSERT INTO nodes SELECT i, nullif(31 - i, i) FROM generate_series(1, 30) i",
      "CREATE TABLE codes (a int, b text, UNIQUE (b, a) DEFERRABLE); CREATE UNIQUE INDEX codes_ab ON codes (a, b); INSERT INTO codes VALUES (1, 'x'), (2, 'y')",
      "CREATE TABLE uses (tenant int, code text, FOREIGN KEY (tenant, code) REFERENCES codes (a, b) MATCH FULL ON DELETE SET DEFAULT (code)); INSERT INTO uses VALUES (NULL, NULL), (1, 'x')",
    ],
  },
  {
    name: "constraints that are not valid, and rows that violate them",
    statements: [
      "CREATE TABLE old (id int, parent int, amount int); INSERT INTO old VALUES (1, 404, -5), (1, NULL, 3); CREATE TABLE parents (id int PRIMARY KEY)",
      "ALTER TABLE old ADD CONSTRAINT later FOREIGN KEY (parent) REFERENCES parents NOT VALID, ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID",
      'CREATE TABLE checked (a int, b int, CHECK (a < b), CONSTRAINT "Odd name" CHECK (a IS DISTINCT FROM 13) NO INHERIT); INSERT INTO checked VALUES (1, 2), (NULL, NULL)',
      "CREATE TABLE nulls (a int, UNIQUE NULLS NOT DISTINCT (a)); INSERT INTO nulls VALUES (NULL), (1)",
    ],
  },
  {
    name: "exclusion constraints",
    needs: [{ extension: "btree_gist" }],
    statements: [
      "CREATE SCHEMA ext; CREATE EXTENSION btree_gist SCHEMA ext",
      `CREATE TABLE bookings (room text, during tstzrange, cancelled boolean DEFAULT false,
         CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (NOT cancelled) DEFERRABLE INITIALLY DEFERRED)`,
      "INSERT INTO bookings SELECT 'r' || i % 3, tstzrange(now() + i * interval '1 hour', now() + (i + 1) * interval '1 hour') FROM generate_series(1, 60) i",
      "CREATE TABLE circles (c circle, EXCLUDE USING gist (c WITH &&)); INSERT INTO circles SELECT circle(point(i * 3, 0), 1) FROM generate_series(1, 20) i",
    ],
  },
  {
    name: "indexes of all methods, partial, covering, of expressions, clustered, invalid",
    statements: [
      "CREATE TABLE things (id int PRIMARY KEY, tags int[], at timestamptz, name text, p point, r int4range)",
      "INSERT INTO things SELECT i, ARRAY[i, i + 1], to_timestamp(i), 'n' || i % 40, point(i, -i), int4range(i, i + 3) FROM generate_series(1, 300) i",
      "CREATE INDEX ON things USING gin (tags) WITH (fastupdate = off); CREATE INDEX ON things USING brin (at) WITH (pages_per_range = 4, autosummarize = on); CREATE INDEX ON things USING spgist (p); CREATE INDEX ON things USING gist (r); CREATE INDEX ON things USING hash (name)",
      'CREATE UNIQUE INDEX "Partial" ON things (id DESC NULLS LAST) INCLUDE (name, at) WHERE id > 10; CREATE INDEX ON things ((tags[1] + id), lower(name)); ALTER INDEX things_expr_lower_idx ALTER COLUMN 1 SET STATISTICS 300',
      "ALTER TABLE things CLUSTER ON things_pkey, REPLICA IDENTITY FULL; CREATE TABLE identified (a int NOT NULL UNIQUE); ALTER TABLE identified REPLICA IDENTITY USING INDEX identified_a_key",
      "CREATE STATISTICS things_stats (ndistinct, dependencies, mcv) ON id, name FROM things; CREATE STATISTICS things_expr ON (id % 7), (lower(name)) FROM things; ALTER STATISTICS things_stats SET STATISTICS 50",
      "ALTER STATISTICS things_expr OWNER TO pg_database_owner; ANALYZE things",
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'things_r_idx'::regclass",
    ],
  },
];
