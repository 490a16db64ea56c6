// What lies in the bucket: the lock, the list, retention, the check; against a scripted S3.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { chooseBackup, listBackups } from "../src/storage/catalog.ts";
import { check } from "../src/modes/check.ts";
import { bucketClient } from "../src/clients.ts";
import { BackupError, nextSteps, type Code } from "../src/errors.ts";
import { readInputs, type CheckInputs, type PruneInputs } from "../src/inputs.ts";
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
let said: string[];
beforeEach(async () => {
  s3 = await ScriptedS3.start();
  clock = simulatedClock(now);
  said = [];
  store = new Store({
    s3: bucketClient(
      { pathStyle: true, checksums: true },
      { ...s3.client, requestHandler: { requestTimeout: 60_000, throwOnRequestTimeout: true } },
    ),
    bucket: "backups",
    kmsKey: undefined,
    clock,
    log: (line) => said.push(line),
  });
});
afterEach(() => s3.stop());

describe("the lock", () => {
  const take = (run: string, seconds = 60) => takeLock(store, place, { run, seconds, clock, log: () => {} });

  it("is refused while its holder is alive", async () => {
    await take("one");
    // A holder that is alive renews it.
    const alive = setInterval(
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
    clearInterval(alive);
  });

  it("is free as soon as it is released", async () => {
    const before = clock.now();
    await (await take("one")).release();
    await take("two");
    expect(clock.now() - before).toBeLessThan(1000);
  });

  it("of a killed run expires", async () => {
    await take("killed");
    const before = clock.now();
    await take("next");
    expect(clock.now() - before).toBeGreaterThanOrEqual(60_000);
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

/** A whole backup in the bucket. */
function lay(at: number, more: Partial<Manifest> = {}, in_: Place = place): string {
  const manifest = manifestOf(at, { ...more });
  const folder = backupFolder(in_, manifest.id);
  const moved = {
    ...manifest,
    database: in_.database,
    object: { ...manifest.object, key: `${folder}data.dump` },
    globals: { ...manifest.globals, key: `${folder}globals.sql` },
  };
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

  it("knows its names", () => {
    const id = makeId(now, "77-2");
    expect(id).toBe("backup_20261125T090000Z_77-2");
    expect([timeOf(id), timeOf("backup_20261345T090000Z_1"), timeOf("other")]).toEqual([now, undefined, undefined]);
    expect(idOf(place, `${backupFolder(place, id)}data.dump`)).toBe(id);
    // A folder of another day, another database, or deeper down is none of ours.
    expect(
      [
        `database/app/2026/11/24/${id}/data.dump`,
        `database/app2/2026/11/25/${id}/data.dump`,
        `database/app/2026/11/25/${id}/x/data.dump`,
      ].map((key) => idOf(place, key)),
    ).toEqual([undefined, undefined, undefined]);
  });

  it("takes nothing of one database for another's, whatever they are called (property)", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 63 });
    // Often one is the beginning of the other.
    const pair = fc.oneof(
      fc.tuple(name, name),
      fc.tuple(name, name).map(([one, more]) => [one, one + more] as const),
    );
    fc.assert(
      fc.property(
        pair,
        fc.date({ min: new Date("2020-01-01"), max: new Date("2099-12-31"), noInvalidDate: true }),
        ([one, other], at) => {
          fc.pre(one !== other);
          const id = makeId(at.getTime(), "7-1");
          for (const [mine, theirs] of [
            [one, other],
            [other, one],
          ].map((both) => both.map((database) => ({ ...place, database })))) {
            const key = `${backupFolder(theirs!, id)}data.dump`;
            expect([idOf(theirs!, key), idOf(mine!, key), key.startsWith(folderOf(mine!))]).toEqual([
              id,
              undefined,
              false,
            ]);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const given = (values: Record<string, string>) =>
  readInputs((name) => ({ bucket: "backups", database: "app", ...values })[name] ?? "", {}).work.inputs;

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
  const prunes = (more: Record<string, string> = {}) =>
    prune(
      given({
        mode: "prune",
        "keep-newest": "2",
        "keep-daily": "0",
        "keep-weekly": "0",
        "keep-monthly": "0",
        ...more,
      }) as PruneInputs,
      { store, log: () => {} },
    );

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
    s3.objects.get(`${backupFolder(place, ids[3]!)}data.dump`)!.headers = {
      "x-amz-object-lock-mode": "COMPLIANCE",
      "x-amz-object-lock-retain-until-date": new Date(now + day).toISOString(),
    };
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
    [
      "one whose dump is gone",
      () => void s3.objects.delete(`${backupFolder(place, lay(now))}data.dump`),
      "CORRUPT",
      /data\.dump is gone/,
    ],
    [
      "one with fewer rows",
      () => (lay(now - day), void lay(now, { rows: { "public.a": 60 } })),
      "SHRUNK",
      /60 rows.*100: 40 % less/,
    ],
    [
      "one with fewer bytes",
      () => (lay(now - day), void lay(now, { object: { key: "", bytes: 500, sha256: "" } })),
      "SHRUNK",
      /500 bytes.*1000: 50 % less/,
    ],
  ])("is not content with %s", async (_what, arrange, code, words) => {
    arrange();
    await expect(checks()).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it("lists all of them before it finds fault with one", async () => {
    const [old, older] = [lay(now - 27 * 3_600_000), lay(now - 5 * day)];
    await expect(checks()).rejects.toMatchObject({ code: "TOO_OLD" });
    expect(said).toEqual([
      expect.stringMatching(`^${old}  27 h old  \\d+\\.\\d MB$`),
      expect.stringMatching(`^${older}  5 days old  `),
    ]);
  });

  it("lets a loss pass that is said to be right", async () => {
    lay(now - day);
    const id = lay(now, { rows: { "public.a": 1 } });
    expect((await checks({ "max-shrink-percent": "100" })).newest.id).toBe(id);
  });
});
