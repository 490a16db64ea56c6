// What can go wrong, and what is left then: no new manifest, earlier backups as they were, nothing that the next run cannot clear away.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { start } from "../../src/programs.ts";
import { ScriptedS3, type Fault, type Operation } from "../scripted-s3.ts";
import { dbBackup, dbBackupProcess, Server, type Ended } from "./server.ts";

/** Full counts come with `npm run test:long`. */
const isLong = process.env["RAINBOW_LONG"] === "1";

let server: Server;
let s3: ScriptedS3;
beforeAll(async () => {
  server = await Server.start();
  await server.sql("postgres", "CREATE DATABASE app", "CREATE DATABASE large", "CREATE ROLE reader LOGIN PASSWORD 'reader-password'");
  await server.sql("app", "CREATE TABLE users (id int PRIMARY KEY, name text)", "INSERT INTO users SELECT i, md5(i::text) FROM generate_series(1, 2000) i", "GRANT SELECT ON users TO reader");
  // More than pipes and parts hold, and nothing that compresses.
  await server.sql("large", "CREATE TABLE noise (data bytea)", "INSERT INTO noise SELECT string_agg(decode(md5(i::text || j::text) || md5(j::text), 'hex'), '') FROM generate_series(1, 40) i, generate_series(1, 20000) j GROUP BY i");
});
afterAll(() => server?.stop());
beforeEach(async () => {
  s3 = await ScriptedS3.start();
});
afterEach(() => s3.stop());

type Bucket = Map<string, string>;
const bucket = (): Bucket => new Map([...s3.objects].filter(([key]) => !key.endsWith("lock.json")).map(([key, { body, etag }]) => [key, `${body.length} ${etag}`]));
const manifests = () => s3.keys("/manifest.json");

/** Nothing that was there has changed; what is new and has a manifest is whole; and the next run is good and clears away. */
async function expectSafe(before: Bucket, database = "app"): Promise<void> {
  for (const [key, what] of before) expect(bucket().get(key), key).toBe(what);
  s3.fault = () => undefined;
  s3.onRequest = () => undefined;
  for (const key of manifests()) {
    const { error } = await dbBackup(s3, server.inputs({ mode: "verify", database, backup: key }));
    expect(error, key).toBeUndefined();
  }
  const next = await dbBackup(s3, server.inputs({ database, "lock-seconds": "2" }));
  expect(next.error).toBeUndefined();
  expect(s3.uploads.size).toBe(0);
}

/** A backup that was there before, so that there is something to lose. */
async function earlier(database = "app"): Promise<Bucket> {
  expect((await dbBackup(s3, server.inputs({ database }))).error).toBeUndefined();
  return bucket();
}

async function expectFailure(ended: Ended, before: Bucket, code: string): Promise<void> {
  expect(ended.error).toMatchObject({ code });
  expect(ended.error!.message).toMatch(/^\[[A-Z_]+\] [\s\S]*\n {2}Next: [\s\S]*Last good backup: backup_/);
  expect(ended.outputs).toEqual({});
  expect(manifests()).toEqual([...before.keys()].filter((key) => key.endsWith("/manifest.json")));
  expect(s3.uploads.size).toBe(0);
}

