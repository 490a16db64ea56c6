// Migrations go back as they came: what each one makes, its Down part takes away.
import { readdirSync } from "node:fs";
import { runner } from "node-pg-migrate";
import { afterAll, expect, it } from "vitest";
import { migrate } from "../src/migrations.ts";
import { runApi, silent } from "./running-api.ts";

const { asMaster, migrationConfig, stop } = await runApi("migrations_back");
afterAll(stop);

/** Tables with their columns, indexes, constraints and functions. */
const schemaQuery = `
  SELECT table_name || '.' || column_name || ' ' || data_type || coalesce(' ' || column_default, '') AS line
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
  UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'migrations'
  UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  ORDER BY line`;

it("one by one back to nothing, and forward again to the same schema", async () => {
  const master = await asMaster();
  const schema = async () => (await master.query<{ line: string }>(schemaQuery)).rows.map(({ line }) => line);
  const step = (direction: "up" | "down", count: number) =>
    runner({
      dbClient: master,
      dir: "api/migrations",
      migrationsTable: "migrations",
      direction,
      count,
      verbose: false,
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    });
  try {
    const schemas = [await schema()];
    const all = readdirSync("api/migrations").length;
    for (let back = 0; back < all; back += 1) {
      expect(await step("down", 1)).toHaveLength(1);
      schemas.push(await schema());
    }
    expect(schemas.pop()).toEqual([]);
    for (let forward = 1; forward < all; forward += 1) {
      await step("up", 1);
      expect(await schema()).toEqual(schemas.pop());
    }
    expect((await migrate(migrationConfig, silent)).done).toHaveLength(1);
    expect(await schema()).toEqual(schemas.pop());
  } finally {
    await master.end();
  }
});
