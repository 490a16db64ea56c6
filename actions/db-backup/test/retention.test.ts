import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { planRetention, type Candidate, type RetentionRules } from "../src/storage/retention.ts";

const day = 86_400_000;
const start = Date.parse("2026-01-01T02:00:00Z");
const defaults: RetentionRules = { newest: 3, daily: 7, weekly: 4, monthly: 6 };
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
  it("keeps the newest backup of each day, week and month, with the reasons", () => {
    const { keep, remove } = planRetention(daily(200), defaults, 1000);
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

  it("counts from the newest good backup: an outage of any length removes nothing", () => {
    vi.useFakeTimers({ now: start + 30 * day });
    try {
      const { keep } = planRetention(daily(30), defaults, 1000);
      expect(keep.length).toBeGreaterThanOrEqual(7);
      const remaining = daily(30).filter(({ id }) => keep.some((kept) => kept.id === id));
      for (const days of [1, 40, 400]) {
        vi.setSystemTime(start + (30 + days) * day);
        expect(planRetention(remaining, defaults, 1000).remove).toEqual([]);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it("removes nothing without a good backup, nothing newer than the newest good one, and nothing locked", () => {
    const bad = daily(20).map((one) => ({ ...one, verified: false }));
    expect(planRetention(bad, defaults, 1000).remove).toEqual([]);
    const good = backup(start - day);
    const mixed = planRetention([good, ...bad], defaults, 1000);
    expect(mixed.remove).toEqual([]);
    expect(mixed.keep.at(-1)!.because).toEqual(["newer than the newest good backup"]);
    const locked = daily(20).map((one, index) => ({ ...one, locked: index === 0 }));
    expect(
      planRetention(locked, { newest: 1, daily: 0, weekly: 0, monthly: 0 }, 1000).keep.map(({ because }) => because),
    ).toEqual([["locked"], ["one of the newest"]]);
  });

  it("removes at most maxDelete backups, oldest first", () => {
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
  .map(({ day: days, minute, ...more }) => backup(start + days * day + minute * 60_000, more));
const history = fc.uniqueArray(candidate, { selector: ({ id }) => id, maxLength: 60 });
const anyRules = fc.record({
  newest: fc.integer({ min: 0, max: 5 }),
  daily: fc.integer({ min: 0, max: 10 }),
  weekly: fc.integer({ min: 0, max: 6 }),
  monthly: fc.integer({ min: 0, max: 8 }),
});

describe("for any history and any rules", () => {
  it("never removes the newest good backup, a locked one, an unknown one, or any while none is good", () => {
    fc.assert(
      fc.property(history, anyRules, fc.integer({ min: 1, max: 100 }), (candidates, rules, maxDelete) => {
        const { keep, remove } = planRetention(candidates, rules, maxDelete);
        const newest = candidates.filter(({ verified }) => verified).toSorted((a, b) => b.at - a.at)[0];
        if (newest) expect(remove).not.toContain(newest.id);
        else expect(remove).toEqual([]);
        for (const { id, locked } of candidates) if (locked) expect(remove).not.toContain(id);
        expect(remove.length).toBeLessThanOrEqual(maxDelete);
        const ids = new Set(candidates.map(({ id }) => id));
        for (const id of remove) expect(ids.has(id) && !keep.some((one) => one.id === id)).toBe(true);
        // The number of newest good ones that the rule keeps, at least one.
        const good = candidates
          .filter(({ verified }) => verified)
          .toSorted((a, b) => b.at - a.at)
          .slice(0, Math.max(1, rules.newest));
        for (const { id } of good) expect(remove).not.toContain(id);
      }),
      { numRuns: 2000 },
    );
  });

  it("always keeps enough good backups over days with failing runs, outages and clock changes", () => {
    const anyEvent = fc.oneof(
      { weight: 6, arbitrary: fc.constant("good" as const) },
      { weight: 2, arbitrary: fc.constant("bad" as const) },
      { weight: 1, arbitrary: fc.constant("outage" as const) },
      { weight: 1, arbitrary: fc.constant("clock back" as const) },
    );
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 120 }), anyRules, (events, rules) => {
        let bucket: Candidate[] = [];
        let time = start;
        let madeGood = 0;
        for (const event of events) {
          time += event === "outage" ? 40 * day : event === "clock back" ? -3 * day : day;
          if (event === "good" || event === "bad") {
            if (bucket.some(({ id }) => id === backup(time).id)) continue;
            bucket.push(backup(time, { verified: event === "good" }));
            madeGood += event === "good" ? 1 : 0;
          }
          const { remove } = planRetention(bucket, rules, 10);
          const goodBefore = bucket.filter(({ verified }) => verified).length;
          bucket = bucket.filter(({ id }) => !remove.includes(id));
          const goodAfter = bucket.filter(({ verified }) => verified).length;
          expect(goodAfter).toBeGreaterThanOrEqual(Math.min(goodBefore, Math.max(1, rules.newest)));
        }
        if (madeGood > 0) expect(bucket.some(({ verified }) => verified)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("removes nothing in a second run", () => {
    fc.assert(
      fc.property(history, anyRules, (candidates, rules) => {
        const { remove } = planRetention(candidates, rules, 1000);
        expect(
          planRetention(
            candidates.filter(({ id }) => !remove.includes(id)),
            rules,
            1000,
          ).remove,
        ).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
