// The objects in the bucket: lock, list, retention, check; against a scripted S3.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { chooseBackup, listBackups } from "../src/storage/catalog.ts";
import { check } from "../src/modes/check.ts";
import { bucketClient } from "../src/clients.ts";
import { BackupError, nextSteps, type Code } from "../src/errors.ts";
import { readInputs } from "../src/inputs.ts";
import type { CheckInputs, PruneInputs } from "../src/input-types.ts";
import { backupFolder, folderOf, idOf, makeId, timeOf, type Place } from "../src/storage/layout.ts";
import { takeLock } from "../src/storage/lock.ts";
import type { Manifest } from "../src/storage/manifest.ts";
import { prune } from "../src/modes/prune.ts";
import { Store } from "../src/storage/store.ts";
import { ScriptedS3 } from "./scripted-s3.ts";

const place: Place = { bucket: "backups", prefix: "database", database: "app" };
const now = Date.parse("2026-11-25T09:00:00Z");
let s3: ScriptedS3;
let store: Store;
let clock: ReturnType<typeof simulatedClock>;
let logged: string[];
beforeEach(async () => {
  s3 = await ScriptedS3.start();
  clock = simulatedClock(now);
  logged = [];
  store = new Store({
    s3: bucketClient(
      { pathStyle: true, checksums: true },
      { ...s3.client, requestHandler: { requestTimeout: 60_000, throwOnRequestTimeout: true } },
    ),
    bucket: "backups",
    kmsKey: undefined,
    clock,
    log: (line) => logged.push(line),
  });
});
afterEach(() => s3.stop());

