// Backups that a lifecycle rule or Intelligent-Tiering has moved to an archive.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderSection } from "../../shared/src/summary/section.ts";
import { checkSummary } from "../src/summary.ts";
import { openStored } from "../src/storage/open-stored.ts";
import { readManifest } from "../src/storage/catalog.ts";
import { BucketOfBackups } from "./bucket-of-backups.ts";

const hour = 3_600_000;
const deep = { "x-amz-storage-class": "DEEP_ARCHIVE" };
const restored = 'ongoing-request="false", expiry-date="Fri, 27 Nov 2026 00:00:00 GMT"';
let bucket: BucketOfBackups;
beforeEach(async () => {
  bucket = await BucketOfBackups.start();
});
afterEach(() => bucket.s3.stop());

const restoreLine = (key: string, request = '{"Days":7,"GlacierJobParameters":{"Tier":"Standard"}}') =>
  `  aws s3api restore-object --bucket backups --key ${key} --restore-request '${request}'`;

describe("an archived object", () => {
  it("is not read: the error has the command for it and for the others of its backup", async () => {
    const { object, globals } = bucket.add(BucketOfBackups.now - hour);
    for (const { key } of [object, globals]) bucket.archive(key, deep);
    await expect(openStored(bucket.store, object)).rejects.toMatchObject({
      code: "ARCHIVED",
      what: [
        `s3://backups/${object.key} is archived (DEEP_ARCHIVE) and cannot be read.`,
        restoreLine(object.key),
        restoreLine(globals.key),
      ].join("\n"),
    });
  });

  it("is a manifest, too, and has gone between a look and the download", async () => {
    const { id, object } = bucket.add(BucketOfBackups.now - hour);
    bucket.archive(bucket.manifestKey(id), { "x-amz-storage-class": "GLACIER" });
    await expect(readManifest(bucket.store, bucket.place, id)).rejects.toMatchObject({
      code: "ARCHIVED",
      what: expect.stringContaining(restoreLine(bucket.manifestKey(id))),
    });
    const dump = await openStored(bucket.store, object);
    bucket.archive(object.key, deep);
    await expect(dump.toArray()).rejects.toMatchObject({ code: "ARCHIVED" });
    expect(bucket.clock.now()).toBe(BucketOfBackups.now);
  });

  it("of Intelligent-Tiering is restored without a number of days", async () => {
    const { object } = bucket.add(BucketOfBackups.now - hour);
    const tiering = { "x-amz-storage-class": "INTELLIGENT_TIERING", "x-amz-archive-status": "DEEP_ARCHIVE_ACCESS" };
    bucket.archive(object.key, tiering);
    await expect(openStored(bucket.store, object)).rejects.toMatchObject({
      what: expect.stringContaining(restoreLine(object.key, '{"GlacierJobParameters":{"Tier":"Standard"}}')),
    });
  });

  it("is read once a copy has been restored, and waited for while it is being restored", async () => {
    const { object } = bucket.add(BucketOfBackups.now - hour);
    bucket.archive(object.key, { ...deep, "x-amz-restore": 'ongoing-request="true"' });
    await expect(openStored(bucket.store, object)).rejects.toMatchObject({
      code: "ARCHIVED",
      what: `s3://backups/${object.key} is archived (DEEP_ARCHIVE) and cannot be read yet: a copy is being restored.`,
    });
    bucket.archive(object.key, { ...deep, "x-amz-restore": restored });
    expect(Buffer.concat(await (await openStored(bucket.store, { ...object, sha256: zeros })).toArray())).toHaveLength(
      1000,
    );
    bucket.archive(object.key, { "x-amz-storage-class": "GLACIER_IR" });
    await (await openStored(bucket.store, { ...object, sha256: zeros })).toArray();
  });
});

/** SHA-256 of a thousand zeros. */
const zeros = "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53";

describe("check", () => {
  it("tells that the newest backup is archived, without a request for each object of the standard class", async () => {
    const { object } = bucket.add(BucketOfBackups.now - hour);
    expect((await bucket.check()).archived).toEqual([]);
    expect(bucket.s3.calls.filter(({ operation }) => operation === "head")).toEqual([]);
    bucket.archive(object.key, deep);
    expect((await bucket.check()).archived).toEqual([
      `s3://backups/${object.key} is archived (DEEP_ARCHIVE) and cannot be read.`,
    ]);
    const summary = renderSection(checkSummary(await bucket.check(), bucket.place, BucketOfBackups.now)).markup;
    expect(summary).toMatch(/^### ⚠️ app: newest backup is 1 h old, 1 backup\n/);
    expect(summary).toContain("is archived (DEEP_ARCHIVE)");
    bucket.archive(object.key, { ...deep, "x-amz-restore": restored });
    expect((await bucket.check()).archived).toEqual([]);
  });

  it("goes by the list where its role may not look at dumps", async () => {
    const { object } = bucket.add(BucketOfBackups.now - hour);
    bucket.archive(object.key, deep);
    bucket.s3.fault = (operation) => (operation === "head" ? "denied" : undefined);
    expect((await bucket.check()).archived).toHaveLength(1);
  });
});

describe("prune", () => {
  const rules = { "keep-newest": "1", "keep-daily": "0", "keep-weekly": "0", "keep-monthly": "0" };

  it("keeps a backup whose manifest is archived: how good it is, nobody knows", async () => {
    const [newest, archived, old] = [1, 2, 3].map((hours) => bucket.add(BucketOfBackups.now - hours * hour).id);
    bucket.archive(bucket.manifestKey(archived!), deep);
    const { plan } = await bucket.prune(rules);
    expect(plan.keep).toEqual([
      { id: newest, because: ["one of the newest"] },
      { id: archived, because: ["its manifest is archived"] },
    ]);
    expect(plan.remove).toEqual([old]);
  });

  it("removes nothing while manifests cannot be read", async () => {
    for (const hours of [1, 2, 3]) bucket.add(BucketOfBackups.now - hours * hour);
    const keys = bucket.s3.keys();
    const [, second] = keys.filter((key) => key.endsWith("manifest.json"));
    bucket.s3.fault = (operation, key) => (operation === "get" && key === second ? "500" : undefined);
    await expect(bucket.prune(rules)).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(bucket.s3.keys()).toEqual(keys);
  });
});
