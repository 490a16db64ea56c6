// The proof happens on a server like that of the source, or says before the dump what this machine lacks.
import { expect, it } from "vitest";
import { Fixture } from "./fixture.ts";
import type { Manifest } from "../../src/storage/manifest.ts";
import { createEphemeralDatabase, findMissing } from "../../src/load/ephemeral-database.ts";
import { runProcess } from "../../../shared/src/process.ts";
import { systemClock } from "../../../shared/src/clock.ts";
import type { Session } from "../../src/postgres/connection.ts";

const fixture = Fixture.set();

const newestManifest = (): Manifest =>
  JSON.parse(fixture.s3.objects.get(fixture.manifests().at(-1)!)!.body.toString()) as Manifest;

/** How a proof went that has nothing to remark. */
const proof = async (database: string) => {
  const { error, outputs } = await fixture.run({ database, level: "restore" });
  return { error, verified: outputs["verified"], restore: newestManifest().restore };
};
const good = { error: undefined, verified: "restore", restore: undefined };

it.each([
  ["C.UTF-8", "LC_COLLATE = 'C.UTF-8' LC_CTYPE = 'C.UTF-8'"],
  ["ICU", "LOCALE_PROVIDER = icu ICU_LOCALE = 'ja-JP' LC_COLLATE = 'C.UTF-8' LC_CTYPE = 'C.UTF-8'"],
])("checks and partitions of text have the locale of the source: %s", async (name, locale) => {
  if (name === "ICU" && fixture.server.programs.major < 15) return;
  const database = `located_${name.slice(0, 1).toLowerCase()}`;
  await fixture.server.sql("postgres", `CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8' ${locale}`);
  await fixture.server.sql(
    database,
    String.raw`CREATE TABLE named (name text CHECK (name ~ '^\w+$'))`,
    "INSERT INTO named VALUES ('虹')",
    "CREATE TABLE parts (name text) PARTITION BY RANGE (name)",
    "CREATE TABLE first PARTITION OF parts FOR VALUES FROM (MINVALUE) TO ('ん')",
    "CREATE TABLE second PARTITION OF parts FOR VALUES FROM ('ん') TO (MAXVALUE)",
    "INSERT INTO parts VALUES ('あ'), ('塩尻')",
  );
  expect(await proof(database)).toEqual(good);
});

it("text of another encoding is restored in it", async () => {
  await fixture.server.sql(
    "postgres",
    "CREATE DATABASE euc TEMPLATE template0 ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C'",
  );
  await fixture.server.sql(
    "euc",
    "CREATE TABLE t (name text CHECK (octet_length(name) = 2)); INSERT INTO t VALUES ('虹')",
  );
  expect(await proof("euc")).toEqual(good);
});

it("owners, privileges and tablespaces are restored, and the owner's rights count", async () => {
  await fixture.server.sql("postgres", `COPY (SELECT 1) TO PROGRAM 'mkdir ${fixture.server.connection.host}/fast'`);
  await fixture.server.sql(
    "postgres",
    `CREATE TABLESPACE "fast one" LOCATION '${fixture.server.connection.host}/fast'`,
    'CREATE ROLE readers; CREATE ROLE reporter IN ROLE readers; CREATE ROLE "Odd owner" SUPERUSER',
    "CREATE DATABASE owned",
  );
  await fixture.server.sql(
    "owned",
    'CREATE TABLE sales (i int) TABLESPACE "fast one"; INSERT INTO sales VALUES (1), (2)',
    "GRANT SELECT ON sales TO readers",
    "CREATE MATERIALIZED VIEW report AS SELECT count(*) FROM sales",
    // It is refreshed with the rights of its owner, which come from a membership.
    "ALTER MATERIALIZED VIEW report OWNER TO reporter",
    "CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
    'CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION note(); ALTER EVENT TRIGGER noted OWNER TO "Odd owner"',
  );
  expect(await proof("owned")).toEqual(good);
  // A server without the tablespace gets the table all the same.
  const globals = [...fixture.s3.objects].find(([key]) => key.endsWith("globals.sql"))![1].body.toString();
  expect(globals).toContain('CREATE TABLESPACE "fast one"');
  await fixture.server.sql("owned", "ALTER TABLE sales SET TABLESPACE pg_default");
  await fixture.server.sql("postgres", 'DROP TABLESPACE "fast one"');
  const restored = await fixture.run({ mode: "restore", database: "owned", "to-database": "back", confirm: "back" });
  expect(restored.error).toBeUndefined();
  expect(restored.log.join("\n")).toContain("this server lacks the tablespaces fast one");
  expect(await fixture.server.sql("back", "SELECT count::int FROM report")).toEqual([{ count: 2 }]);
  await fixture.server.sql("postgres", "DROP DATABASE back");
});