describe("killed by SIGKILL", () => {
  /** The calls to the bucket, in their order, are the boundaries of the steps. */
  async function steps(): Promise<number> {
    await dbBackup(s3, server.inputs());
    return s3.calls.length;
  }

  async function killAt(step: number, when: "before" | "after"): Promise<void> {
    await s3.stop();
    s3 = await ScriptedS3.start();
    const before = await earlier();
    let count = -1;
    const running = dbBackupProcess(s3, server.inputs({ "lock-seconds": "2" }), `kill-${step}`);
    s3.onRequest = (_operation, _key, moment) => {
      if (moment === "before") count += 1;
      if (count === step && moment === when) running.kill("SIGKILL");
    };
    const { code } = await running.ended;
    if (count >= step) expect(code).not.toBe(0);
    await expectSafe(before);
  }

  it("at every step boundary", { timeout: 600_000 }, async () => {
    const all = await steps();
    expect(all).toBeGreaterThan(15);
    const moments = isLong ? (["before", "after"] as const) : (["before"] as const);
    for (let step = 0; step < all; step += isLong ? 1 : 3) for (const when of moments) await killAt(step, when);
  });

  it("at random moments", { timeout: 3_600_000 }, async () => {
    const before = await earlier("large");
    for (let round = 0; round < (isLong ? 200 : 5); round += 1) {
      const running = dbBackupProcess(s3, server.inputs({ database: "large", "lock-seconds": "2" }), `random-${round}`);
      const after = Math.random() * 1500;
      const timer = setTimeout(() => running.kill("SIGKILL"), after);
      await running.ended;
      clearTimeout(timer);
      for (const [key, what] of before) expect(bucket().get(key), key).toBe(what);
      for (const key of manifests()) expect((await dbBackup(s3, server.inputs({ mode: "verify", database: "large", backup: key }))).error, `${key} after ${after} ms`).toBeUndefined();
    }
    await expectSafe(before, "large");
  });

  it("only pg_dump, in the middle of its work", async () => {
    const before = await earlier("large");
    const running = dbBackupProcess(s3, server.inputs({ database: "large" }), "dump");
    let isKilled = false;
    s3.onRequest = (operation, key) => {
      if (operation !== "part" || !key.includes("data.dump") || isKilled) return;
      isKilled = true;
      execFileSync("pkill", ["-KILL", "-P", String(running.pid), "pg_dump"]);
    };
    const { code, text } = await running.ended;
    expect(code).not.toBe(0);
    expect(text).toMatch(/\[DUMP_FAILED\] pg_dump was killed \(SIGKILL\)/);
    expect([manifests().length, s3.uploads.size]).toEqual([1, 0]);
    await expectSafe(before, "large");
  });

  it("asked to stop by SIGTERM, it takes back what it has sent, and gives the lock back", async () => {
    const before = await earlier("large");
    const running = dbBackupProcess(s3, server.inputs({ database: "large" }), "term");
    let isAsked = false;
    s3.onRequest = (operation, key) => {
      if (operation !== "part" || !key.includes("data.dump") || isAsked) return;
      isAsked = true;
      running.kill("SIGTERM");
    };
    const { code, text } = await running.ended;
    expect(code).not.toBe(0);
    expect(text).toContain("[CANCELLED]");
    expect(s3.uploads.size).toBe(0);
    expect(JSON.parse(s3.objects.get("database/large/lock.json")!.body.toString()).until).toBe("");
    await expectSafe(before, "large");
  });
});

describe("a store that fails", () => {
  const passing: Fault[] = ["500", "503", "SlowDown", "reset", "lost"];

  it.each(passing)("once at each kind of call (%s) is no failure", async (fault) => {
    await earlier();
    const seen = new Set<Operation>();
    s3.fault = (operation) => {
      if (seen.has(operation)) return undefined;
      seen.add(operation);
      return fault;
    };
    const { error } = await dbBackup(s3, server.inputs());
    expect(error).toBeUndefined();
    expect(manifests()).toHaveLength(2);
  });

  const fatal: [Fault, string][] = [["500", "STORE_FAILED"], ["reset", "STORE_FAILED"], ["expired", "CREDENTIALS_EXPIRED"], ["denied", "STORE_DENIED"]];
  const operations: Operation[] = ["put", "uploads", "list", "create", "part", "complete", "head", "get"];
  // The answer to HEAD has no body, so that S3 cannot say there why it refuses.
  const cases = fatal.flatMap(([fault, code]) => operations.map((operation) => [fault, operation, fault === "expired" && operation === "head" ? "STORE_FAILED" : code] as const)).filter((_, index) => isLong || index % 3 === 0);

  it.each(cases)("for good with %s at %s is a failure that leaves nothing", { timeout: 120_000 }, async (fault, operation, code) => {
    const before = await earlier();
    // The lock is read before; what fails is what comes later.
    let began = false;
    s3.onRequest = (one) => (began ||= one === "uploads");
    s3.fault = (one) => (one === operation && (began || operation === "put" || operation === "uploads") ? fault : undefined);
    const { error } = await dbBackup(s3, server.inputs({ "lock-seconds": "2" }));
    expect(error).toMatchObject({ code });
    expect(manifests()).toHaveLength(1);
    await expectSafe(before);
  });

  it("that gives back less than it has is noticed", async () => {
    const before = await earlier();
    s3.fault = (operation, key, count) => (operation === "get" && key.includes("data.dump") && count < 12 ? "short" : undefined);
    // Each answer breaks off in the middle of what is left, so it comes to an end, whole.
    expect((await dbBackup(s3, server.inputs())).error).toBeUndefined();
    for (const [key, what] of before) expect(bucket().get(key)).toBe(what);
  });
});

