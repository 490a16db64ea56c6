// What is done in the bucket: uploads, the lock, the list, retention, the check; against a scripted S3.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { chooseBackup, listBackups } from "../src/catalog.ts";
import { check } from "../src/check.ts";
import { BackupError, nextSteps, type Code } from "../src/errors.ts";
import { bucketClient } from "../src/clients.ts";
import { readInputs, type CheckInputs, type PruneInputs } from "../src/inputs.ts";
import { backupFolder, idOf, makeId, timeOf, type Place } from "../src/layout.ts";
import { takeLock } from "../src/lock.ts";
import type { Manifest } from "../src/manifest.ts";
import { prune } from "../src/prune.ts";
import { Store } from "../src/store.ts";
import { atOnce, partSize, sweepUploads, upload } from "../src/upload.ts";
import { openStored } from "../src/stored.ts";
import { ScriptedS3, type Fault } from "./scripted-s3.ts";

const place: Place = { bucket: "backups", prefix: "database", database: "app" };
const now = Date.parse("2026-11-25T09:00:00Z");
let s3: ScriptedS3;
let store: Store;
let clock: ReturnType<typeof simulatedClock>;
let said: string[];
beforeEach(async () => {
  s3 = await ScriptedS3.start();
  clock = simulatedClock(now);
  said = [];
  store = new Store({ s3: bucketClient({ pathStyle: true, checksums: true }, { ...s3.client, requestHandler: { requestTimeout: 300, throwOnRequestTimeout: true } }), bucket: "backups", kmsKey: undefined, clock, log: (line) => said.push(line) });
});
afterEach(() => s3.stop());

async function* inPieces(bytes: Buffer, size = 100_000): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

const settings = { key: "database/app/x/data.dump", run: "me", maxParts: 10_000, checksums: true, mayAppear: async () => {} };
const twentyMegabytes = randomBytes(20_000_000);

describe("an upload", () => {
  it("sends parts, four at a time, with their checksums, and appears with the digest that it says", async () => {
    const stored = await upload(store, inPieces(twentyMegabytes), settings);
    expect(s3.objects.get(settings.key)!.body.equals(twentyMegabytes)).toBe(true);
    expect(stored.bytes).toBe(twentyMegabytes.length);
    expect(s3.calls.filter(({ operation }) => operation === "part").map(({ headers }) => typeof headers["x-amz-checksum-crc32"])).toEqual(["string", "string", "string"]);
    expect((await bytesOf(await openStored(store, stored))).equals(twentyMegabytes)).toBe(true);
  });

  it("holds half a gibibyte at most at a time, up to half a tebibyte: its parts grow, and fewer are under way", () => {
    const held = (part: number) => (atOnce(partSize(part, 10_000)) + 1) * partSize(part, 10_000);
    expect(Math.max(...Array.from({ length: 6000 }, (_, index) => held(index + 1)))).toBe(512 * 2 ** 20);
    expect([1, 3001, 4001, 5001, 9001].map((part) => atOnce(partSize(part, 10_000)))).toEqual([4, 4, 2, 1, 1]);
  });

  it("grows its parts, so that ten thousand of them hold five terabytes", () => {
    const total = (maxParts: number) => Array.from({ length: maxParts }, (_, index) => partSize(index + 1, maxParts)).reduce((sum, size) => sum + size, 0);
    expect(total(10_000)).toBeGreaterThan(5e12);
    expect([partSize(1, 10_000), partSize(1000, 10_000), partSize(1001, 10_000), partSize(10_000, 10_000)]).toEqual([8, 8, 16, 4096].map((size) => size * 1024 * 1024));
    expect(total(1000)).toBeGreaterThan(5e11);
  });

  it.each<[string, Fault[]]>([
    ["server errors", ["500", "503", "SlowDown"]],
    ["cut connections", ["reset", "reset"]],
    ["lost answers", ["lost", "lost"]],
    ["a server that says nothing", ["silence"]],
  ])("goes on through %s at any call", async (_what, faults) => {
    const left = new Map<string, Fault[]>();
    s3.fault = (operation, key) => {
      const own = left.get(`${operation} ${key}`) ?? [...faults];
      left.set(`${operation} ${key}`, own);
      return own.shift();
    };
    await upload(store, inPieces(twentyMegabytes), settings);
    expect(s3.objects.get(settings.key)!.body.equals(twentyMegabytes)).toBe(true);
  });

  it.each<[string, Fault, string]>([
    ["a part is refused for good", "500", "STORE_FAILED"],
    ["the credentials run out", "expired", "CREDENTIALS_EXPIRED"],
    ["the role may not write", "denied", "STORE_DENIED"],
  ])("leaves nothing when %s", async (_what, fault, code) => {
    s3.fault = (operation, _key, count) => (operation === "part" && count >= 1 ? fault : undefined);
    await expect(upload(store, inPieces(twentyMegabytes), settings)).rejects.toMatchObject({ code });
    expect([s3.keys(), s3.uploads.size]).toEqual([[], 0]);
  });

  it("leaves nothing when the stream breaks, when it is not to appear, and when it is empty", async () => {
    async function* broken(): AsyncIterable<Buffer> {
      yield twentyMegabytes;
      throw new Error("the pipe broke");
    }
    await expect(upload(store, broken(), settings)).rejects.toThrow("the pipe broke");
    await expect(upload(store, inPieces(twentyMegabytes), { ...settings, mayAppear: () => Promise.reject(new Error("pg_dump was killed")) })).rejects.toThrow("pg_dump was killed");
    await expect(upload(store, inPieces(Buffer.alloc(0)), settings)).rejects.toMatchObject({ code: "DUMP_FAILED" });
    expect([s3.keys(), s3.uploads.size]).toEqual([[], 0]);
  });

  it("does not take another's object for its own, and never overwrites one", async () => {
    s3.set(settings.key, "somebody else's", { metadata: { run: "other" } });
    await expect(upload(store, inPieces(twentyMegabytes), settings)).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(s3.objects.get(settings.key)!.body.toString()).toBe("somebody else's");
  });

  it("that was never ended is swept, with those of its own database alone", async () => {
    for (const key of ["database/app/a", "database/app2/a"]) s3.uploads.set(key, { key, parts: new Map(), metadata: {} });
    expect(await sweepUploads(store, "database/app/")).toBe(1);
    expect([...s3.uploads.keys()]).toEqual(["database/app2/a"]);
  });
});

