import type { Example } from "./example.ts";

export const rules: Example[] = [
  {
    name: "triggers: disabled, replica, always, INSTEAD OF, deferred, with transition tables",
    short: true,
    statements: [
      "CREATE TABLE orders (id int PRIMARY KEY, total numeric, note text); CREATE TABLE log (at int, what text)",
      "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
      "CREATE FUNCTION forbidden() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no rows here'; END $$",
      "CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log SELECT count(*), TG_NAME FROM added; RETURN NULL; END $$",
      "INSERT INTO orders SELECT i, i FROM generate_series(1, 10) i",
      "CREATE TRIGGER a_disabled BEFORE UPDATE OF total, note ON orders FOR EACH ROW WHEN (OLD.total IS DISTINCT FROM NEW.total) EXECUTE FUNCTION nothing()",
      'CREATE TRIGGER "b Always" AFTER INSERT ON orders REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION logged()',
      "CREATE TRIGGER c_replica AFTER DELETE OR UPDATE OR TRUNCATE ON orders EXECUTE FUNCTION nothing('an argument', 'it''s', E'line\\nbreak')",
      "CREATE CONSTRAINT TRIGGER d_late AFTER INSERT ON orders FROM log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nothing()",
      "CREATE TRIGGER e_refused BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION forbidden()",
      'ALTER TABLE orders DISABLE TRIGGER a_disabled, ENABLE ALWAYS TRIGGER "b Always", ENABLE REPLICA TRIGGER c_replica',
      "CREATE VIEW open_orders AS SELECT * FROM orders; CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE ON open_orders FOR EACH ROW EXECUTE FUNCTION nothing()",
      "COMMENT ON TRIGGER d_late ON orders IS 'at the end'",
    ],
  },
  {
    name: "rules that add, replace and do nothing",
    statements: [
      "CREATE TABLE current (id int PRIMARY KEY, value text); CREATE TABLE history (id int, value text, at timestamptz)",
      "INSERT INTO current SELECT i, md5(i::text) FROM generate_series(1, 25) i",
      "CREATE RULE kept AS ON UPDATE TO current WHERE OLD.value <> NEW.value DO ALSO INSERT INTO history VALUES (OLD.id, OLD.value, now())",
      "CREATE RULE never AS ON DELETE TO current DO INSTEAD NOTHING; ALTER TABLE current DISABLE RULE never",
      "CREATE VIEW shown AS SELECT id, value FROM current; CREATE RULE added AS ON INSERT TO shown DO INSTEAD INSERT INTO current VALUES (NEW.*) RETURNING id, value",
      'CREATE RULE "Loud" AS ON INSERT TO current DO ALSO NOTIFY changed; ALTER TABLE current ENABLE ALWAYS RULE "Loud"',
    ],
  },
  {
    name: "event triggers that would refuse what a restore does",
    statements: [
      "CREATE TABLE kept (id int); INSERT INTO kept SELECT generate_series(1, 5)",
      `CREATE FUNCTION guard() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         IF tg_tag LIKE 'CREATE%' THEN RAISE EXCEPTION 'frozen: %', tg_tag; END IF; END $$`,
      "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM * FROM pg_event_trigger_dropped_objects(); END $$",
      "CREATE EVENT TRIGGER watched ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP INDEX') EXECUTE FUNCTION watch()",
      "CREATE EVENT TRIGGER unused ON ddl_command_start EXECUTE FUNCTION guard(); ALTER EVENT TRIGGER unused DISABLE",
      "CREATE EVENT TRIGGER a_guard ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE VIEW') EXECUTE FUNCTION guard()",
    ],
  },
  {
    name: "views: checked, barriers, recursive, in a circle, by a primary key",
    statements: [
      "CREATE TABLE people (id int PRIMARY KEY, name text, boss int REFERENCES people); INSERT INTO people VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2)",
      "CREATE VIEW a_names WITH (security_barrier, security_invoker = true) AS SELECT id, name FROM people WHERE id > 0 WITH CASCADED CHECK OPTION",
      "CREATE VIEW local_names AS SELECT * FROM a_names WHERE name <> '' WITH LOCAL CHECK OPTION; ALTER VIEW local_names ALTER name SET DEFAULT 'nobody'",
      "CREATE RECURSIVE VIEW chain (id, depth) AS SELECT id, 1 FROM people WHERE boss IS NULL UNION ALL SELECT p.id, depth + 1 FROM people p JOIN chain c ON p.boss = c.id",
      "CREATE VIEW grouped AS SELECT p.id, p.name, count(q.*) FROM people p LEFT JOIN people q ON q.boss = p.id GROUP BY p.id",
      "CREATE VIEW one AS SELECT 1 AS i; CREATE VIEW other AS SELECT i FROM one; CREATE OR REPLACE VIEW one AS SELECT i FROM other LIMIT 1",
      `CREATE VIEW sideways AS SELECT x."Ünit", z."select" FROM (VALUES (1, 2)) AS x("Ünit", y), LATERAL (SELECT y AS "select") z`,
      "CREATE TEMPORARY VIEW brief AS SELECT 1",
    ],
  },
  {
    name: "materialized views: filled, empty, of each other, with unique indexes",
    statements: [
      "CREATE TABLE base (id int PRIMARY KEY, v int); INSERT INTO base SELECT i, i % 7 FROM generate_series(1, 200) i",
      "CREATE MATERIALIZED VIEW z_first AS SELECT v, count(*) FROM base GROUP BY v; CREATE UNIQUE INDEX ON z_first (v)",
      "CREATE MATERIALIZED VIEW a_second AS SELECT max(count) FROM z_first; CREATE MATERIALIZED VIEW unfilled AS TABLE base WITH NO DATA",
      "CREATE INDEX ON unfilled (v) WHERE v > 3; CREATE VIEW over AS SELECT * FROM a_second; ALTER MATERIALIZED VIEW a_second SET (fillfactor = 80)",
      "CREATE FUNCTION newest() RETURNS int LANGUAGE sql STABLE AS $$ SELECT max(id) FROM public.base $$; CREATE MATERIALIZED VIEW by_function AS SELECT newest()",
    ],
  },
  {
    name: "policies of row-level security, forced upon the owner",
    server: [
      'CREATE ROLE tenant_owner; CREATE ROLE "tenant Reader"; CREATE ROLE tenant_admin',
      "GRANT tenant_owner TO tenant_admin WITH ADMIN OPTION",
    ],
    statements: [
      "CREATE TABLE notes (id int, tenant text, body text); ALTER TABLE notes OWNER TO tenant_owner; INSERT INTO notes SELECT i, 't' || i % 3, 'x' FROM generate_series(1, 60) i",
      "ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
      "CREATE POLICY own ON notes USING (tenant = current_setting('app.tenant', true)) WITH CHECK (tenant <> '')",
      'CREATE POLICY "read only" ON notes AS RESTRICTIVE FOR SELECT TO "tenant Reader", tenant_admin USING (id > 10)',
      "CREATE POLICY added ON notes FOR INSERT TO CURRENT_USER WITH CHECK (EXISTS (SELECT FROM notes n WHERE n.id < notes.id))",
      "CREATE TABLE closed (i int); INSERT INTO closed VALUES (1); ALTER TABLE closed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, OWNER TO tenant_owner",
    ],
  },
];
