// How a database is reached, what its role may read there, and what a backup says of the rest.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeTestFolder } from "../../../../test/lib/test-folder.ts";
import { Fixture } from "./fixture.ts";

const fixture = Fixture.set();
afterEach(() => vi.unstubAllEnvs());

const manifest = (): { warnings: string[]; globals?: object } =>
  JSON.parse(fixture.s3.objects.get(fixture.manifests().at(-1)!)!.body.toString());

describe("a database is reached", () => {
  it.each(["a=b", "postgres://x", 'it\'s \\ "odd"', "日本 語"])("whatever its name is: %s", async (name) => {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    await fixture.server.sql("postgres", `CREATE DATABASE ${quoted} TEMPLATE app`);
    expect((await fixture.run({ database: name, level: "restore" })).error).toBeUndefined();
    await fixture.server.sql("postgres", `DROP DATABASE ${quoted}`);
    const restored = await fixture.run({ mode: "restore", database: name, "to-database": name, confirm: name });
    expect(restored.error).toBeUndefined();
    expect(await fixture.server.sql(name, "SELECT count(*)::int FROM users")).toEqual([{ count: 2000 }]);
    await fixture.server.sql("postgres", `DROP DATABASE ${quoted}`);
  });

  it("with the password of PGPASSFILE", async () => {
    await fixture.server.sql("postgres", "CREATE ROLE filed LOGIN SUPERUSER PASSWORD 'p:a\\s'");
    await fixture.server.requirePassword("filed");
    const file = join(makeTestFolder("pgpass-"), "pgpass");
    writeFileSync(
      file,
      `# comment\nelsewhere:*:*:*:wrong\n${fixture.server.connection.host}:5432:*:filed:p\\:a\\\\s\n`,
    );
    chmodSync(file, 0o600);
    expect((await fixture.run({ user: "filed" })).error).toMatchObject({ code: "AUTH_FAILED" });
    vi.stubEnv("PGPASSFILE", file);
    expect((await fixture.run({ user: "filed" })).error).toBeUndefined();
  });

  it.each(["prefer", "allow"])("with ssl-mode %s also by a server without TLS", async (mode) => {
    expect((await fixture.run({ "ssl-mode": mode })).error).toBeUndefined();
  });

  it("when it has no connection left, a little later", async () => {
    await fixture.server.sql("postgres", "ALTER DATABASE app CONNECTION LIMIT 0");
    const refused = await fixture.run({ user: "reader", "connect-retries": "1" });
    expect(refused.error).toMatchObject({ code: "CONNECT_FAILED" });
    expect(refused.log.join("\n")).toContain("the next attempt to connect is in 2 s");
    const backup = fixture.run({ user: "reader", "connect-retries": "20" });
    await fixture.server.sql("postgres", "ALTER DATABASE app CONNECTION LIMIT -1");
    expect((await backup).error).toBeUndefined();
  });
});

it("large objects that the role may not read are counted, with the grants that help", async () => {
  const [{ oid }] = await fixture.server.sql("app", "SELECT lo_from_bytea(0, 'secret')::text AS oid");
  const { error } = await fixture.run({ user: "reader" });
  expect(error).toMatchObject({ code: "NOT_READABLE" });
  expect(error!.message).toContain("reader lacks the permission to read 1 large objects.");
  expect(error!.message).toContain(`format('GRANT SELECT ON LARGE OBJECT %s TO %I', oid, 'reader')`);
  await fixture.server.sql("app", `GRANT SELECT ON LARGE OBJECT ${oid} TO reader`);
  expect((await fixture.run({ user: "reader" })).error).toBeUndefined();
  await fixture.server.sql("app", `SELECT lo_unlink(${oid})`);
});

it("roles that the server does not show cost a warning, not the backup", async () => {
  await fixture.server.sql("app", "REVOKE SELECT ON pg_catalog.pg_auth_members FROM PUBLIC");
  const { error, annotations } = await fixture.run({ user: "reader", level: "restore" });
  await fixture.server.sql("app", "GRANT SELECT ON pg_catalog.pg_auth_members TO PUBLIC");
  expect(error).toBeUndefined();
  expect(annotations.join("\n")).toMatch(/globals\.sql is missing, .*permission denied/);
  expect(manifest().globals).toBeUndefined();
  await fixture.expectAllVerify("app");
  expect((await fixture.run({ mode: "check" })).error).toBeUndefined();
});

it("roles are read although the role may not connect to the database postgres", async () => {
  await fixture.server.sql("postgres", "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC");
  const { error } = await fixture.run({ user: "reader" });
  await fixture.server.sql("postgres", "GRANT CONNECT ON DATABASE postgres TO PUBLIC");
  expect(error).toBeUndefined();
  expect(manifest()).toMatchObject({ warnings: [], globals: {} });
});

