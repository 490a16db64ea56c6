// The last steps of a recovery: rows copied back into the live database, or its name given to the restored one.
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Fixture } from "./fixture.ts";

const fixture = Fixture.set();
const sql = (database: string, ...statements: string[]) => fixture.server.sql(database, ...statements);

beforeEach(async () => {
  await sql("postgres", "CREATE DATABASE shop TEMPLATE template0");
  await sql(
    "shop",
    "CREATE SCHEMA sales",
    "CREATE TABLE sales.customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, data json)",
    `CREATE TABLE sales."Odd orders" (id serial PRIMARY KEY, customer int REFERENCES sales.customers, total numeric,
       twice numeric GENERATED ALWAYS AS (total * 2) STORED)`,
    "INSERT INTO sales.customers (name, data) SELECT 'c' || i, '{}' FROM generate_series(1, 100) i",
    `INSERT INTO sales."Odd orders" (customer, total) SELECT i, i * 1.5 FROM generate_series(1, 100) i`,
    "CREATE TABLE notes (text text)",
    "INSERT INTO notes VALUES ('one'), ('two')",
  );
  await fixture.run({ database: "shop" });
  await fixture.run({ mode: "restore", database: "shop", "to-database": "shop_restored", confirm: "shop_restored" });
});

const open: pg.Client[] = [];
afterEach(async () => {
  for (const client of open.splice(0)) await client.end().catch(() => undefined);
  const names = await sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'shop%'");
  for (const { datname } of names) await sql("postgres", `DROP DATABASE "${datname}" WITH (FORCE)`);
});

const copyBack = (more: Record<string, string>) =>
  fixture.run({ mode: "copy-back", database: "shop", "from-database": "shop_restored", confirm: "shop", ...more });
const swap = (more: Record<string, string> = {}) =>
  fixture.run({ mode: "swap", database: "shop", "from-database": "shop_restored", confirm: "shop", ...more });
const everything = (database: string) =>
  sql(
    database,
    `SELECT (SELECT json_agg(c ORDER BY id) FROM sales.customers c) AS customers,
       (SELECT json_agg(o ORDER BY id) FROM sales."Odd orders" o) AS orders`,
  );

it("rows that are missing come back, and nothing else changes", async () => {
  const before = await everything("shop");
  await sql("shop", `DELETE FROM sales."Odd orders" WHERE id <= 40`, "DELETE FROM sales.customers WHERE id <= 40");
  await sql("shop", "UPDATE sales.customers SET name = 'changed since' WHERE id = 50");
  // The child first, as a person may name them.
  const tables = 'sales."Odd orders"\nsales.customers';

  const planned = await copyBack({ tables, "dry-run": "true", confirm: "" });
  expect(planned.error).toBeUndefined();
  expect(planned.log.join("\n")).toContain(
    "sales.customers: 100 rows in the backup, 60 rows now; 40 rows would be added",
  );
  expect(await sql("shop", "SELECT count(*)::int FROM sales.customers")).toEqual([{ count: 60 }]);

  expect((await copyBack({ tables, confirm: "shop_restored" })).error).toMatchObject({ code: "NOT_CONFIRMED" });
  const { error, log, outputs } = await copyBack({ tables });
  expect(error).toBeUndefined();
  expect(outputs).toEqual({ rows: 80 });
  expect(log.join("\n")).toContain("40 rows added; 1 row with other values now, which stay as they are");
  expect(await sql("shop", "SELECT name FROM sales.customers WHERE id = 50")).toEqual([{ name: "changed since" }]);
  await sql("shop", "UPDATE sales.customers SET name = 'c50' WHERE id = 50");
  expect(await everything("shop")).toEqual(before);
  // Twice is as once.
  expect((await copyBack({ tables })).outputs).toEqual({ rows: 0 });
});

it("a table that was dropped comes back with its keys, and the next row gets a new number", async () => {
  const before = await everything("shop");
  await sql("shop", "DROP TABLE sales.customers CASCADE");
  const { error, log } = await copyBack({ tables: "sales.customers" });
  expect(error).toBeUndefined();
  const followUp = /then by hand: (ALTER TABLE sales\."Odd orders" ADD CONSTRAINT .*;)/.exec(log.join("\n"));
  await sql("shop", followUp![1]!);
  expect(await everything("shop")).toEqual(before);
  expect(await sql("shop", "INSERT INTO sales.customers (name) VALUES ('new') RETURNING id")).toEqual([{ id: 101 }]);
});

