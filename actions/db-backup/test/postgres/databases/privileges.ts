import { chownSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Example } from "./example.ts";

export const privileges: Example[] = [
  {
    name: "of columns, default ones, with grant option, revoked from everybody",
    short: true,
    server: ["CREATE ROLE grants_owner; CREATE ROLE grants_reader; CREATE ROLE grants_writer"],
    statements: [
      "CREATE SCHEMA app AUTHORIZATION grants_owner; CREATE TABLE app.t (id int PRIMARY KEY, secret text, name text); INSERT INTO app.t SELECT i, 'x', 'y' FROM generate_series(1, 20) i",
      "ALTER TABLE app.t OWNER TO grants_owner; GRANT SELECT (id, name), UPDATE (name) ON app.t TO grants_reader; REVOKE INSERT ON app.t FROM grants_owner",
      "GRANT USAGE ON SCHEMA app TO grants_writer; SET ROLE grants_owner; GRANT SELECT ON app.t TO grants_writer WITH GRANT OPTION; SET ROLE grants_writer; GRANT SELECT ON app.t TO PUBLIC; RESET ROLE",
      "ALTER DEFAULT PRIVILEGES FOR ROLE grants_owner IN SCHEMA app GRANT SELECT ON TABLES TO grants_reader; ALTER DEFAULT PRIVILEGES FOR ROLE grants_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO grants_writer WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES FOR ROLE grants_owner GRANT USAGE ON TYPES TO grants_reader",
      "CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION app.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.f() TO grants_reader",
      "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; CREATE TYPE app.e AS ENUM ('a'); REVOKE USAGE ON TYPE app.e FROM PUBLIC; GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() TO grants_reader",
      "REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO grants_reader WITH GRANT OPTION; GRANT CREATE ON DATABASE {database} TO grants_owner",
    ],
  },
  {
    name: "comments on everything that takes one",
    statements: [
      "CREATE SCHEMA s; CREATE TABLE t (i int PRIMARY KEY, j text, CONSTRAINT c CHECK (i > 0)); CREATE INDEX x ON t (j); CREATE SEQUENCE q; CREATE VIEW v AS TABLE t; INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW m AS TABLE t; CREATE FUNCTION f(i int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE DOMAIN d AS int CHECK (VALUE > 0); CREATE TYPE p AS (a int); CREATE RULE r AS ON UPDATE TO t DO NOTHING; CREATE STATISTICS st ON i, j FROM t",
      ...[
        "SCHEMA s",
        "TABLE t",
        "COLUMN t.i",
        "COLUMN p.a",
        "COLUMN v.j",
        "COLUMN m.i",
        "CONSTRAINT c ON t",
        "CONSTRAINT d_check ON DOMAIN d",
        "INDEX x",
        "INDEX t_pkey",
        "SEQUENCE q",
        "VIEW v",
        "MATERIALIZED VIEW m",
        "FUNCTION f(int)",
        "DOMAIN d",
        "TYPE p",
        "RULE r ON t",
        "STATISTICS st",
        "LANGUAGE plpgsql",
        "EXTENSION plpgsql",
        "DATABASE {database}",
        "TEXT SEARCH CONFIGURATION pg_catalog.simple",
      ].map((what) => `COMMENT ON ${what} IS E'about ${what.split(" ")[0]}: it''s\\n-- \\\\. "'`),
      "COMMENT ON TABLE t IS ''; COMMENT ON COLUMN t.j IS E'\\t'",
    ],
  },
  {
    name: "foreign data wrappers, with and without a server, and passwords of users",
    server: ["CREATE ROLE fdw_user"],
    statements: [
      "CREATE FOREIGN DATA WRAPPER alone OPTIONS (debug 'true'); CREATE FOREIGN DATA WRAPPER used NO HANDLER VALIDATOR postgresql_fdw_validator",
      "CREATE SERVER far TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER used OPTIONS (host 'nowhere', dbname 'it''s'); CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'secret''s'); CREATE USER MAPPING FOR fdw_user SERVER far",
      "GRANT USAGE ON FOREIGN SERVER far TO fdw_user; GRANT USAGE ON FOREIGN DATA WRAPPER alone TO fdw_user WITH GRANT OPTION",
      "CREATE FOREIGN TABLE remote (id int NOT NULL, t text DEFAULT 'x', CHECK (id > 0)) SERVER far; CREATE TABLE here (id int, t text); INSERT INTO here VALUES (1, 'x'); CREATE FOREIGN TABLE child () INHERITS (here) SERVER far",
    ],
  },
  {
    name: "foreign tables of a file, as partitions",
    needs: [{ extension: "file_fdw" }],
    statements: [
      "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN TABLE version (line text) SERVER files OPTIONS (filename '/etc/hostname')",
      "CREATE TABLE logs (line text) PARTITION BY LIST (line); CREATE TABLE logs_here PARTITION OF logs DEFAULT; INSERT INTO logs VALUES ('here'); CREATE FOREIGN TABLE logs_there PARTITION OF logs FOR VALUES IN ('there') SERVER files OPTIONS (filename '/etc/hostname')",
    ],
  },
  {
    name: "publications of tables, columns, rows and schemas, and a subscription",
    statements: [
      "CREATE SCHEMA s; CREATE TABLE s.a (id int PRIMARY KEY, b text, c text); CREATE TABLE b (id int PRIMARY KEY); INSERT INTO b VALUES (1)",
      'CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = \'insert, truncate\'); CREATE PUBLICATION "some" FOR TABLE s.a (id, b) WHERE (id > 5 AND b IS NOT NULL), ONLY b; CREATE PUBLICATION by_schema FOR TABLES IN SCHEMA s WITH (publish_via_partition_root = true); CREATE PUBLICATION "Of none"',
      'CREATE SUBSCRIPTION "From far" CONNECTION \'host=nowhere password=hidden\' PUBLICATION x, "Y" WITH (connect = false, enabled = false, slot_name = NONE, binary = true)',
    ],
  },
  {
    name: "tablespaces of tables, indexes and the database",
    // They stay as long as the server, whose folder they are in: backups of other examples name them.
    prepare: async (server) => {
      const folder = join(server.connection.host, "spaces");
      const { uid, gid } = statSync(server.connection.host);
      for (const name of ["", "one", "two words"]) {
        mkdirSync(join(folder, name));
        chownSync(join(folder, name), uid, gid);
      }
      await server.sql("postgres", "CREATE ROLE space_owner");
      await server.sql("postgres", `CREATE TABLESPACE one OWNER space_owner LOCATION '${folder}/one'`);
      await server.sql("postgres", `CREATE TABLESPACE "two words" LOCATION '${folder}/two words'`);
      await server.sql("postgres", "ALTER TABLESPACE one SET (random_page_cost = 1.5)");
    },
    create: 'TABLESPACE "two words"',
    statements: [
      "CREATE TABLE a (i int PRIMARY KEY USING INDEX TABLESPACE one) TABLESPACE pg_default; CREATE TABLE b (i int) TABLESPACE one; INSERT INTO b VALUES (1); CREATE INDEX ON b (i); CREATE MATERIALIZED VIEW m TABLESPACE one AS TABLE b",
      "CREATE TABLE parts (i int) PARTITION BY LIST (i) TABLESPACE one; CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1); GRANT CREATE ON TABLESPACE one TO PUBLIC; ALTER DATABASE {database} SET default_tablespace = one",
    ],
  },
];
