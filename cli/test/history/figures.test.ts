// The inputs of history, and the four DORA figures.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { doraOf, median } from "../../src/history/dora.ts";
import type { Brought } from "../../src/history/deployments.ts";
import { historyInputs, readInputs } from "../../src/history/inputs.ts";
import { long } from "../../src/history/report.ts";
import { now } from "./world.ts";

describe("inputs", () => {
  const read = (given: Record<string, string>) => readInputs((name) => given[name] ?? "", now);

  it("are what the help describes", () => {
    const asked: string[] = [];
    readInputs((name) => (asked.push(name), name === "service" ? "api" : ""), now);
    expect(new Set(asked)).toEqual(new Set(Object.keys(historyInputs)));
  });

  it.each([
    ["30d", "2026-10-27T12:00:00.000Z"],
    ["2026-11-01", "2026-11-01T00:00:00.000Z"],
    ["2026-11-01T09:00+09:00", "2026-11-01T00:00:00.000Z"],
  ])("since %s", (since, expected) => {
    expect(read({ service: "api", since }).since.toISOString()).toBe(expected);
  });

  it.each(["yesterday", "2026-13-01", "2027-01-01", "0d", "--all"])("refuse since %s", (since) => {
    expect(() => read({ since })).toThrow(/since: must be[\s\S]*service: is required/);
  });
});

describe("figures", () => {
  const change = fc.record({
    start: fc.integer({ min: 0, max: 1000 }),
    outcome: fc.constantFrom("verified", "succeeded", "rolled back", "failed", "stopped", "in progress"),
    kind: fc.constantFrom("deployment", "rollback", "restart"),
    wentLive: fc.boolean(),
    isRestored: fc.boolean(),
  });

  it("count each change once, and never more failures than changes", () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const deployments = changes.map(({ start, outcome, kind, wentLive, isRestored }) => ({
          outcome,
          kind,
          wentLive,
          startedAt: new Date(start * 1000),
          endedAt: new Date((start + 60) * 1000),
          restoredAt: isRestored ? new Date((start + 90) * 1000) : undefined,
          commits: [],
        })) as unknown as Brought[];
        const dora = doraOf(deployments, { since: new Date(0), until: new Date(7 * 86_400_000) });
        const { failed, changes: all, percent } = dora.changeFailureRate;
        expect(failed).toBeLessThanOrEqual(all);
        expect(dora.timeToRestore.restored + dora.timeToRestore.open).toBe(failed);
        expect(percent === undefined).toBe(all === 0);
        expect(dora.deploymentFrequency.count).toBeLessThanOrEqual(all);
        if (dora.timeToRestore.restored > 0) expect(dora.timeToRestore.median).toBe(90);
      }),
    );
  });

  it.each([
    [[], undefined],
    [[3], 3],
    [[1, 9], 5],
    [[9, 1, 2], 2],
  ])("the median of %j is %s", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it.each([
    [4, "4 s"],
    [200, "3 min 20 s"],
    [18_600, "5 h 10 min"],
    [273_600, "3 d 4 h"],
  ])("%d s is %s", (seconds, expected) => {
    expect(long(seconds)).toBe(expected);
  });
});