it("nothing is copied if something is wrong with one of the tables", async () => {
  await sql("shop", "DELETE FROM sales.customers WHERE id > 1000", "ALTER TABLE sales.customers DROP data");
  await sql("shop", `DELETE FROM sales."Odd orders"`);
  const { error } = await copyBack({ tables: 'sales."Odd orders", sales.customers,notes\nnowhere' });
  expect(error).toMatchObject({ code: "COPY_BACK_FAILED" });
  expect(error!.message).toContain("sales.customers: the columns data do not exist any more");
  expect(error!.message).toContain("notes: has rows and no primary key");
  expect(error!.message).toContain("nowhere: there is no such table in the restored database");
  expect(await sql("shop", `SELECT count(*)::int FROM sales."Odd orders"`)).toEqual([{ count: 0 }]);

  // A child without its parents: refused by the foreign key, all of it.
  await sql("shop", "DELETE FROM sales.customers WHERE id <= 40");
  expect((await copyBack({ tables: 'sales."Odd orders"' })).error).toMatchObject({
    code: "COPY_BACK_FAILED",
    message: expect.stringContaining("violates foreign key constraint"),
  });
  expect(await sql("shop", `SELECT count(*)::int FROM sales."Odd orders"`)).toEqual([{ count: 0 }]);
});

it("the names are swapped while thirty clients reconnect all the time, and none of them sees a third database", async () => {
  await sql("shop", "CREATE TABLE which (name text)", "INSERT INTO which VALUES ('broken')");
  await sql("shop_restored", "CREATE TABLE which (name text)", "INSERT INTO which VALUES ('restored')");
  const state = { isDone: false, seen: new Set<string>() };
  const client = async () => {
    while (!state.isDone) {
      const one = new pg.Client({ host: fixture.server.connection.host, database: "shop", user: "postgres" });
      one.on("error", () => undefined);
      try {
        await one.connect();
        for (let query = 0; query < 50 && !state.isDone; query += 1)
          state.seen.add((await one.query("SELECT name FROM which")).rows[0].name);
      } catch {
        // Ended by the swap, or not let in while it lasts.
      }
      await one.end().catch(() => undefined);
    }
  };
  const clients = Array.from({ length: 30 }, client);
  await expect.poll(() => state.seen).toContain("broken");
  const { error, outputs, log } = await swap();
  expect(error).toBeUndefined();
  expect(outputs).toEqual({ "kept-as": "shop_before_swap" });
  expect(log.at(-1)).toBe("shop_restored is now shop; what was shop is shop_before_swap, complete and untouched");
  await expect.poll(() => state.seen).toContain("restored");
  state.isDone = true;
  await Promise.all(clients);
  expect(await sql("shop_before_swap", "SELECT name FROM which")).toEqual([{ name: "broken" }]);
  // Twice: nothing is left to swap, and nothing is renamed.
  expect((await swap()).error).toMatchObject({
    code: "SWAP_FAILED",
    message: expect.stringContaining("There is no database shop_restored. If an earlier run has swapped the names"),
  });
});

it("the names stay if they are not confirmed, taken, or a session cannot be ended", async () => {
  expect((await swap({ confirm: "shop_restored" })).error).toMatchObject({ code: "NOT_CONFIRMED" });
  expect((await swap({ "keep-as": "large" })).error).toMatchObject({
    code: "SWAP_FAILED",
    message: expect.stringContaining("There is a database large already: choose another name in keep-as."),
  });
  await sql("postgres", "DROP ROLE IF EXISTS swapper", "CREATE ROLE swapper LOGIN CREATEDB");
  await sql("postgres", "ALTER DATABASE shop OWNER TO swapper", "ALTER DATABASE shop_restored OWNER TO swapper");
  const holder = new pg.Client({ host: fixture.server.connection.host, database: "shop", user: "postgres" });
  await holder.connect();
  open.push(holder);
  const { error } = await swap({ user: "swapper" });
  expect(error).toMatchObject({ code: "IN_USE", message: expect.stringMatching(/in use: .*pid \d+/) });
  const names = await sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'shop%' ORDER BY 1");
  expect(names.map(({ datname }) => datname)).toEqual(["shop", "shop_restored"]);
  await holder.end();
  expect((await swap({ user: "swapper" })).error).toBeUndefined();
  await sql("postgres", "REASSIGN OWNED BY swapper TO postgres", "DROP ROLE swapper");
});