describe("reading back", () => {
  const bytes = randomBytes(1_000_000);
  const read = async (more: object = {}) => {
    const object = await upload(store, inPieces(bytes), settings);
    s3.objects.get(settings.key)!.body = Buffer.from(bytes);
    Object.assign(s3.objects.get(settings.key)!, more);
    return bytesOf(await openStored(store, object));
  };

  it("opens again where the connection broke", async () => {
    s3.fault = (operation, _key, count) => (operation === "get" && count < 3 ? "short" : undefined);
    expect((await read()).equals(bytes)).toBe(true);
    expect(s3.calls.filter(({ operation }) => operation === "get").map(({ headers }) => headers.range)).toEqual([undefined, "bytes=500000-", "bytes=750000-", "bytes=875000-"]);
  });

  it("gives up when nothing comes any more", async () => {
    s3.fault = (operation) => (operation === "get" ? "500" : undefined);
    await expect(read()).rejects.toMatchObject({ code: "STORE_FAILED" });
  });

  it("notices a changed byte, a shorter object and one that is gone", async () => {
    const changed = Buffer.from(bytes);
    changed[500_000]! ^= 1;
    await expect(read({ body: changed })).rejects.toMatchObject({ code: "CORRUPT", message: expect.stringContaining("SHA-256") });
    s3.objects.clear();
    await expect(read({ body: bytes.subarray(1) })).rejects.toMatchObject({ code: "CORRUPT", message: expect.stringContaining("999999 bytes instead of 1000000") });
    await expect(openStored(store, { key: "nowhere", bytes: 1, sha256: "" })).rejects.toMatchObject({ code: "CORRUPT", message: expect.stringContaining("is gone") });
  });
});