describe("a database that is not as it should be", () => {
  it.each<[string, Record<string, string>, string, RegExp]>([
    ["a wrong port", { port: "1" }, "CONNECT_FAILED", /:1\/app/],
    ["a host that is none", { host: "nowhere.invalid" }, "CONNECT_FAILED", /nowhere\.invalid/],
    ["a database that is none", { host: "", database: "app" }, "CONNECT_FAILED", /./],
    ["a role that is none", { user: "nobody_knows" }, "AUTH_FAILED", /nobody_knows/],
  ])("%s", async (_what, inputs, code, said) => {
    const before = await earlier();
    if (inputs["host"] === "") await server.sql("postgres", "ALTER DATABASE app RENAME TO hidden");
    const ended = await dbBackup(s3, server.inputs(inputs["host"] === "" ? {} : inputs));
    if (inputs["host"] === "") await server.sql("postgres", "ALTER DATABASE hidden RENAME TO app");
    expect(ended.error!.message).toMatch(said);
    await expectFailure(ended, before, code);
  });

  it("a table that the role may not read, whole or not at all", async () => {
    const before = await earlier();
    await server.sql("app", "CREATE TABLE private (i int)");
    await expectFailure(await dbBackup(s3, server.inputs({ user: "reader" })), before, "NOT_READABLE");
    await server.sql("app", "DROP TABLE private");
  });

  it("row security that would hide rows", async () => {
    const before = await earlier();
    await server.sql("app", "ALTER TABLE users ENABLE ROW LEVEL SECURITY", "CREATE POLICY half ON users USING (id % 2 = 0)");
    await expectFailure(await dbBackup(s3, server.inputs({ user: "reader" })), before, "ROW_SECURITY");
    await server.sql("postgres", "ALTER ROLE reader BYPASSRLS");
    expect((await dbBackup(s3, server.inputs({ user: "reader" }))).error).toBeUndefined();
    await server.sql("app", "DROP POLICY half ON users", "ALTER TABLE users DISABLE ROW LEVEL SECURITY");
    await server.sql("postgres", "ALTER ROLE reader NOBYPASSRLS");
  });

  it("an empty database, unless it is said to be right", async () => {
    await server.sql("postgres", "CREATE DATABASE nothing_in_it");
    const { error } = await dbBackup(s3, server.inputs({ database: "nothing_in_it" }));
    expect(error).toMatchObject({ code: "EMPTY_DATABASE", message: expect.stringContaining("There is no good backup of this database") });
    expect((await dbBackup(s3, server.inputs({ database: "nothing_in_it", "allow-empty": "true" }))).error).toBeUndefined();
  });

  it("a table that somebody has locked", async () => {
    const before = await earlier();
    const { connection } = server;
    const { default: pg } = await import("pg");
    const holder = new pg.Client({ host: connection.host, database: "app", user: "postgres" });
    await holder.connect();
    await holder.query("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
    await expectFailure(await dbBackup(s3, server.inputs({ "lock-timeout": "1" })), before, "LOCK_TIMEOUT");
    await holder.end();
    await expectSafe(before);
  });
});

describe("two backups at once", () => {
  it("are one, and the other says whose turn it is", async () => {
    const before = await earlier("large");
    const hold = Promise.withResolvers<void>();
    s3.fault = (operation, key, count) => (operation === "part" && key.includes("data.dump") && count < 3 ? "SlowDown" : undefined);
    const first = dbBackup(s3, server.inputs({ database: "large", "lock-seconds": "4" }));
    s3.onRequest = (operation) => operation === "create" && hold.resolve();
    await hold.promise;
    const second = await dbBackup(s3, server.inputs({ database: "large", "lock-seconds": "4" }));
    expect((await first).error).toBeUndefined();
    // The second has waited and found the first alive, or has come after its end.
    if (second.error) expect(second.error).toMatchObject({ code: "LOCKED" });
    await expectSafe(before, "large");
  });
});

describe("a stored backup that has changed", () => {
  it("is noticed, whichever bit it is", { timeout: 600_000 }, async () => {
    await dbBackup(s3, server.inputs());
    const key = s3.keys().find((one) => one.includes("/data.dump"))!;
    const { body } = s3.objects.get(key)!;
    for (let round = 0; round < (isLong ? 500 : 40); round += 1) {
      const bit = Math.floor(Math.random() * body.length * 8);
      body[bit >> 3]! ^= 1 << (bit & 7);
      const { error } = await dbBackup(s3, server.inputs({ mode: "verify" }));
      expect(error, `bit ${bit}`).toMatchObject({ code: "CORRUPT" });
      body[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect((await dbBackup(s3, server.inputs({ mode: "verify" }))).error).toBeUndefined();
  });
});

describe("a full disk", () => {
  it("fails a restore into a throw-away server with its own code, and leaves nothing on it", async () => {
    if (process.getuid?.() !== 0) return expect(process.platform).toBe("linux");
    await dbBackup(s3, server.inputs({ database: "large" }));
    const small = mkdtempSync(join(tmpdir(), "small-disk-"));
    mkdirSync(small, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=60m,mode=1777", "tmpfs", small]);
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = small;
    try {
      const { error } = await dbBackup(s3, server.inputs({ mode: "verify", level: "restore", database: "large" }));
      expect(error).toMatchObject({ code: "DISK_FULL" });
      expect(execFileSync("ls", [small], { encoding: "utf8" })).toBe("");
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
      execFileSync("umount", [small]);
      rmSync(small, { recursive: true });
    }
  });
});

describe("a program that has ended before anybody reads what it wrote", () => {
  it("loses nothing of it", async () => {
    const program = start(["sh", "-c", "echo all of it"], { env: { PATH: process.env["PATH"] }, otherwise: "DUMP_FAILED" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    let text = "";
    for await (const piece of program.stdout) text += String(piece);
    expect([text, await program.ended]).toEqual(["all of it\n", ""]);
  });
});

describe("a secret", () => {
  it("is in no argument list, log, summary or manifest", async () => {
    const canary = "canary-7d1e5c";
    await server.sql("postgres", `ALTER ROLE reader PASSWORD '${canary}'`);
    const seen: string[] = [];
    const running = dbBackupProcess(s3, server.inputs({ password: canary, database: "large" }), "secret");
    s3.onRequest = () => void seen.push(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }));
    const { code, text } = await running.ended;
    expect(code, text).toBe(0);
    expect(seen.some((args) => args.includes("pg_dump"))).toBe(true);
    // The runner is told what to hide; that line names it.
    const everything = [text.replaceAll(`::add-mask::${canary}`, ""), ...seen, ...s3.keys().filter((key) => !key.includes("data.dump")).map((key) => s3.objects.get(key)!.body.toString())];
    expect(everything.some((one) => one.includes(canary))).toBe(false);
  });
});