describe("the lock", () => {
  const take = (run: string, seconds = 60) => takeLock(store, place, { run, seconds, clock, log: () => {} });

  it("belongs to one run, and is free after its release", async () => {
    const lock = await take("one");
    // A holder that is alive keeps renewing it.
    const renewing = setInterval(
      () =>
        s3.set(
          "database/app/lock.json",
          JSON.stringify({ run: "one", until: new Date(clock.now() + 60_000).toISOString() }),
        ),
      5,
    );
    await expect(take("two")).rejects.toMatchObject({
      code: "LOCKED",
      message: expect.stringContaining("one is alive"),
    });
    clearInterval(renewing);
    await lock.release();
    s3.set("database/app/lock.json", JSON.stringify({ run: "one", until: "" }));
    await (await take("two")).release();
  });

  it("of a killed run expires", async () => {
    await take("killed");
    const before = clock.now();
    const lock = await take("next");
    expect(clock.now() - before).toBeGreaterThanOrEqual(60_000);
    await lock.release();
    await (await take("third")).release();
  });

  it("goes to one of two runs that start at the same time", async () => {
    const results = await Promise.allSettled([take("one"), take("two")]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});

function manifestOf(at: number, more: Partial<Manifest> = {}): Manifest {
  const id = makeId(at, "1-1");
  const folder = backupFolder(place, id);
  return {
    schema: "rainbow-backup/1",
    id,
    database: "app",
    snapshotAt: new Date(at).toISOString(),
    server: { version: "17.2", major: 17 },
    client: { version: "17.2" },
    format: "custom",
    compression: "none",
    encryption: { method: "none" },
    object: { key: `${folder}data.dump`, bytes: 1000, sha256: "" },
    globals: { key: `${folder}globals.sql`, bytes: 10, sha256: "" },
    extensions: [],
    rows: { "public.a": 100 },
    databaseBytes: 1,
    durations: {},
    tool: "test",
    verified: { level: "decode", at: "", tables: 1, rows: 100, duration: 1 },
    ...more,
  };
}

/** Puts a complete backup into the bucket. @returns its ID. */
function addBackup(at: number, more: Partial<Manifest> = {}, location: Place = place): string {
  const manifest = manifestOf(at, more);
  const folder = backupFolder(location, manifest.id);
  const moved = {
    ...manifest,
    database: location.database,
    object: { ...manifest.object, key: `${folder}data.dump` },
    globals: { ...manifest.globals, key: `${folder}globals.sql` },
  };
  s3.set(moved.object.key, Buffer.alloc(moved.object.bytes));
  s3.set(moved.globals.key, Buffer.alloc(10));
  s3.set(`${folder}manifest.json`, JSON.stringify(moved));
  return manifest.id;
}

const day = 86_400_000;

describe("the list", () => {
  it("has the backups with a manifest, from all pages, and of its own database only", async () => {
    s3.pageSize = 2;
    const ids = [1, 2, 3].map((days) => addBackup(now - days * day));
    addBackup(now, {}, { ...place, database: "app2" });
    addBackup(now, {}, { ...place, database: "app/2" });
    s3.set(`${backupFolder(place, makeId(now, "9-1"))}data.dump`, "half");
    s3.set("database/app/notes.txt", "by hand");
    expect((await listBackups(store, place)).map(({ id }) => id)).toEqual(ids);
  });

  it("selects the newest backup, the newest one with data before a time, or the given one", async () => {
    const ids = [1, 2, 3].map((days) => addBackup(now - days * day));
    expect((await chooseBackup(store, place, { backup: "latest", before: undefined })).id).toBe(ids[0]);
    expect((await chooseBackup(store, place, { backup: "latest", before: now - 1.5 * day })).id).toBe(ids[1]);
    expect(
      (
        await chooseBackup(store, place, {
          backup: `s3://backups/database/app/x/${ids[2]}/manifest.json`,
          before: undefined,
        })
      ).id,
    ).toBe(ids[2]);
    await expect(chooseBackup(store, place, { backup: "latest", before: now - 10 * day })).rejects.toMatchObject({
      code: "NO_BACKUP",
    });
    await expect(
      chooseBackup(store, place, { backup: "backup_20200101T000000Z_1-1", before: undefined }),
    ).rejects.toMatchObject({ code: "NO_BACKUP" });
  });

  it("parses backup IDs and keys", () => {
    const id = makeId(now, "77-2");
    expect(id).toBe("backup_20261125T090000Z_77-2");
    expect([timeOf(id), timeOf("backup_20261345T090000Z_1"), timeOf("other")]).toEqual([now, undefined, undefined]);
    expect(idOf(place, `${backupFolder(place, id)}data.dump`)).toBe(id);
    // Not in the folder of a backup: another day, another database, a subfolder.
    expect(
      [
        `database/app/2026/11/24/${id}/data.dump`,
        `database/app2/2026/11/25/${id}/data.dump`,
        `database/app/2026/11/25/${id}/x/data.dump`,
      ].map((key) => idOf(place, key)),
    ).toEqual([undefined, undefined, undefined]);
  });

  it("never mixes up two databases, whatever their names (property)", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 63 });
    // Often one name is a prefix of the other.
    const pair = fc.oneof(
      fc.tuple(name, name),
      fc.tuple(name, name).map(([one, more]) => [one, one + more] as const),
    );
    fc.assert(
      fc.property(
        pair,
        fc.date({ min: new Date("2020-01-01"), max: new Date("2099-12-31"), noInvalidDate: true }),
        (names, at) => {
          const [one, other] = names.map((database) => ({ ...place, database })) as [Place, Place];
          fc.pre(one.database !== other.database);
          const id = makeId(at.getTime(), "7-1");
          for (const [owner, stranger] of [
            [one, other],
            [other, one],
          ] as const) {
            const key = `${backupFolder(owner, id)}data.dump`;
            expect(idOf(owner, key)).toBe(id);
            expect(idOf(stranger, key)).toBeUndefined();
            expect(key.startsWith(folderOf(stranger))).toBe(false);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const inputsFor = (values: Record<string, string>) =>
  readInputs((name) => ({ bucket: "backups", database: "app", ...values })[name] ?? "", {}).work.inputs;

describe("error codes", () => {
  it("are listed in the README, and each message has the next step", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    for (const code of Object.keys(nextSteps) as Code[]) {
      expect(readme).toContain(`\`${code}\``);
      expect(new BackupError(code, "it broke").message).toBe(`[${code}] it broke\nNext: ${nextSteps[code]}`);
    }
  });
});

describe("prune", () => {
  const runPrune = (more: Record<string, string> = {}) =>
    prune(
      inputsFor({
        mode: "prune",
        "keep-newest": "2",
        "keep-daily": "0",
        "keep-weekly": "0",
        "keep-monthly": "0",
        ...more,
      }) as PruneInputs,
      { store, log: () => {} },
    );

  it("removes backups that no rule keeps, manifests first, and nothing of another database", async () => {
    const ids = [1, 2, 3, 4].map((days) => addBackup(now - days * day));
    addBackup(now - 9 * day, {}, { ...place, database: "app2" });
    expect((await runPrune()).plan.remove).toEqual([ids[3], ids[2]]);
    expect((await listBackups(store, place)).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(s3.keys().filter((key) => key.startsWith("database/app2/"))).toHaveLength(3);
    const removed = s3.calls.filter(({ operation }) => operation === "delete").map(({ key }) => key.split("/").at(-1));
    expect([removed[0], removed[3]]).toEqual(["manifest.json", "manifest.json"]);
  });

  it("interrupted half-way, leaves nothing that the list includes, and is completed by the next run", async () => {
    const ids = [1, 2, 5, 6].map((days) => addBackup(now - days * day));
    s3.fault = (operation, key) => (operation === "delete" && key.endsWith("data.dump") ? "denied" : undefined);
    await expect(runPrune()).rejects.toMatchObject({ code: "STORE_DENIED" });
    expect((await listBackups(store, place)).map(({ id }) => id)).toEqual(ids.slice(0, 3));
    s3.fault = () => undefined;
    expect((await runPrune()).leftovers).toEqual([ids[3]]);
    expect(s3.keys().some((key) => key.includes(ids[3]!))).toBe(false);
  });

  it("shows in a dry run what would be removed, and removes nothing", async () => {
    [1, 2, 3].forEach((days) => addBackup(now - days * day));
    const before = s3.keys();
    expect((await runPrune({ "dry-run": "true" })).plan.remove).toHaveLength(1);
    expect(s3.keys()).toEqual(before);
  });

  it("keeps locked backups, and does not count incomplete ones", async () => {
    const ids = [1, 2, 3, 4].map((days) => addBackup(now - days * day));
    s3.objects.get(`${backupFolder(place, ids[3]!)}data.dump`)!.headers = {
      "x-amz-object-lock-mode": "COMPLIANCE",
      "x-amz-object-lock-retain-until-date": new Date(now + day).toISOString(),
    };
    s3.objects.delete(`${backupFolder(place, ids[1]!)}data.dump`);
    const { plan } = await runPrune();
    expect(plan.keep.map(({ id }) => id)).toEqual([ids[0], ids[2], ids[3]]);
    expect(plan.remove).toEqual([ids[1]]);
  });
});

describe("check", () => {
  const runCheck = (more: Record<string, string> = {}) =>
    check(inputsFor({ mode: "check", ...more }) as CheckInputs, store);

  it("passes with a recent, complete backup", async () => {
    const id = addBackup(now - 3 * 3_600_000);
    expect(await runCheck()).toMatchObject({ newest: { id }, ageHours: 3, backups: [{ id }] });
  });

  it("of a mistyped database names those that have backups", async () => {
    addBackup(now);
    s3.set("database/%zz/other", "not ours");
    const { place: actual } = inputsFor({ mode: "check" }) as CheckInputs;
    const mistyped = { ...(inputsFor({ mode: "check" }) as CheckInputs), place: { ...actual, database: "ap" } };
    const expected = {
      code: "NO_BACKUP",
      message: expect.stringMatching(/backups of (app, %zz|%zz, app)\.\nNext: Check/),
    };
    await expect(check(mistyped, store)).rejects.toMatchObject(expected);
    await expect(chooseBackup(store, mistyped.place, { backup: "latest", before: undefined })).rejects.toMatchObject(
      expected,
    );
  });

  it.each<[string, () => void, string, RegExp]>([
    ["no backup", () => undefined, "NO_BACKUP", /There is no backup of app/],
    ["an old backup", () => void addBackup(now - 27 * 3_600_000), "TOO_OLD", /27 h old; max-age-hours allows 26 h/],
    [
      "a backup without its dump",
      () => void s3.objects.delete(`${backupFolder(place, addBackup(now))}data.dump`),
      "CORRUPT",
      /data\.dump is missing/,
    ],
    [
      "a backup with fewer rows",
      () => (addBackup(now - day), void addBackup(now, { rows: { "public.a": 60 } })),
      "SHRUNK",
      /60 rows.*100: 40 % less; max-shrink-percent allows 30 %/,
    ],
    [
      "a backup with fewer bytes",
      () => (addBackup(now - day), void addBackup(now, { object: { key: "", bytes: 500, sha256: "" } })),
      "SHRUNK",
      /500 bytes.*1000: 50 % less/,
    ],
  ])("fails with %s", async (_what, arrange, code, message) => {
    arrange();
    await expect(runCheck()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("lists all backups before it fails", async () => {
    const [old, older] = [addBackup(now - 27 * 3_600_000), addBackup(now - 5 * day)];
    await expect(runCheck()).rejects.toMatchObject({ code: "TOO_OLD" });
    expect(logged).toEqual([
      expect.stringMatching(`^${old}  27 h old  \\d+\\.\\d MB$`),
      expect.stringMatching(`^${older}  5 days old  `),
    ]);
  });

  it("accepts a loss that max-shrink-percent allows", async () => {
    addBackup(now - day);
    const id = addBackup(now, { rows: { "public.a": 1 } });
    expect((await runCheck({ "max-shrink-percent": "100" })).newest.id).toBe(id);
  });
});
