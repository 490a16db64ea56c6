import type { Example } from "./example.ts";

const rows = "CREATE TABLE t (id int PRIMARY KEY, t text); INSERT INTO t SELECT i, 'x' FROM generate_series(1, 50) i";

/** A master of a managed server: it may create databases and roles, and read everything, but is no superuser. */
const master = (name: string): string[] => [
  `CREATE ROLE ${name} LOGIN CREATEDB CREATEROLE BYPASSRLS; GRANT pg_read_all_data, pg_read_all_settings, pg_monitor TO ${name}`,
];

export const access: Example[] = [
  {
    name: "a master without superuser that owns everything",
    server: master("master_one"),
    create: "OWNER master_one",
    statements: [
      "SET ROLE master_one",
      rows,
      "CREATE VIEW v AS TABLE t; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
    inputs: { user: "master_one" },
  },
  {
    name: "a master without superuser, and row-level security that it is forced under",
    server: [
      "CREATE ROLE master_two LOGIN CREATEDB CREATEROLE; GRANT pg_read_all_data, pg_read_all_settings TO master_two",
    ],
    create: "OWNER master_two",
    statements: [
      "SET ROLE master_two",
      rows,
      "CREATE POLICY few ON t USING (id < 10); ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    ],
    inputs: { user: "master_two" },
    result: { refused: "ROW_SECURITY", message: /BYPASSRLS/ },
  },
  {
    name: "a superuser backs up, a master without superuser restores what is forced upon it",
    server: ["CREATE ROLE master_three LOGIN CREATEDB CREATEROLE"],
    create: "OWNER master_three",
    statements: [
      "SET ROLE master_three",
      rows,
      "CREATE POLICY few ON t USING (id < 10); ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    ],
    restoreInputs: { user: "master_three" },
  },
  {
    name: "a role that reads everything, but no large objects",
    server: ["CREATE ROLE reads_all LOGIN; GRANT pg_read_all_data TO reads_all"],
    statements: [rows, "SELECT lo_from_bytea(0, 'x')"],
    inputs: { user: "reads_all" },
    // From PostgreSQL 19 on, pg_read_all_data includes them.
    result: { refused: "NOT_READABLE", message: /large object/i },
  },
  {
    name: "a role that reads everything, and a table of an extension that it may not read the settings of",
    server: ["CREATE ROLE reads_tables LOGIN BYPASSRLS; GRANT pg_read_all_data TO reads_tables"],
    statements: [rows, "CREATE SEQUENCE q; SELECT nextval('q'); REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC"],
    inputs: { user: "reads_tables" },
    restoreInputs: { user: "postgres" },
  },
  {
    name: "a role that lacks one table in another schema",
    server: ["CREATE ROLE reads_some LOGIN"],
    statements: [
      rows,
      'GRANT SELECT ON t TO reads_some; CREATE SCHEMA "Closed"; CREATE TABLE "Closed"."The ""one" (i int)',
    ],
    inputs: { user: "reads_some" },
    result: { refused: "NOT_READABLE", message: /"Closed"\."The ""one"/ },
  },
  {
    name: "an empty database",
    statements: ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
    result: { refused: "EMPTY_DATABASE", message: /allow-empty/ },
  },
  {
    name: "an empty database, on purpose",
    statements: ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMENT ON FUNCTION f() IS 'alone'"],
    inputs: { "allow-empty": "true" },
  },
];
