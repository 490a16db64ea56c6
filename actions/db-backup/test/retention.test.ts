import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { planRetention, type Candidate, type Kept } from "../src/storage/retention.ts";

const day = 86_400_000;
const start = Date.parse("2026-01-01T02:00:00Z");
const usual: Kept = { newest: 3, daily: 7, weekly: 4, monthly: 6 };
const backup = (at: number, more: Partial<Candidate> = {}): Candidate => ({
  id: `b${String(at).padStart(15, "0")}`,
  at,
  verified: true,
  locked: false,
  ...more,
});
const daily = (days: number) => Array.from({ length: days }, (_, index) => backup(start + index * day));
const dates = (ids: string[]) => ids.map((id) => new Date(Number(id.slice(1))).toISOString().slice(0, 10));

describe("retention", () => {
  it("keeps days, weeks and months, the newest of each, and says why", () => {
    const { keep, remove } = planRetention(daily(200), usual, 1000);
    // 200 days end on 2026-07-19, a Sunday.
    expect(
      dates(keep.map(({ id }) => id))
        .toSorted()
        .toReversed(),
    ).toEqual([
      "2026-07-19",
      "2026-07-18",
      "2026-07-17",
      "2026-07-16",
      "2026-07-15",
      "2026-07-14",
      "2026-07-13",
      "2026-07-12",
      "2026-07-05",
      "2026-06-30",
      "2026-06-28",
      "2026-05-31",
      "2026-04-30",
      "2026-03-31",
      "2026-02-28",
    ]);
    expect(keep.length + remove.length).toBe(200);
    expect(keep.find(({ id }) => id === backup(start + 199 * day).id)!.because).toEqual([
      "one of the newest",
      "daily",
      "weekly",
      "monthly",
    ]);
  });

  describe("counts from the newest good backup", () => {
    // 30 days end on 2026-01-30, a Friday.
    const kept = ["30", "29", "28", "27", "26", "25", "24", "18", "11"].map((date) => `2026-01-${date}`);
    const keptOf = (candidates: Candidate[]) =>
      dates(planRetention(candidates, usual, 1000).keep.map(({ id }) => id))
        .toSorted()
        .toReversed();
    afterEach(() => vi.useRealTimers());

    it.each([
      ["an hour", day / 24],
      ["a month", 30 * day],
      ["a year", 365 * day],
    ])("and removes no more after an outage of %s", (_length, outage) => {
      vi.useFakeTimers({ toFake: ["Date"], now: start + 29 * day + outage });
      expect(keptOf(daily(30))).toEqual(kept);
    });

    it("and removes no more when only failed backups follow it", () => {
      const failed = daily(120)
        .slice(30)
        .map((one) => ({ ...one, verified: false }));
      expect(keptOf([...daily(30), ...failed]).filter((date) => date <= "2026-01-30")).toEqual(kept);
    });
  });

  it("removes nothing where nothing is good, nothing newer than what is good, and nothing that is locked", () => {
    const bad = daily(20).map((one) => ({ ...one, verified: false }));
    expect(planRetention(bad, usual, 1000).remove).toEqual([]);
    const good = backup(start - day);
    const mixed = planRetention([good, ...bad], usual, 1000);
    expect(mixed.remove).toEqual([]);
    expect(mixed.keep.at(-1)!.because).toEqual(["newer than the newest good one"]);
    const locked = daily(20).map((one, index) => ({ ...one, locked: index === 0 }));
    expect(
      planRetention(locked, { newest: 1, daily: 0, weekly: 0, monthly: 0 }, 1000).keep.map(({ because }) => because),
    ).toEqual([["locked"], ["one of the newest"]]);
  });

  it("goes slowly: the oldest first, so many at most", () => {
    const plan = planRetention(daily(30), { newest: 1, daily: 0, weekly: 0, monthly: 0 }, 5);
    expect(dates(plan.remove)).toEqual(["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"]);
  });
});

const candidate = fc
  .record({
    day: fc.integer({ min: 0, max: 900 }),
    minute: fc.integer({ min: 0, max: 1439 }),
    verified: fc.boolean(),
    locked: fc.boolean(),
  })
  .map(({ day: on, minute, verified, locked }) => backup(start + on * day + minute * 60_000, { verified, locked }));
const history = fc.uniqueArray(candidate, { selector: ({ id }) => id, maxLength: 60 });
const rules = fc.record({
  newest: fc.integer({ min: 0, max: 5 }),
  daily: fc.integer({ min: 0, max: 10 }),
  weekly: fc.integer({ min: 0, max: 6 }),
  monthly: fc.integer({ min: 0, max: 8 }),
});

describe("for any history and any rules", () => {
  it("the newest good backup never dies, nor the locked, nor anything while nothing is good; and what goes was there", () => {
    fc.assert(
      fc.property(history, rules, fc.integer({ min: 1, max: 100 }), (candidates, kept, maxDelete) => {
        const { keep, remove } = planRetention(candidates, kept, maxDelete);
        const newest = candidates.filter(({ verified }) => verified).toSorted((a, b) => b.at - a.at)[0];
        if (newest) expect(remove).not.toContain(newest.id);
        else expect(remove).toEqual([]);
        for (const { id, locked } of candidates) if (locked) expect(remove).not.toContain(id);
        expect(remove.length).toBeLessThanOrEqual(maxDelete);
        const ids = new Set(candidates.map(({ id }) => id));
        for (const id of remove) expect(ids.has(id) && !keep.some((one) => one.id === id)).toBe(true);
        // As many of the newest good ones as the rule says, and one of them in any case.
        const good = candidates
          .filter(({ verified }) => verified)
          .toSorted((a, b) => b.at - a.at)
          .slice(0, Math.max(1, kept.newest));
        for (const { id } of good) expect(remove).not.toContain(id);
      }),
      { numRuns: 2000 },
    );
  });

  it("day after day, with runs that fail, clocks that jump and outages, there is always a good one, and never one too many goes", () => {
    const event = fc.oneof(
      { weight: 6, arbitrary: fc.constant("good" as const) },
      { weight: 2, arbitrary: fc.constant("bad" as const) },
      { weight: 1, arbitrary: fc.constant("outage" as const) },
      { weight: 1, arbitrary: fc.constant("back" as const) },
    );
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 120 }), rules, (events, kept) => {
        let bucket: Candidate[] = [];
        let time = start;
        let madeGood = 0;
        for (const what of events) {
          time += what === "outage" ? 40 * day : what === "back" ? -3 * day : day;
          if (what === "good" || what === "bad") {
            if (bucket.some(({ id }) => id === backup(time).id)) continue;
            bucket.push(backup(time, { verified: what === "good" }));
            madeGood += what === "good" ? 1 : 0;
          }
          const { remove } = planRetention(bucket, kept, 10);
          const goodBefore = bucket.filter(({ verified }) => verified).length;
          bucket = bucket.filter(({ id }) => !remove.includes(id));
          const goodAfter = bucket.filter(({ verified }) => verified).length;
          expect(goodAfter).toBeGreaterThanOrEqual(Math.min(goodBefore, Math.max(1, kept.newest)));
        }
        if (madeGood > 0) expect(bucket.some(({ verified }) => verified)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("a second look changes nothing", () => {
    fc.assert(
      fc.property(history, rules, (candidates, kept) => {
        const { remove } = planRetention(candidates, kept, 1000);
        expect(
          planRetention(
            candidates.filter(({ id }) => !remove.includes(id)),
            kept,
            1000,
          ).remove,
        ).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
