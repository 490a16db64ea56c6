// Databases that stock pg_restore cannot restore, and backups whose restore fails: the data is kept all the same.
import { expect, it } from "vitest";
import { Fixture } from "./fixture.ts";
import { stockTools } from "./stock-tools.ts";
import { systemClock } from "../../../shared/src/clock.ts";
import { restoreCommand } from "../../src/restore-command.ts";
import type { Manifest } from "../../src/storage/manifest.ts";

const fixture = Fixture.set();

const manifestOf = (key: string): Manifest => JSON.parse(fixture.s3.objects.get(key)!.body.toString()) as Manifest;

async function database(name: string, ...statements: string[]): Promise<void> {
  await fixture.server.sql("postgres", `CREATE DATABASE ${name}`);
  await fixture.server.sql(name, ...statements);
}

const restore = (database: string, more: Record<string, string> = {}) =>
  fixture.run({ mode: "restore", database, "to-database": "back", confirm: "back", ...more });

/** PostgreSQL makes indexes and materialized views with a safe search_path since 17: there they cannot even be made. */
const areSafe = () => fixture.server.programs.major >= 17;

/** Functions without schemas in their bodies, behind everything that PostgreSQL evaluates while it loads. */
const unqualified = () => [
  "CREATE FUNCTION immutable_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT unaccent($1) $$",
  `CREATE FUNCTION plain(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN unaccent($1); END $$`,
  "CREATE TABLE people (id int PRIMARY KEY, name text)",
  "INSERT INTO people VALUES (1, 'Zoë'), (2, 'René')",
  "CREATE TABLE generated (id int, name text, plain text GENERATED ALWAYS AS (plain(name)) STORED)",
  "INSERT INTO generated VALUES (1, 'Zoë')",
  "CREATE TABLE checked (id int, name text CHECK (plain(name) <> ''))",
  "INSERT INTO checked VALUES (1, 'Zoë')",
  `CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM people); END $$`,
  ...(areSafe()
    ? ["CREATE TABLE counted AS SELECT total() AS total", "CREATE INDEX people_name ON people (name)"]
    : [
        "CREATE INDEX people_name ON people (immutable_unaccent(name))",
        "CREATE MATERIALIZED VIEW counted AS SELECT total() AS total",
      ]),
];

/** A check that finds the rows of a table whose data comes later, and a table that refers to the checked one. */
const looksElsewhere = [
  "CREATE TABLE zones (id int PRIMARY KEY); INSERT INTO zones VALUES (1), (2)",
  `CREATE FUNCTION has_zone(int) RETURNS boolean LANGUAGE sql AS
     $$ SELECT EXISTS (SELECT FROM public.zones WHERE id = $1) $$`,
  "CREATE TABLE areas (id int PRIMARY KEY, zone int CONSTRAINT in_zone CHECK (has_zone(zone)))",
  "INSERT INTO areas VALUES (1, 1); CREATE TABLE bounds (area int REFERENCES areas); INSERT INTO bounds VALUES (1)",
];

it("what needs the search_path of the source, or rows of other tables, is restored in passes, and its cure is named", async () => {
  await database("helped", "CREATE EXTENSION unaccent", ...unqualified(), ...looksElsewhere);
  const made = await fixture.run({ database: "helped", level: "restore" });
  expect(made.error).toBeUndefined();
  expect(made.outputs).toMatchObject({ verified: "restore" });
  const { restore: proof } = manifestOf(fixture.manifests()[0]!);
  expect(proof).toMatchObject({ outcome: "restored", why: expect.stringContaining("Stock pg_restore cannot") });
  const cures = proof!.objects.flatMap(({ cure }) => cure ?? []);
  expect(new Set(cures)).toEqual(
    new Set([
      ...(areSafe()
        ? []
        : [
            "ALTER FUNCTION public.immutable_unaccent(text) SET search_path = public, pg_temp;",
            "ALTER FUNCTION public.total() SET search_path = public, pg_temp;",
          ]),
      "ALTER FUNCTION public.plain(text) SET search_path = public, pg_temp;",
      "ALTER TABLE public.areas DROP CONSTRAINT in_zone, ADD CONSTRAINT in_zone CHECK (public.has_zone(zone)) NOT VALID;",
    ]),
  );
  expect(made.log.join("\n")).toContain("ALTER FUNCTION public.plain(text)");
  // Rows are in no message.
  expect(`${made.log.join("\n")}${JSON.stringify(proof)}`).not.toMatch(/Zoë|René/);

  const restored = await restore("helped");
  expect(restored.error).toBeUndefined();
  expect(restored.log.join("\n")).toContain("in a further pass");
  const [row] = await fixture.server.sql(
    "back",
    `SELECT (SELECT total::int FROM counted) AS total, (SELECT plain FROM generated) AS plain,
       (SELECT count(*)::int FROM areas) AS areas, (SELECT count(*)::int FROM checked) AS checked,
       (SELECT count(*)::int FROM pg_constraint WHERE conrelid = 'bounds'::regclass) AS keys,
       to_regclass('people_name') IS NOT NULL AS index`,
  );
  expect(row).toEqual({ total: 2, plain: "Zoe", areas: 1, checked: 1, keys: 1, index: true });
  expect(await fixture.server.sql("postgres", "SELECT FROM pg_database WHERE datname ~ 'incomplete'")).toEqual([]);
  await fixture.server.sql("postgres", "DROP DATABASE back");

  // With the cures, nothing is left to say.
  await fixture.server.sql("helped", ...new Set(cures));
  const cured = await fixture.run({ database: "helped", level: "restore" });
  expect(cured.error).toBeUndefined();
  expect(manifestOf(fixture.manifests().at(-1)!).restore).toBeUndefined();
});

