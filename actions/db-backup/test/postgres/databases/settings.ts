import type { Example } from "./example.ts";

const settings = (values: Record<string, string>): string[] =>
  Object.entries(values).map(([name, value]) => `ALTER DATABASE {database} SET ${name} = ${value}`);

const rows = "CREATE TABLE t (id int PRIMARY KEY, t text); INSERT INTO t SELECT i, 'x' FROM generate_series(1, 300) i";

export const settingsOfDatabases: Example[] = [
  {
    name: "search path, time zone and limits of the database and of a role in it",
    short: true,
    server: ["CREATE ROLE settings_app LOGIN"],
    statements: [
      "CREATE SCHEMA app",
      rows,
      ...settings({
        search_path: 'app, "Odd "" one", public',
        timezone: "'Asia/Tokyo'",
        statement_timeout: "'100ms'",
        lock_timeout: "'100ms'",
        idle_in_transaction_session_timeout: "'1s'",
        "my.own_setting": "'it''s \"odd\"'",
      }),
      "ALTER ROLE settings_app IN DATABASE {database} SET search_path = app; ALTER ROLE settings_app IN DATABASE {database} SET statement_timeout = '5s'",
      "ALTER ROLE postgres IN DATABASE {database} SET datestyle = 'SQL, DMY'",
    ],
  },
  {
    name: "read-only by default",
    statements: [rows, ...settings({ default_transaction_read_only: "on" })],
  },
  {
    name: "what decides how SQL is read and written",
    statements: [
      rows,
      "INSERT INTO t VALUES (1000, '塩尻: no text in LATIN1'); COMMENT ON TABLE t IS '表'",
      "INSERT INTO t VALUES (1001, E'back\\\\slash'), (1002, '\"')",
      ...settings({
        standard_conforming_strings: "off",
        escape_string_warning: "off",
        backslash_quote: "on",
        client_encoding: "LATIN1",
        quote_all_identifiers: "on",
        array_nulls: "off",
        transform_null_equals: "on",
        check_function_bodies: "on",
        xmloption: "document",
        row_security: "off",
        default_transaction_isolation: "serializable",
        default_transaction_deferrable: "on",
        client_min_messages: "debug1",
        session_replication_role: "replica",
        synchronize_seqscans: "off",
      }),
    ],
  },
  {
    name: "what makes sessions slow, verbose or of little memory",
    statements: [
      rows,
      ...settings({
        work_mem: "'64kB'",
        maintenance_work_mem: "'1MB'",
        enable_seqscan: "off",
        enable_indexscan: "off",
        log_statement: "'all'",
        jit_above_cost: "0",
        default_statistics_target: "10000",
        temp_buffers: "'800kB'",
        lc_messages: "'C'",
        default_toast_compression: "pglz",
        gin_fuzzy_search_limit: "1",
        max_parallel_workers_per_gather: "0",
      }),
    ],
  },
  {
    name: "a role of every session of the database",
    server: ["CREATE ROLE session_role"],
    statements: [rows, ...settings({ role: "session_role" })],
    result: { refused: "NOT_READABLE", message: /session_role|permission denied|GRANT/ },
  },
  {
    name: "owner, comment, limit of connections, no CONNECT for everybody",
    server: ["CREATE ROLE closed_owner; CREATE ROLE closed_app"],
    create: "OWNER closed_owner CONNECTION LIMIT 33",
    statements: [
      rows,
      "REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO closed_app; COMMENT ON DATABASE {database} IS E'ours:\\n it''s \"closed\"'",
      "REVOKE TEMPORARY ON DATABASE {database} FROM closed_owner",
    ],
  },
  {
    name: "a template",
    create: "IS_TEMPLATE true",
    statements: [rows],
  },
];
