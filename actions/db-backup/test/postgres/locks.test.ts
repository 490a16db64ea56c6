// Databases of more tables, indexes or large objects than one transaction may lock on a server with default settings.
import { expect, it } from "vitest";
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