it.each(["custom", "plain"])("the search_path that counts is the one of the source: %s", async (format) => {
  const name = `own_path_${format}`;
  await database(
    name,
    "CREATE SCHEMA extensions; CREATE EXTENSION unaccent SCHEMA extensions",
    `ALTER DATABASE ${name} SET search_path = public, extensions`,
  );
  await fixture.server.sql(name, ...unqualified());
  const made = await fixture.run({ database: name, level: "restore", format });
  expect(made.error).toBeUndefined();
  expect(manifestOf(fixture.manifests()[0]!).restore).toMatchObject({ outcome: "restored" });
  const restored = await restore(name);
  expect(restored.error).toBeUndefined();
  expect(await fixture.server.sql("back", "SELECT plain FROM generated")).toEqual([{ plain: "Zoe" }]);
  await fixture.server.sql("postgres", "DROP DATABASE back");
  // So do the commands for stock tools.
  const command = restoreCommand(manifestOf(fixture.manifests()[0]!), "backups");
  const { code, stderr } = await stockTools(fixture.s3, fixture.server)(command, { PGUSER: "postgres" });
  expect([code, stderr]).toEqual([0, ""]);
  expect(await fixture.server.sql(`${name}_restored`, "SELECT plain FROM generated")).toEqual([{ plain: "Zoe" }]);
});

/** Nobody sets this parameter for a restore. */
const impossible = [
  "SET app.tenant = '1'; CREATE TABLE tenants (id int CHECK (id = current_setting('app.tenant')::int)); INSERT INTO tenants VALUES (1)",
  "CREATE TABLE others (id int PRIMARY KEY); INSERT INTO others VALUES (1), (2), (3)",
];

it("what cannot be restored at all is kept, red, and never a good backup", async () => {
  await database("impossible", "CREATE TABLE others (id int PRIMARY KEY); INSERT INTO others VALUES (7)");
  const good = await fixture.run({ database: "impossible", level: "restore" });
  expect(good.error).toBeUndefined();
  await fixture.server.sql("impossible", "DROP TABLE others", ...impossible);

  const { error, outputs } = await fixture.run({ database: "impossible", level: "restore" });
  expect(outputs).toEqual({ "error-code": "RESTORE_UNPROVEN" });
  expect(error).toMatchObject({ code: "RESTORE_UNPROVEN" });
  expect(error!.message).toMatch(/is kept in s3:\/\/backups\/database\/impossible\/.*data\.dump/);
  expect(error!.message).toMatch(/TABLE DATA public tenants .*unrecognized configuration parameter "app.tenant"/);
  expect(error!.message).toContain(`Last good backup: ${good.outputs["id"]}`);
  const key = fixture.manifests().find((one) => !one.includes(good.outputs["id"]))!;
  const unproven = manifestOf(key);
  expect(unproven).toMatchObject({
    verified: { level: "decode", rows: 4 },
    restore: { outcome: "failed", code: "RESTORE_FAILED" },
  });

  const checked = await fixture.run({ mode: "check", database: "impossible" });
  expect(checked.error).toMatchObject({ code: "RESTORE_UNPROVEN" });
  expect(checked.error!.message).toContain(`The newest good one, ${good.outputs["id"]}`);

  // One that is older than a good one is removed; one that is newer stays, and takes no good one's place.
  const pruned = await fixture.run({ mode: "prune", database: "impossible", "keep-newest": "1" });
  expect(pruned.error).toBeUndefined();
  expect(fixture.manifests()).toHaveLength(2);
  expect(pruned.log.join("\n")).toContain(`keeping ${unproven.id}: newer than the newest good backup`);

  // "latest" is the good one.
  expect((await restore("impossible")).outputs).toMatchObject({ id: good.outputs["id"] });
  expect(await fixture.server.sql("back", "SELECT id FROM others")).toEqual([{ id: 7 }]);
  await fixture.server.sql("postgres", "DROP DATABASE back");

  const refused = await restore("impossible", { backup: unproven.id });
  expect(refused.error).toMatchObject({ code: "RESTORE_UNPROVEN" });
  expect(refused.error!.message).toContain("accept-unproven: true");
  expect(await fixture.server.sql("postgres", "SELECT FROM pg_database WHERE datname = 'back'")).toEqual([]);

  const accepted = await restore("impossible", { backup: unproven.id, "accept-unproven": "true" });
  expect(accepted.error).toBeUndefined();
  expect(accepted.log.join("\n")).toMatch(/warning: back is not complete: TABLE DATA public tenants/);
  expect(accepted.log.join("\n")).toMatch(/public\.tenants: 0 rows instead of 1/);
  expect(await fixture.server.sql("back", "SELECT count(*)::int FROM others")).toEqual([{ count: 3 }]);
  await fixture.server.sql("postgres", "DROP DATABASE back");
});

