// Databases of more tables, indexes or large objects than one transaction may lock on a server with default settings.
import { expect, it, vi } from "vitest";
import { Fixture } from "./fixture.ts";

const fixture = Fixture.set();

/** 3,000 tables with 4 indexes each: one transaction that touches all of them needs 15,000 locks. */
async function createManyTables(database: string): Promise<void> {
  await fixture.server.sql("postgres", `CREATE DATABASE ${database}`);
  for (let from = 1; from <= 3000; from += 250)
    await fixture.server.sql(
      database,
      `DO $$ BEGIN FOR i IN ${from}..${from + 249} LOOP
         EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a int, b int, c int)', i);
         EXECUTE format('CREATE INDEX ON t%s (a)', i);
         EXECUTE format('CREATE INDEX ON t%s (b)', i);
         EXECUTE format('CREATE INDEX ON t%s (c)', i);
         EXECUTE format('INSERT INTO t%s VALUES (1), (2)', i);
       END LOOP; END $$`,
    );
}

it("3,000 tables with 4 indexes each are counted without keeping their locks", async () => {
  await createManyTables("many");
  const made = await fixture.run({ database: "many" });
  expect(made.error).toBeUndefined();
  expect(made.log.join("\n")).toContain("6000 rows of 3000 tables");
});

/** Large objects with an owner: each ALTER LARGE OBJECT … OWNER takes a lock. */
async function createLargeObjects(database: string): Promise<void> {
  await fixture.server.sql("postgres", `CREATE DATABASE ${database}`);
  await fixture.server.sql(
    database,
    "CREATE TABLE files (id int PRIMARY KEY, content oid)",
    "INSERT INTO files SELECT i, lo_create(0) FROM generate_series(1, 10000) i",
    "INSERT INTO files SELECT i, lo_create(0) FROM generate_series(10001, 20000) i",
    "SELECT lo_put(content, 0, convert_to(id::text, 'UTF8')) FROM files WHERE id % 1000 = 0",
  );
}

it("20,000 large objects are proved and restored as on a server with default settings", async () => {
  await createLargeObjects("objects");
  const made = await fixture.run({ database: "objects", level: "restore" });
  expect(made.error).toBeUndefined();
  expect(made.log.join("\n")).toMatch(/one transaction would need about 2\d{4} locks, and the server has \d{4} /);

  const restore = (more: Record<string, string> = {}) =>
    fixture.run({ mode: "restore", database: "objects", "to-database": "back", confirm: "back", ...more });
  // A database that was there before cannot be dropped if it fails.
  await fixture.server.sql("postgres", "CREATE DATABASE back");
  for (const choice of ["auto", "false"]) {
    const { error } = await restore({ "single-transaction": choice });
    expect(error).toMatchObject({ code: "RESTORE_FAILED" });
    expect(error!.message).toMatch(
      /existed before, .* about 2\d{4} locks[\s\S]*Nothing was restored[\s\S]*about 256\)/,
    );
  }
  await fixture.server.sql("postgres", "DROP DATABASE back");

  const restored = await restore();
  expect(restored.error).toBeUndefined();
  expect(restored.log.join("\n")).toMatch(/back is called db_backup_incomplete_\w+ until it is complete/);
  expect(
    await fixture.server.sql(
      "back",
      "SELECT count(*)::int, (SELECT count(*)::int FROM files) AS files FROM pg_largeobject_metadata",
    ),
  ).toEqual([{ count: 20_000, files: 20_000 }]);
  const [content] = await fixture.server.sql(
    "back",
    "SELECT convert_from(lo_get(content), 'UTF8') AS text FROM files WHERE id = 20000",
  );
  expect(content).toEqual({ text: "20000" });
  await fixture.server.sql("postgres", "DROP DATABASE back");

  // As asked for, and then PostgreSQL's own words.
  const { error } = await restore({ "single-transaction": "true" });
  expect(error!.message).toMatch(/out of shared memory/);
  expect(await fixture.server.sql("postgres", "SELECT FROM pg_database WHERE datname ~ '^(back|db_backup)'")).toEqual(
    [],
  );
});

it("a restore that fails without one transaction leaves no database", async () => {
  await fixture.server.sql("postgres", "CREATE DATABASE unlucky");
  await fixture.server.sql(
    "unlucky",
    "SET app.tenant = '1'; CREATE TABLE tenants (id int CHECK (id = current_setting('app.tenant')::int)); INSERT INTO tenants VALUES (1)",
  );
  await fixture.run({ database: "unlucky" });
  const { error } = await fixture.run({
    mode: "restore",
    database: "unlucky",
    "to-database": "back",
    confirm: "back",
    "single-transaction": "false",
  });
  expect(error).toMatchObject({
    code: "RESTORE_FAILED",
    message: expect.stringContaining("TABLE DATA public tenants"),
  });
  expect(await fixture.server.sql("postgres", "SELECT FROM pg_database WHERE datname ~ '^(back|db_backup)'")).toEqual(
    [],
  );
});

it("a plain dump that needs too many locks is restored without one transaction", async () => {
  const made = await fixture.run({ database: "objects", format: "plain" });
  expect(made.error).toBeUndefined();
  const restored = await fixture.run({ mode: "restore", database: "objects", "to-database": "back", confirm: "back" });
  expect(restored.error).toBeUndefined();
  expect(restored.log.join("\n")).toContain("loading without one");
  await fixture.server.sql("postgres", "DROP DATABASE back");
});

it("a restore without one transaction that is killed leaves no database of the target's name", async () => {
  await fixture.run({ database: "large" });
  const target = { "to-database": "back", confirm: "back", "single-transaction": "false" };
  const running = fixture.process("killed", { mode: "restore", database: "large", ...target });
  const incomplete = () =>
    fixture.server.sql("postgres", "SELECT datname FROM pg_database WHERE datname ~ 'incomplete'");
  await vi.waitUntil(async () => (await incomplete()).length > 0, { timeout: 60_000, interval: 20 });
  running.kill("SIGKILL");
  await running.exited;
  expect(await fixture.server.sql("postgres", "SELECT FROM pg_database WHERE datname = 'back'")).toEqual([]);
  const [{ datname }] = (await incomplete()) as [{ datname: string }];
  await fixture.server.sql("postgres", `DROP DATABASE ${datname} WITH (FORCE)`);
});