it("a locale of the operating system that is missing here is replaced by C.UTF-8", async () => {
  const locale = {
    encoding: "UTF8",
    collate: "xx_XX.UTF-8",
    ctype: "xx_XX.UTF-8",
    provider: "libc" as const,
    locale: undefined,
    icuRules: undefined,
  };
  const { connection, substitute } = await createEphemeralDatabase(fixture.server.connection, locale);
  expect(substitute).toBe("UTF8, C.UTF-8");
  const [row] = await fixture.server.sql(connection.database, String.raw`SELECT '虹' ~ '^\w+$' AS word`);
  expect(row).toEqual({ word: true });
  await fixture.server.sql("postgres", `DROP DATABASE ${connection.database}`);
});

it("an extension that cannot be created here is named before the dump, and the backup is good at level decode", async () => {
  await fixture.server.sql("postgres", "CREATE DATABASE extended");
  await fixture.server.sql(
    "extended",
    "CREATE EXTENSION earthdistance CASCADE",
    "CREATE TABLE places (at point); INSERT INTO places VALUES (point(137.95, 36.11))",
  );
  // On this machine it has another name: the source then has one that this machine lacks.
  await fixture.server.sql("extended", "UPDATE pg_extension SET extname = 'of_others' WHERE extname = 'earthdistance'");
  const result = await fixture.run({ database: "extended", level: "restore", assertions: "SELECT true" });
  expect(result.error).toBeUndefined();
  expect(result.outputs).toMatchObject({ verified: "decode" });
  const warning = result.log.findIndex((line) => /warning: .*extension of_others cannot be created/.test(line));
  expect(warning).toBeGreaterThanOrEqual(0);
  expect(warning).toBeLessThan(result.log.findIndex((line) => line.includes("stored; reading it back")));
  expect(newestManifest()).toMatchObject({
    verified: { level: "decode" },
    restore: { outcome: "skipped", why: expect.stringContaining("of_others") },
  });
  // It is a good one.
  expect((await fixture.run({ mode: "check", database: "extended" })).error).toBeUndefined();
});

/** A source with collations that no machine has. */
const foreign = (rows: Record<string, unknown>[]): Pick<Session, "query"> => ({
  query: async <Row>(text: string) => (text.includes("pg_collation") ? rows : []) as Row[],
});

it("collations that this machine lacks are named", async () => {
  const log: string[] = [];
  const missing = await findMissing(
    foreign([
      { name: "xx_XX.utf8", isOwn: false, provider: "c", collate: "xx_XX.utf8", ctype: "xx_XX.utf8" },
      { name: "mine", isOwn: true, provider: "c", collate: "yy_YY.utf8", ctype: "yy_YY.utf8" },
      { name: "fine", isOwn: true, provider: "c", collate: "C.UTF-8", ctype: "C.UTF-8" },
      { name: "und-x-icu", isOwn: false, provider: "i", collate: null, ctype: null },
    ]),
    { programs: fixture.server.programs, run: runProcess, clock: systemClock, log: (line) => log.push(line) },
  );
  expect(missing).toEqual([
    'This machine lacks the locale of the collation "xx_XX.utf8".',
    expect.stringMatching(/^This machine lacks the locale yy_YY\.utf8 of the collation mine: .*yy_YY\.utf8/),
  ]);
});
