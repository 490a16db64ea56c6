import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binOf, createDriftWindow, type Distribution, fewestValues, populationStability } from "../src/domain/drift.ts";

const reference = JSON.parse(readFileSync(new URL("../model/reference.json", import.meta.url), "utf8")) as {
  features: (Distribution & { name: string; median: number; missing: number })[];
};

const bins = fc.integer({ min: 1, max: 20 });
const positive = fc.double({ min: 0.001, max: 1, noNaN: true });
const sharesAndCounts = bins.chain((length) =>
  fc.tuple(
    fc.array(positive, { minLength: length, maxLength: length }),
    fc.array(fc.nat(100_000), { minLength: length, maxLength: length }),
  ),
);

describe("populationStability", () => {
  it("is a number, and never negative", () => {
    fc.assert(
      fc.property(sharesAndCounts, ([shares, counts]) => {
        const psi = populationStability(shares, counts);
        expect(Number.isFinite(psi)).toBe(true);
        expect(psi).toBeGreaterThanOrEqual(-1e-12);
      }),
    );
  });

  it("does not depend on the order of the bins, nor on what the shares add up to", () => {
    fc.assert(
      fc.property(sharesAndCounts, ([shares, counts]) => {
        const psi = populationStability(shares, counts);
        expect(populationStability(shares.toReversed(), counts.toReversed())).toBeCloseTo(psi, 9);
        expect(
          populationStability(
            shares.map((share) => share * 7),
            counts,
          ),
        ).toBeCloseTo(psi, 9);
      }),
    );
  });

  it("is next to nothing for counts that are the shares, and grows as rows move from one bin to another", () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 2, maxLength: 20 }), (shares) => {
        const total = shares.reduce((sum, share) => sum + share, 0);
        const counts = shares.map((share) => Math.round((share / total) * 1e6));
        expect(populationStability(shares, counts)).toBeLessThan(0.001);
        const moved = [0.25, 0.5, 1].map((part) => {
          const rows = Math.floor((counts[0] ?? 0) * part);
          const [first = 0, second = 0, ...rest] = counts;
          return populationStability(shares, [first - rows, second + rows, ...rest]);
        });
        expect(moved).toEqual(moved.toSorted((a, b) => a - b));
      }),
    );
  });

  it("is that of a case computed by hand", () => {
    // (0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5), with a million rows so that the half row counts nothing.
    expect(populationStability([0.5, 0.5], [600_000, 400_000])).toBeCloseTo(
      0.1 * Math.log(1.2) - 0.1 * Math.log(0.8),
      5,
    );
    expect(() => populationStability([1], [1, 2])).toThrow(RangeError);
  });
});

it("binOf finds the bin that a search from the first to the last finds", () => {
  const edges = fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 15 });
  fc.assert(
    fc.property(edges, fc.double({ noNaN: true }), (unsorted, value) => {
      const edges = unsorted.toSorted((a, b) => a - b);
      const found = edges.findIndex((edge) => edge >= value);
      expect(binOf(edges, value)).toBe(found === -1 ? edges.length : found);
    }),
  );
});

describe("the window", () => {
  const distributions: Distribution[] = [
    { edges: [0, 1], shares: [0.5, 0.3, 0.2] },
    { edges: [], shares: [1] },
  ];
  const value = fc.oneof(fc.double({ min: -1, max: 2, noNaN: true }), fc.constant(Number.NaN));

  it("is what a count of the last rows gives", () => {
    const rows = fc.array(fc.tuple(value, value), { maxLength: 400 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 300 }), (rows, capacity) => {
        const window = createDriftWindow(distributions, capacity);
        for (const row of rows) window.add(row);
        const last = rows.slice(-capacity);
        expect(window.rows()).toBe(last.length);
        const expected = distributions.map(({ edges, shares }, feature) => {
          const known = last.map((row) => row[feature]!).filter((each) => !Number.isNaN(each));
          const counts = shares.map((_, bin) => known.filter((each) => binOf(edges, each) === bin).length);
          return {
            psi: known.length < fewestValues ? undefined : expect.closeTo(populationStability(shares, counts), 9),
            missing: last.length === 0 ? 0 : expect.closeTo(1 - known.length / last.length, 9),
          };
        });
        expect(window.read()).toEqual(expected);
      }),
    );
  });
});

describe("the reference of the shipped model", () => {
  it("has for each feature shares that add up to 1, and a median inside of a bin that holds it", () => {
    expect(reference.features).toHaveLength(21);
    for (const { name, shares, edges, median } of reference.features) {
      expect(
        shares.reduce((sum, share) => sum + share, 0),
        name,
      ).toBeCloseTo(1, 4);
      const bin = binOf(edges, median);
      const before = shares.slice(0, bin).reduce((sum, share) => sum + share, 0);
      expect(before, name).toBeLessThan(0.501);
      expect(before + shares[bin]!, name).toBeGreaterThan(0.499);
    }
  });

  it("tells weather like the training's from weather of elsewhere", () => {
    // Values drawn from the distribution itself, and such of one season.
    const { edges, shares } = reference.features.find(({ name }) => name === "temperature_c")!;
    const drawn = shares.flatMap((share, bin) =>
      Array.from({ length: Math.round(share * 4000) }, () => edges[bin] ?? 40),
    );
    const psiOf = (values: number[]) => {
      const window = createDriftWindow([{ edges, shares }]);
      for (const value of values) window.add([value]);
      return window.read()[0]!.psi;
    };
    expect(psiOf(drawn)).toBeLessThan(0.01);
    expect(psiOf(drawn.map((value) => value + 6))).toBeGreaterThan(0.25);
  });
});
