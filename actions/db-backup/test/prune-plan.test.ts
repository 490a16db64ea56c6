// What prune says of backups by the thousand, and how it reads them.
import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { pruneSummary } from "../src/summary.ts";
import { BucketOfBackups } from "./bucket-of-backups.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

const hour = 3_600_000;
let bucket: BucketOfBackups;
beforeEach(async () => {
  bucket = await BucketOfBackups.start();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await bucket.s3.stop();
});

async function summaryOf(pruned: Awaited<ReturnType<BucketOfBackups["prune"]>>, dryRun = false): Promise<string> {
  const file = join(makeTestFolder("db-backup-prune-"), "summary.md");
  writeFileSync(file, "");
  vi.stubEnv("GITHUB_STEP_SUMMARY", file);
  await appendSummary(pruneSummary(pruned, { place: bucket.place, dryRun, newest: undefined }));
  return readFileSync(file, "utf8");
}

describe("of 1,000 hourly backups", () => {
  it("names all that it takes, leaves and keeps, and how to get there", async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => bucket.add(BucketOfBackups.now - index * hour).id);
    const pruned = await bucket.prune();
    const { keep, remove, postponed } = pruned.plan;
    expect(remove).toEqual(ids.slice(-10).toReversed());
    expect([...keep.map(({ id }) => id), ...remove, ...postponed].toSorted()).toEqual(ids.toSorted());
    const sentence =
      `${postponed.length.toLocaleString("en-US")} backups that no rule keeps left for later: max-delete is 10. ` +
      `${Math.ceil(postponed.length / 10)} more runs will remove them, or fewer with a higher max-delete (up to 1000)`;
    expect(bucket.logged).toContain(sentence);
    for (const id of ids) expect(bucket.logged.filter((line) => line.includes(id))).toHaveLength(1);

    const summary = await summaryOf(pruned);
    expect(summary).toContain(
      `10 backups removed, ${postponed.length.toLocaleString("en-US")} left for later, ${keep.length} kept`,
    );
    expect(summary).toContain(sentence);
    expect(summary).toMatch(/one of the newest: 3, daily: 7, weekly: 4, monthly: \d/);
    for (const id of [...remove, ...keep.map((kept) => kept.id), postponed[0]!, postponed.at(-1)!])
      expect(summary).toContain(id);
    expect(summary.length).toBeLessThan(20_000);
  });

  it("reads a few at a time", async () => {
    for (let index = 0; index < 300; index += 1) bucket.add(BucketOfBackups.now - index * hour);
    const open = { now: 0, most: 0 };
    const call = bucket.store.call.bind(bucket.store);
    bucket.store.call = async (...request) => {
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      return call(...request).finally(() => (open.now -= 1)) as never;
    };
    await bucket.prune({ "dry-run": "true" });
    expect(open.most).toBeGreaterThan(1);
    expect(open.most).toBeLessThanOrEqual(24);
  });
});

it("keeps its summary short, however many it removes and keeps", async () => {
  for (let index = 0; index < 700; index += 1) bucket.add(BucketOfBackups.now - index * hour);
  const pruned = await bucket.prune({ "keep-newest": "300", "max-delete": "1000", "dry-run": "true" });
  const summary = await summaryOf(pruned, true);
  expect(summary).toContain("would be removed");
  expect(summary).toContain("one of the newest: 300");
  expect(summary).not.toContain("Left for later");
  expect(summary.match(/<tr>/g)!.length).toBeLessThan(420);
  expect(summary.length).toBeLessThan(60_000);
});

it("says that one is left for one more run", async () => {
  for (let index = 0; index < 3; index += 1) bucket.add(BucketOfBackups.now - index * hour);
  const rules = { "keep-newest": "1", "keep-daily": "0", "keep-weekly": "0", "keep-monthly": "0", "max-delete": "1" };
  await bucket.prune(rules);
  expect(bucket.logged.at(-1)).toMatch(
    /^1 backup that no rule keeps left for later: max-delete is 1\. 1 more run will/,
  );
});

it("names the incomplete backups that it leaves and takes", async () => {
  const { id } = bucket.add(BucketOfBackups.now);
  const [recent, old] = [1, 100].map((hours) => bucket.add(BucketOfBackups.now - hours * hour).id);
  for (const incomplete of [recent, old]) bucket.s3.objects.delete(bucket.manifestKey(incomplete!));
  expect((await bucket.prune()).leftovers).toEqual([old]);
  expect(bucket.logged).toEqual([
    expect.stringContaining(`keeping ${id}: `),
    `keeping the incomplete backup ${recent}, which may still be running`,
    `removing the incomplete backup ${old}, which has no manifest`,
  ]);
});
