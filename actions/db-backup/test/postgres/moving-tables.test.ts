// Tables that come and go while the backup begins, and locks that are held no longer than needed.
import { execFileSync } from "node:child_process";
import pg from "pg";
import { afterEach, expect, it, vi } from "vitest";
import { systemClock } from "../../../shared/src/clock.ts";
import { bucketClient } from "../../src/clients.ts";
import { readBack } from "../../src/modes/verify.ts";
import { connect } from "../../src/postgres/connection.ts";
import { SnapshotCounter } from "../../src/postgres/count-snapshot.ts";
import { assertNotReplaced, takeSnapshot } from "../../src/postgres/snapshot.ts";
import type { Manifest } from "../../src/storage/manifest.ts";
import { Store } from "../../src/storage/store.ts";
import { Fixture, isLong } from "./fixture.ts";

const fixture = Fixture.set();

const open: pg.Client[] = [];
afterEach(async () => {
  for (const client of open.splice(0)) await client.end();
});

async function client(database = "app"): Promise<pg.Client> {
  const one = new pg.Client({ host: fixture.server.connection.host, database, user: "postgres" });
  await one.connect();
  open.push(one);
  return one;
}

/** How many sessions wait for a lock. */
async function waiting(database: string): Promise<number> {
  const [{ count }] = await fixture.server.sql(
    "postgres",
    `SELECT count(*)::int FROM pg_stat_activity WHERE datname = '${database}' AND wait_event_type = 'Lock'`,
  );
  return count;
}
const waits = async (): Promise<boolean> => (await waiting("app")) > 0;

it("that are made, replaced and dropped all the time fail no backup", { timeout: 600_000 }, async () => {
  // One table is replaced in the time that an undisturbed backup takes here and now: in most runs at a bad moment.
  const began = Date.now();
  await fixture.run();
  const pause = (Date.now() - began) / 1000;
  const worker = await client();
  const state = { isDone: false };
  const work = (async () => {
    for (let round = 0; !state.isDone; round += 1) {
      await worker.query(`SELECT pg_sleep(${pause})`);
      await worker.query(`CREATE TABLE staging_${round} AS SELECT generate_series(1, 50) AS i`);
      await worker.query(`DROP TABLE IF EXISTS current; ALTER TABLE staging_${round} RENAME TO current`);
      await worker.query(`CREATE TABLE brief_${round} (id serial); DROP TABLE brief_${round}`);
    }
  })();
  try {
    for (let run = 0; run < (isLong ? 40 : 8); run += 1)
      expect((await fixture.run()).error, `run ${run}`).toBeUndefined();
  } finally {
    state.isDone = true;
    await work;
    await fixture.server.sql("app", "DROP TABLE IF EXISTS current");
  }
  await fixture.expectAllVerify("app");
});

it("of which one is dropped while its lock is waited for: the next snapshot has the rest", async () => {
  await fixture.server.sql("app", "CREATE TABLE doomed (i int)");
  const holder = await client();
  await holder.query("BEGIN; LOCK TABLE doomed IN ACCESS EXCLUSIVE MODE");
  const backup = fixture.run();
  await vi.waitUntil(waits, { timeout: 30_000 });
  await holder.query("DROP TABLE doomed; COMMIT");
  const { error, log } = await backup;
  expect(error).toBeUndefined();
  expect(log.join("\n")).toContain("tables were dropped or replaced while pg_dump began; dumping another snapshot");
  expect(log.join("\n")).toContain("2000 rows of 1 tables");
});

it("of which one is emptied before pg_dump locks it: its rows are not lost silently", async () => {
  await fixture.server.sql("app", "CREATE TABLE emptied AS SELECT generate_series(1, 70) AS i");
  const session = await connect({ ...fixture.server.connection, database: "app" }, { failure: "DUMP_FAILED" });
  const snapshot = await takeSnapshot(session);
  await assertNotReplaced(session, snapshot);
  await fixture.server.sql("app", "TRUNCATE emptied");
  await expect(assertNotReplaced(session, snapshot)).rejects.toMatchObject({
    message: expect.stringContaining("truncated or rewritten before pg_dump could lock them: public.emptied"),
  });
  await session.end();
  await fixture.server.sql("app", "DROP TABLE emptied");
});

