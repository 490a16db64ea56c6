// Tables of extensions with rows of users: pg_dump writes those that the extension has registered, by its condition.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Fixture } from "./fixture.ts";

const fixture = Fixture.set();
/** PostgreSQL looks for extensions in one folder alone, which tests of other checkouts use as well. */
const extension = `rainbow_test_${process.pid}`;
let files: string[] = [];

beforeAll(async () => {
  const [{ folder }] = await fixture.server.sql(
    "postgres",
    "SELECT setting AS folder FROM pg_config WHERE name = 'SHAREDIR'",
  );
  const path = (name: string) => join(folder, "extension", name);
  files = [path(`${extension}.control`), path(`${extension}--1.0.sql`)];
  writeFileSync(files[0]!, "default_version = '1.0'\nrelocatable = true\n");
  writeFileSync(
    files[1]!,
    [
      "CREATE TABLE jobs (id int PRIMARY KEY, command text);",
      "INSERT INTO jobs VALUES (1, 'built in'), (2, 'built in');",
      'CREATE TABLE "Odd settings" (name text);',
      "CREATE TABLE internal (id int);",
      "INSERT INTO internal VALUES (1);",
      "SELECT pg_extension_config_dump('jobs', 'WHERE id >= 100');",
      "SELECT pg_extension_config_dump('\"Odd settings\"', '');",
    ].join("\n"),
  );
});
afterAll(() => {
  for (const file of files) rmSync(file, { force: true });
});

const withExtension = async (database: string, ...statements: string[]): Promise<void> => {
  await fixture.server.sql("postgres", `CREATE DATABASE ${database}`);
  await fixture.server.sql(database, `CREATE EXTENSION ${extension}`, ...statements);
};

it("are counted as pg_dump writes them, proven by a restore, and come back", async () => {
  await withExtension(
    "extended",
    "CREATE TABLE users (id int); INSERT INTO users VALUES (1)",
    "INSERT INTO jobs VALUES (100, 'mine'), (101, 'mine')",
    `INSERT INTO "Odd settings" VALUES ('retention')`,
  );
  const { error, log } = await fixture.run({ database: "extended", level: "restore" });
  expect(error).toBeUndefined();
  expect(log.join("\n")).toContain("4 rows of 3 tables");

  const target = { "to-database": "brought_back", confirm: "brought_back" };
  const restored = await fixture.run({ mode: "restore", database: "extended", ...target });
  expect(restored.error).toBeUndefined();
  const jobs = await fixture.server.sql("brought_back", "SELECT id FROM jobs ORDER BY 1");
  expect(jobs.map(({ id }) => id)).toEqual([1, 2, 100, 101]);
});

it("of another extension that nobody has used yet are no database of anybody", async () => {
  await withExtension("only_extension");
  expect((await fixture.run({ database: "only_extension" })).error).toMatchObject({ code: "EMPTY_DATABASE" });
});

it("that the role may not read are named", async () => {
  await withExtension("guarded", "CREATE TABLE users (id int); GRANT SELECT ON users TO reader");
  const { error } = await fixture.run({ database: "guarded", user: "reader" });
  expect(error).toMatchObject({ code: "NOT_READABLE" });
  expect(error!.message).toContain('public."Odd settings", public.jobs');
});