describe("the lock", () => {
  const take = (run: string, seconds = 60) => takeLock(store, place, { run, seconds, clock, log: () => {} });

  it("is one's alone, and free again when it is released", async () => {
    const lock = await take("one");
    // Somebody who is alive renews it.
    const alive = setInterval(() => s3.set("database/app/lock.json", JSON.stringify({ run: "one", until: new Date(clock.now() + 60_000).toISOString() })), 5);
    await expect(take("two")).rejects.toMatchObject({ code: "LOCKED", message: expect.stringContaining("one is alive") });
    clearInterval(alive);
    await lock.release();
    s3.set("database/app/lock.json", JSON.stringify({ run: "one", until: "" }));
    await (await take("two")).release();
  });

  it("of a killed run ends by itself", async () => {
    await take("killed");
    const before = clock.now();
    const lock = await take("next");
    expect(clock.now() - before).toBeGreaterThanOrEqual(60_000);
    await lock.release();
    await (await take("third")).release();
  });

  it("goes to one of two that come at once", async () => {
    const results = await Promise.allSettled([take("one"), take("two")]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});

function manifestOf(at: number, more: Partial<Manifest> = {}): Manifest {
  const id = makeId(at, "1-1");
  const folder = backupFolder(place, id);
  return {
    schema: "rainbow-backup/1", id, database: "app", snapshotAt: new Date(at).toISOString(), server: { version: "17.2", major: 17 }, client: { version: "17.2" }, format: "custom", compression: "none", encryption: { method: "none" },
    object: { key: `${folder}data.dump`, bytes: 1000, sha256: "" }, globals: { key: `${folder}globals.sql`, bytes: 10, sha256: "" }, extensions: [], rows: { "public.a": 100 }, databaseBytes: 1, durations: {}, tool: "test",
    verified: { level: "decode", at: "", tables: 1, rows: 100, duration: 1 }, ...more,
  };
}

/** A whole backup in the bucket. */
function lay(at: number, more: Partial<Manifest> = {}, in_: Place = place): string {
  const manifest = manifestOf(at, { ...more });
  const folder = backupFolder(in_, manifest.id);
  const moved = { ...manifest, database: in_.database, object: { ...manifest.object, key: `${folder}data.dump` }, globals: { ...manifest.globals, key: `${folder}globals.sql` } };
  s3.set(moved.object.key, Buffer.alloc(moved.object.bytes));
  s3.set(moved.globals.key, Buffer.alloc(moved.globals.bytes));
  s3.set(`${folder}manifest.json`, JSON.stringify(moved));
  return manifest.id;
}

const day = 86_400_000;

describe("the list", () => {
  it("has what has a manifest, over pages, and of its own database alone", async () => {
    s3.pageSize = 2;
    const ids = [1, 2, 3].map((days) => lay(now - days * day));
    lay(now, {}, { ...place, database: "app2" });
    lay(now, {}, { ...place, database: "app/2" });
    s3.set(`${backupFolder(place, makeId(now, "9-1"))}data.dump`, "half");
    s3.set("database/app/notes.txt", "by hand");
    expect((await listBackups(store, place)).map(({ id }) => id)).toEqual(ids);
  });

  it("chooses the newest, by what it shows, before a time, or the one that is named", async () => {
    const ids = [1, 2, 3].map((days) => lay(now - days * day));
    expect((await chooseBackup(store, place, { backup: "latest", before: undefined })).id).toBe(ids[0]);
    expect((await chooseBackup(store, place, { backup: "latest", before: now - 1.5 * day })).id).toBe(ids[1]);
    expect((await chooseBackup(store, place, { backup: `s3://backups/database/app/x/${ids[2]}/manifest.json`, before: undefined })).id).toBe(ids[2]);
    await expect(chooseBackup(store, place, { backup: "latest", before: now - 10 * day })).rejects.toMatchObject({ code: "NO_BACKUP" });
    await expect(chooseBackup(store, place, { backup: "backup_20200101T000000Z_1-1", before: undefined })).rejects.toMatchObject({ code: "NO_BACKUP" });
  });

  it("knows its names", () => {
    const id = makeId(now, "77-2");
    expect(id).toBe("backup_20261125T090000Z_77-2");
    expect([timeOf(id), timeOf("backup_20261345T090000Z_1"), timeOf("other")]).toEqual([now, undefined, undefined]);
    expect(idOf(place, `${backupFolder(place, id)}data.dump`)).toBe(id);
    // A folder of another day, another database, or deeper down is none of ours.
    expect([`database/app/2026/11/24/${id}/data.dump`, `database/app2/2026/11/25/${id}/data.dump`, `database/app/2026/11/25/${id}/x/data.dump`].map((key) => idOf(place, key))).toEqual([undefined, undefined, undefined]);
  });
});

const given = (values: Record<string, string>) => readInputs((name) => ({ bucket: "backups", database: "app", ...values })[name] ?? "", {}).work.inputs;

describe("codes of failures", () => {
  it("stand in the README, each with its next step in the message", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    for (const code of Object.keys(nextSteps) as Code[]) {
      expect(readme).toContain(`\`${code}\``);
      expect(new BackupError(code, "it broke").message).toBe(`[${code}] it broke\n  Next: ${nextSteps[code]}`);
    }
  });
});

describe("prune", () => {
  const prunes = (more: Record<string, string> = {}) => prune(given({ mode: "prune", "keep-newest": "2", "keep-daily": "0", "keep-weekly": "0", "keep-monthly": "0", ...more }) as PruneInputs, { store, log: () => {} });

  it("removes what no rule keeps, manifests first, and nothing of another database", async () => {
    const ids = [1, 2, 3, 4].map((days) => lay(now - days * day));
    lay(now - 9 * day, {}, { ...place, database: "app2" });
    expect((await prunes()).plan.remove).toEqual([ids[3], ids[2]]);
    expect((await listBackups(store, place)).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(s3.keys().filter((key) => key.startsWith("database/app2/"))).toHaveLength(3);
    const removed = s3.calls.filter(({ operation }) => operation === "delete").map(({ key }) => key.split("/").at(-1));
    expect([removed[0], removed[3]]).toEqual(["manifest.json", "manifest.json"]);
  });

  it("killed half-way, leaves nothing that a list would take, and ends the work the next time", async () => {
    const ids = [1, 2, 5, 6].map((days) => lay(now - days * day));
    s3.fault = (operation, key) => (operation === "delete" && key.endsWith("data.dump") ? "denied" : undefined);
    await expect(prunes()).rejects.toMatchObject({ code: "STORE_DENIED" });
    expect((await listBackups(store, place)).map(({ id }) => id)).toEqual(ids.slice(0, 3));
    s3.fault = () => undefined;
    expect((await prunes()).leftovers).toEqual([ids[3]]);
    expect(s3.keys().some((key) => key.includes(ids[3]!))).toBe(false);
  });

  it("shows what would go, and leaves it", async () => {
    [1, 2, 3].forEach((days) => lay(now - days * day));
    const before = s3.keys();
    expect((await prunes({ "dry-run": "true" })).plan.remove).toHaveLength(1);
    expect(s3.keys()).toEqual(before);
  });

  it("leaves what is locked, and does not count what is not whole", async () => {
    const ids = [1, 2, 3, 4].map((days) => lay(now - days * day));
    s3.objects.get(`${backupFolder(place, ids[3]!)}data.dump`)!.headers = { "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": new Date(now + day).toISOString() };
    s3.objects.delete(`${backupFolder(place, ids[1]!)}data.dump`);
    const { plan } = await prunes();
    expect(plan.keep.map(({ id }) => id)).toEqual([ids[0], ids[2], ids[3]]);
    expect(plan.remove).toEqual([ids[1]]);
  });
});

describe("check", () => {
  const checks = (more: Record<string, string> = {}) => check(given({ mode: "check", ...more }) as CheckInputs, store);

  it("is content with a fresh, whole backup", async () => {
    const id = lay(now - 3 * 3_600_000);
    expect(await checks()).toMatchObject({ newest: { id }, ageHours: 3, backups: [{ id }] });
  });

  it.each<[string, () => void, string, RegExp]>([
    ["no backup", () => undefined, "NO_BACKUP", /There is no backup of app/],
    ["an old one", () => void lay(now - 27 * 3_600_000), "TOO_OLD", /27 h old; at most 26 h/],
    ["one whose dump is gone", () => void s3.objects.delete(`${backupFolder(place, lay(now))}data.dump`), "CORRUPT", /data\.dump is gone/],
    ["one with fewer rows", () => (lay(now - day), void lay(now, { rows: { "public.a": 60 } })), "SHRUNK", /60 rows.*100: 40 % less/],
    ["one with fewer bytes", () => (lay(now - day), void lay(now, { object: { key: "", bytes: 500, sha256: "" } })), "SHRUNK", /500 bytes.*1000: 50 % less/],
  ])("is not content with %s", async (_what, arrange, code, words) => {
    arrange();
    await expect(checks()).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it("lists all of them before it finds fault with one", async () => {
    const [old, older] = [lay(now - 27 * 3_600_000), lay(now - 5 * day)];
    await expect(checks()).rejects.toMatchObject({ code: "TOO_OLD" });
    expect(said).toEqual([expect.stringMatching(`^${old}  27 h old  \\d+\\.\\d MB$`), expect.stringMatching(`^${older}  5 days old  `)]);
  });

  it("lets a loss pass that is said to be right", async () => {
    lay(now - day);
    const id = lay(now, { rows: { "public.a": 1 } });
    expect((await checks({ "max-shrink-percent": "100" })).newest.id).toBe(id);
  });
});