it("of which a partitioned one is dropped while pg_dump waits for it: nothing else had to count it", async () => {
  await fixture.server.sql("app", "CREATE TABLE parts (i int) PARTITION BY RANGE (i)");
  const holder = await client();
  await holder.query("BEGIN; LOCK TABLE ONLY parts IN ACCESS EXCLUSIVE MODE");
  const backup = fixture.run();
  await vi.waitUntil(waits, { timeout: 30_000 });
  await holder.query("DROP TABLE parts; COMMIT");
  const { error, log } = await backup;
  expect(error).toBeUndefined();
  expect(log.join("\n")).toContain("dumping another snapshot: ");
  expect(log.join("\n")).toContain("2000 rows of 1 tables");
});

it("of which one is changed as soon as pg_dump lets it go are counted if they can be, and named otherwise", async () => {
  await fixture.server.sql("postgres", "CREATE DATABASE queued TEMPLATE app");
  for (const name of ["altered", "dropped", "emptied"])
    await fixture.server.sql("queued", `CREATE TABLE ${name} AS SELECT generate_series(1, 70) AS i`);
  const session = await connect({ ...fixture.server.connection, database: "queued" }, { failure: "DUMP_FAILED" });
  const { tables } = await takeSnapshot(session);
  // What pg_dump does.
  const dump = await client("queued");
  await dump.query("BEGIN; LOCK TABLE altered, dropped, emptied, users IN ACCESS SHARE MODE");
  const changes = ["ALTER TABLE altered ADD j int", "DROP TABLE dropped", "TRUNCATE emptied"];
  const changing = await Promise.all(changes.map(async (text) => ({ done: (await client("queued")).query(text) })));
  await vi.waitUntil(async () => (await waiting("queued")) === 3, { timeout: 30_000 });
  const dumpEnded = Promise.withResolvers<void>();
  // As large as if they were not counted before the dump.
  const large = tables.map((table) => ({ ...table, bytes: 2 ** 30 }));
  const counting = new SnapshotCounter(session, large, { lockTimeoutSeconds: 10 }).countLarge(dumpEnded.promise);
  await dump.query("COMMIT");
  await Promise.all(changing.map(({ done }) => done));
  dumpEnded.resolve();
  expect(await counting).toEqual({
    rows: { "public.users": 2000, "public.altered": 70 },
    uncounted: ["public.dropped", "public.emptied"],
    unreadable: [],
  });
  await session.end();
});

it("that could not be counted in the database have the dump's own count", async () => {
  await fixture.run();
  const manifest = JSON.parse(fixture.s3.objects.get(fixture.manifests()[0]!)!.body.toString()) as Manifest;
  const store = new Store({
    s3: bucketClient({ pathStyle: true, checksums: true }, fixture.s3.client),
    bucket: "backups",
    kmsKey: undefined,
    clock: systemClock,
    log: () => undefined,
  });
  const options = { store, programs: fixture.server.programs, clock: systemClock, identity: undefined };
  const { rows, verification } = await readBack({ ...manifest, rows: {} }, { ...options, uncounted: ["public.users"] });
  expect([rows, verification.tables]).toEqual([{ "public.users": 2000 }, 1]);
  await expect(readBack({ ...manifest, rows: {} }, options)).rejects.toMatchObject({ code: "ROWS_DIFFER" });
});

it("are locked until dump and count are done, and not while the backup is read back", async () => {
  const { host } = fixture.server.connection;
  const held: string[] = [];
  fixture.s3.onRequest = (operation, key) => {
    if (operation !== "get" || !key.includes("data.dump")) return;
    const sessions = `SELECT count(*) FROM pg_stat_activity a WHERE application_name = 'rainbow-backup' AND
      (backend_xmin IS NOT NULL OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND relation = 'users'::regclass))`;
    const command = ["--host", host, "--username=postgres", "--tuples-only", "--no-align", `--command=${sessions}`];
    held.push(execFileSync(fixture.server.programs.path("psql"), [...command, "app"], { encoding: "utf8" }).trim());
  };
  expect((await fixture.run()).error).toBeUndefined();
  expect(new Set(held)).toEqual(new Set(["0"]));
});
