import fc from "fast-check";
import { expect, it } from "vitest";
import { computedFeatures } from "../src/domain/features.ts";
import { ablations, factorsOf, groups } from "../src/domain/factors.ts";

const medians = computedFeatures.map((_, index) => 1000 + index);
const value = fc.oneof(fc.double({ min: -50, max: 50, noNaN: true }), fc.constant(Number.NaN));
const row = fc.array(value, { minLength: 21, maxLength: 21 }).map((values) => Float32Array.from(values));

it("every feature but the lead is of exactly one group", () => {
  expect(Object.values(groups).flat().toSorted()).toEqual(
    computedFeatures.filter((name) => name !== "lead_h").toSorted(),
  );
});

it("an ablation takes away its own known features and nothing else, and leaves the row as it was", () => {
  fc.assert(
    fc.property(row, (row) => {
      const before = Float32Array.from(row);
      const found = ablations(row, computedFeatures, medians);
      expect(row).toEqual(before);
      expect(found.length).toBeLessThanOrEqual(Object.keys(groups).length);
      for (const { group, features, row: without } of found) {
        expect(features.length).toBeGreaterThan(0);
        computedFeatures.forEach((name, index) => {
          const own = features.includes(name);
          const taken = group === "sun" ? medians[index] : Number.NaN;
          expect(without[index]).toBe(own ? taken : row[index]);
        });
      }
    }),
  );
});

it("factors come with the weightiest first, of either sign", () => {
  const without = [0.3, 0.05, 0.31].map((probability, index) => ({
    group: String(index),
    features: [],
    row: new Float32Array(),
    probability,
  }));
  const found = factorsOf(0.3, without);
  expect(found.map(({ group }) => group)).toEqual(["1", "2", "0"]);
  expect(found[0]!.log_odds).toBeCloseTo(Math.log(0.3 / 0.7) - Math.log(0.05 / 0.95), 9);
  expect(found[1]!.log_odds).toBeLessThan(0);
});