it("what pg_dump leaves out is in the manifest and in an annotation, in its own words", async () => {
  await fixture.server.sql(
    "app",
    "CREATE SUBSCRIPTION news CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)",
  );
  const { error, annotations } = await fixture.run({ user: "reader" });
  await fixture.server.sql("app", "ALTER SUBSCRIPTION news SET (slot_name = NONE)", "DROP SUBSCRIPTION news");
  expect(error).toBeUndefined();
  const warning = "pg_dump: warning: subscriptions not dumped because current user is not a superuser";
  expect(manifest().warnings).toEqual([warning]);
  expect(annotations).toEqual([`warning: db-backup: app: ${warning}`]);
});

it("text that looks like a dump is no row", async () => {
  const fake =
    "--\n-- Data for Name: fake; Type: TABLE DATA; Schema: public; Owner: x\n--\n\nCOPY public.fake (a) FROM stdin;\n1\n\\.\n";
  await fixture.server.sql("postgres", "CREATE DATABASE texts TEMPLATE app");
  await fixture.server.sql(
    "texts",
    `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN\n/*\n${fake}*/\nEND $f$`,
    `ALTER TABLE users ALTER name SET DEFAULT $f$${fake}$f$`,
    `COMMENT ON TABLE users IS $f$${fake}$f$`,
    `CREATE VIEW v AS SELECT $f$\\'\n${fake}$f$ AS text`,
    `CREATE TABLE "odd (name" (i int)`,
    `INSERT INTO "odd (name" VALUES (1)`,
  );
  for (const format of ["custom", "plain"]) {
    const { error, log } = await fixture.run({ database: "texts", format, level: "restore" });
    expect(error).toBeUndefined();
    expect(log.join("\n")).toContain("2001 rows of 2 tables");
  }
});

it.each(["EUC_JP", "LATIN1", "SQL_ASCII"])("names in %s are those of the database", async (encoding) => {
  const name = encoding === "LATIN1" ? "élan" : "虹の予報";
  await fixture.server.sql(
    "postgres",
    `CREATE DATABASE encoded ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
  );
  await fixture.server.sql("encoded", `CREATE TABLE "${name}" (i int)`, `INSERT INTO "${name}" VALUES (1), (2)`);
  const { error, log } = await fixture.run({ database: "encoded" });
  expect(error).toBeUndefined();
  expect(log.join("\n")).toContain("2 rows of 1 tables");
  await fixture.server.sql("postgres", "DROP DATABASE encoded");
});

it("rows that forced row-level security hides from the owner are counted after a restore all the same", async () => {
  await fixture.server.sql("postgres", "CREATE ROLE master LOGIN CREATEDB CREATEROLE", "CREATE DATABASE forced");
  await fixture.server.sql(
    "forced",
    "CREATE TABLE tenants (id int, tenant text)",
    "INSERT INTO tenants SELECT i, 'x' FROM generate_series(1, 100) i",
    "ALTER TABLE tenants ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE tenants FORCE ROW LEVEL SECURITY",
    "CREATE POLICY own ON tenants USING (tenant = current_setting('app.tenant', true))",
  );
  expect((await fixture.run({ database: "forced" })).error).toBeUndefined();
  const target = { "to-database": "forced_back", confirm: "forced_back", owners: "false", user: "master" };
  const { error, log } = await fixture.run({ mode: "restore", database: "forced", ...target });
  expect(error).toBeUndefined();
  expect(log.join("\n")).toContain("100 rows");
  expect(
    await fixture.server.sql(
      "forced_back",
      "SELECT relforcerowsecurity AS forced FROM pg_class WHERE relname = 'tenants'",
    ),
  ).toEqual([{ forced: true }]);
});

it("a count that fails says why, not that pg_dump was killed", async () => {
  // Rows of an extension that can be dumped, but not counted: pg_dump writes them with COPY.
  await fixture.server.sql(
    "large",
    "CREATE SCHEMA odd",
    "CREATE TABLE odd.jobs (i int)",
    "INSERT INTO odd.jobs VALUES (1)",
  );
  await fixture.server.sql(
    "large",
    `UPDATE pg_extension SET extconfig = ARRAY['odd.jobs'::regclass::oid],
       extcondition = ARRAY['WHERE CASE WHEN current_query() LIKE ''COPY%'' THEN true ELSE 1 / (i - i) > 0 END']
     WHERE extname = 'plpgsql'`,
    `INSERT INTO pg_depend VALUES ('pg_class'::regclass, 'odd.jobs'::regclass, 0, 'pg_extension'::regclass,
       (SELECT oid FROM pg_extension WHERE extname = 'plpgsql'), 0, 'e')`,
  );
  const { error } = await fixture.run({ database: "large" });
  expect(error!.message).toContain("division by zero");
  expect(error!.message).not.toContain("killed");
});
