// In an emergency: a role that can no longer write, by whatever it could before, and everything as it was afterwards.
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Fixture } from "./fixture.ts";

const fixture = Fixture.set();
const sql = (database: string, ...statements: string[]) => fixture.server.sql(database, ...statements);

const open: pg.Client[] = [];

/** A session of a role, as long as the test lasts. */
async function sessionOf(user: string): Promise<pg.Client> {
  const client = new pg.Client({ host: fixture.server.connection.host, database: "shop", user });
  client.on("error", () => undefined);
  await client.connect();
  open.push(client);
  return client;
}

/** The error of a statement in a new session of the role; undefined: it works. */
async function tryAs(user: string, statement: string, first = "SELECT"): Promise<string | undefined> {
  const client = await sessionOf(user);
  await client.query(first);
  return client.query(statement).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

const change = (mode: "protect" | "release", more: Record<string, string> = {}) =>
  fixture.run({
    mode,
    database: "shop",
    confirm: "shop",
    role: "app",
    reason: "rows overwritten",
    by: "hanako",
    ...more,
  });

/** Everything that says who may do what, with the defaults written out. */
const privileges = () =>
  sql(
    "shop",
    `SELECT 'relation' AS kind, c.oid::regclass::text AS object, NULL AS column, a::text FROM pg_class c,
         aclexplode(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) a
         WHERE relnamespace IN ('public'::regnamespace, 'sales'::regnamespace) AND relkind IN ('r', 'v', 'S')
       UNION ALL SELECT 'column', attrelid::regclass::text, attname, a::text FROM pg_attribute, aclexplode(attacl) a
         WHERE attrelid >= 16384
       UNION ALL SELECT 'schema', nspname, NULL, a::text FROM pg_namespace, aclexplode(nspacl) a
       UNION ALL SELECT 'database', datname, NULL, a::text FROM pg_database, aclexplode(datacl) a
       UNION ALL SELECT 'large object', oid::text, NULL, a::text FROM pg_largeobject_metadata, aclexplode(lomacl) a
       UNION ALL SELECT 'default', defaclobjtype::text, defaclnamespace::regnamespace::text, a::text
         FROM pg_default_acl, aclexplode(defaclacl) a
       UNION ALL SELECT 'member', roleid::regrole::text, admin_option::text, member::regrole::text FROM pg_auth_members
       UNION ALL SELECT 'setting', setrole::regrole::text, NULL, setconfig::text FROM pg_db_role_setting
       ORDER BY 1, 2, 3, 4`,
  );

const roles = ["app", "writers", "owner", "other", "reporter"];

beforeEach(async () => {
  await sql("postgres", "CREATE DATABASE shop TEMPLATE template0", ...roles.map((role) => `CREATE ROLE ${role} LOGIN`));
  await sql(
    "shop",
    "GRANT pg_read_all_data TO reporter",
    "CREATE SCHEMA sales AUTHORIZATION owner",
    "GRANT USAGE ON SCHEMA sales TO app, writers, other",
    `CREATE TABLE sales."Odd orders" (id serial PRIMARY KEY, note text, total int)`,
    `ALTER TABLE sales."Odd orders" OWNER TO owner`,
    `GRANT SELECT, INSERT, DELETE, TRUNCATE ON sales."Odd orders" TO app`,
    `GRANT UPDATE (note, total) ON sales."Odd orders" TO app`,
    `GRANT ALL ON sales."Odd orders", ALL SEQUENCES IN SCHEMA sales TO other`.replace(
      ", ALL SEQUENCES IN SCHEMA sales",
      "",
    ),
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA sales TO app, other",
    `INSERT INTO sales."Odd orders" (note, total) SELECT 'n' || i, i FROM generate_series(1, 10) i`,
    "CREATE TABLE sales.by_group (id int)",
    "GRANT ALL ON sales.by_group TO writers",
    "GRANT writers TO app",
    "GRANT SELECT ON sales.by_group TO app",
    "CREATE TABLE public.for_all (id int)",
    "GRANT SELECT, INSERT ON public.for_all TO PUBLIC",
    "CREATE TABLE public.own (id int)",
    "ALTER TABLE public.own OWNER TO app",
    "CREATE TABLE public.granted_on (id int)",
    "GRANT INSERT ON public.granted_on TO other WITH GRANT OPTION",
    "GRANT SELECT ON public.granted_on TO app",
    "SET ROLE other",
    "GRANT INSERT ON public.granted_on TO app",
    "RESET ROLE",
    "CREATE FUNCTION public.sneak() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.for_all VALUES (1)'",
    "GRANT CREATE ON SCHEMA public TO app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA sales GRANT SELECT, INSERT ON TABLES TO app",
    "SELECT lo_from_bytea(4711, 'photo')",
    "GRANT SELECT, UPDATE ON LARGE OBJECT 4711 TO app",
    "ALTER ROLE app IN DATABASE shop SET work_mem = '8MB'",
  );
});

afterEach(async () => {
  for (const client of open.splice(0)) await client.end().catch(() => undefined);
  await sql("postgres", "DROP DATABASE IF EXISTS shop WITH (FORCE)", ...roles.map((role) => `DROP ROLE ${role}`));
});

const writes = [
  `INSERT INTO sales."Odd orders" (note) VALUES ('x')`,
  `UPDATE sales."Odd orders" SET note = 'x'`,
  `DELETE FROM sales."Odd orders"`,
  `TRUNCATE sales."Odd orders"`,
  `SELECT nextval('sales."Odd orders_id_seq"')`,
  "INSERT INTO sales.by_group VALUES (1)",
  "INSERT INTO public.for_all VALUES (1)",
  "INSERT INTO public.own VALUES (1)",
  "INSERT INTO public.granted_on VALUES (1)",
  "CREATE TABLE public.new (id int)",
  "SELECT lo_put(4711, 0, 'x')",
];
/** Of a client that does not want to be read-only. */
const readWrite = "SET default_transaction_read_only = off";

it("a role loses every way to write, keeps what it can read, and has everything back afterwards", async () => {
  const before = await privileges();
  const app = await sessionOf("app");
  await app.query(`BEGIN; UPDATE sales."Odd orders" SET note = 'half done'`);

  const { error, outputs, log, annotations } = await change("protect");
  expect(error).toBeUndefined();
  expect(Number(outputs["privileges"])).toBeGreaterThan(10);
  expect(log.join("\n")).toContain("app can no longer write in shop");
  expect(annotations.join("\n")).toContain("app owns public.own: it could drop them");
  // Its session is over, and with it what it had begun.
  await expect(app.query("COMMIT")).rejects.toThrow(/terminat|connection error|not queryable/i);
  expect(await sql("shop", `SELECT count(*)::int FROM sales."Odd orders" WHERE note = 'half done'`)).toEqual([
    { count: 0 },
  ]);

  for (const statement of writes)
    expect(await tryAs("app", statement, readWrite), statement).toMatch(/permission denied/);
  expect(await tryAs("app", "SELECT public.sneak()")).toMatch(/read-only transaction/);
  await sql("shop", "SET ROLE owner", "CREATE TABLE sales.later (id int)", "RESET ROLE");
  expect(await tryAs("app", "INSERT INTO sales.later VALUES (1)", readWrite)).toMatch(/permission denied/);
  await sql("shop", "DROP TABLE sales.later");

  expect(
    await tryAs("app", `SELECT FROM sales."Odd orders", sales.by_group, public.for_all, public.granted_on`),
  ).toBeUndefined();
  expect(await tryAs("other", `UPDATE sales."Odd orders" SET total = 0 WHERE id = 1`)).toBeUndefined();
  expect(await tryAs("reporter", "SELECT FROM emergency.protection")).toBeUndefined();
  expect((await fixture.run({ database: "shop" })).error).toBeUndefined();

  const released = await change("release", { reason: "rows are back" });
  expect(released.error).toBeUndefined();
  expect(released.log.join("\n")).toContain("by hanako: rows overwritten");
  expect(await privileges()).toEqual(before);
  expect(await tryAs("app", writes[0]!)).toBeUndefined();
});

it("each can be run twice, and a second protect takes what was granted in between", async () => {
  const before = await privileges();
  await change("protect");
  await sql("shop", `GRANT INSERT ON sales."Odd orders" TO app`);
  const again = await change("protect", { reason: "again" });
  expect(again.error).toBeUndefined();
  expect(again.log.join("\n")).toContain("app was protected before");
  expect(await tryAs("app", writes[0]!, readWrite)).toMatch(/permission denied/);
  expect((await change("protect")).error).toBeUndefined();
  expect((await change("release")).error).toBeUndefined();
  expect(await privileges()).toEqual(before);
  const { error, log } = await change("release");
  expect(error).toBeUndefined();
  expect(log.join("\n")).toContain("app is not protected; nothing to release");
  expect(await sql("shop", "SELECT FROM pg_namespace WHERE nspname = 'emergency'")).toEqual([]);
});

it("what the fix has dropped is left out when the privileges come back", async () => {
  await change("protect");
  await sql("shop", "DROP TABLE public.for_all", `ALTER TABLE sales."Odd orders" DROP total`);
  const { error, log } = await change("release");
  expect(error).toBeUndefined();
  expect(log.filter((line) => line.startsWith("left out"))).toHaveLength(2);
  expect(await tryAs("app", writes[0]!)).toBeUndefined();
});

it("works as a master without superuser, which owns the tables and has made the role", async () => {
  await sql("postgres", "CREATE ROLE master LOGIN CREATEROLE", "GRANT pg_signal_backend TO master");
  await sql("shop", "GRANT CREATE ON DATABASE shop TO master", "GRANT ALL ON SCHEMA public TO master");
  await sql("shop", "SET ROLE master", "CREATE ROLE served LOGIN", "CREATE TABLE public.rows (id int)");
  await sql("shop", "SET ROLE master", "GRANT SELECT, INSERT ON public.rows TO served");
  await sql("shop", "REVOKE INSERT ON public.for_all FROM PUBLIC");
  try {
    const served = { role: "served", user: "master" };
    const { error } = await change("protect", served);
    expect(error).toBeUndefined();
    expect(await tryAs("served", "INSERT INTO public.rows VALUES (1)", readWrite)).toMatch(/permission denied/);
    expect((await change("release", served)).error).toBeUndefined();
    expect(await tryAs("served", "INSERT INTO public.rows VALUES (1)")).toBeUndefined();
    // What others own is not its to take away: then nothing is.
    const before = await privileges();
    expect((await change("protect", { user: "master" })).error).toMatchObject({ code: "PROTECT_FAILED" });
    expect(await privileges()).toEqual(before);
  } finally {
    await sql("postgres", "DROP DATABASE shop WITH (FORCE)", "DROP ROLE served", "DROP ROLE master");
  }
});

it.each([
  [{ confirm: "app" }, "NOT_CONFIRMED", "The database is shop"],
  [{ role: "nobody" }, "PROTECT_FAILED", "There is no role nobody"],
  [{ role: "postgres" }, "PROTECT_FAILED", "is the role of this connection"],
])("changes nothing: %j", async (inputs, code, message) => {
  const before = await privileges();
  const { error } = await change("protect", inputs);
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(await privileges()).toEqual(before);
});

it("refuses a superuser, who may write in any case", async () => {
  await sql("postgres", "ALTER ROLE app SUPERUSER");
  expect((await change("protect")).error).toMatchObject({
    code: "PROTECT_FAILED",
    message: expect.stringContaining("app is a superuser"),
  });
});