it("without any good backup, the unproven one is named, and not taken", async () => {
  await database("hopeless", ...impossible);
  expect((await fixture.run({ database: "hopeless", level: "restore" })).error).toMatchObject({
    code: "RESTORE_UNPROVEN",
    message: expect.stringContaining("There is no good backup of this database"),
  });
  const { error } = await restore("hopeless");
  expect(error).toMatchObject({ code: "RESTORE_UNPROVEN" });
  expect((await fixture.run({ mode: "check", database: "hopeless" })).error).toMatchObject({
    code: "RESTORE_UNPROVEN",
  });
  const pruned = await fixture.run({ mode: "prune", database: "hopeless" });
  expect(pruned.log.join("\n")).toContain("there is no good backup");
  expect((await restore("hopeless", { "accept-unproven": "true" })).error).toBeUndefined();
  await fixture.server.sql("postgres", "DROP DATABASE back");
});

it("into a database that existed before, it is all or nothing", async () => {
  await database("strict", "CREATE EXTENSION unaccent", ...unqualified());
  await fixture.run({ database: "strict" });
  await fixture.server.sql("postgres", "CREATE DATABASE back");
  const { error } = await restore("strict");
  expect(error).toMatchObject({ code: "RESTORE_FAILED", message: expect.stringContaining("new database") });
  expect(await fixture.server.sql("back", "SELECT FROM pg_class WHERE relname = 'people'")).toEqual([]);
  await fixture.server.sql("postgres", "DROP DATABASE back");
});

it("a materialized view of a server that is out of reach is left over, and everything else is restored", async () => {
  const { host } = fixture.server.connection;
  await database(
    "federated",
    "CREATE EXTENSION postgres_fdw",
    "CREATE TABLE local (i int); INSERT INTO local VALUES (1)",
  );
  await fixture.server.sql(
    "federated",
    `CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '${host}', dbname 'app')`,
    "CREATE USER MAPPING FOR postgres SERVER other OPTIONS (user 'postgres')",
    "CREATE FOREIGN TABLE far (id int) SERVER other OPTIONS (table_name 'users')",
    "CREATE MATERIALIZED VIEW near AS SELECT count(*) FROM far",
    "ALTER SERVER other OPTIONS (ADD port '1')",
  );
  const { error } = await fixture.run({ database: "federated", level: "restore" });
  expect(error).toMatchObject({ code: "RESTORE_UNPROVEN" });
  expect(error!.message).toMatch(/MATERIALIZED VIEW DATA public near .*could not connect to server/);
  const restored = await restore("federated", { "accept-unproven": "true" });
  expect(restored.error).toBeUndefined();
  expect(await fixture.server.sql("back", "SELECT i FROM local")).toEqual([{ i: 1 }]);
  await fixture.server.sql("postgres", "DROP DATABASE back");
});

it("a restore that takes too long does not cost the backup", async () => {
  const slow = { level: "restore", assertions: "SELECT pg_sleep(60) IS NOT NULL", "timeout-minutes": "5" };
  // A dump that took nearly all of the time, on a machine that has as much time as it needs for the rest.
  const isStored = () => [...fixture.s3.objects.keys()].some((key) => key.includes("/data.dump"));
  const clock = { ...systemClock, now: () => systemClock.now() + (isStored() ? 295_000 : 0) };
  const { error } = await fixture.run(slow, { clock });
  expect(error).toMatchObject({ code: "RESTORE_UNPROVEN" });
  expect(error!.message).toMatch(
    /is kept in s3:.*\(TIMED_OUT\): The restore was not finished[\s\S]*Raise timeout-minutes/,
  );
  await fixture.expectAllVerify("app");
});
