import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spaceMissing } from "./machine.ts";

const place = (path: string, device: number, free: number, bytes: number) => ({ path, device, free, bytes });

describe("spaceMissing", () => {
  it("adds up what the first run writes to one file system", () => {
    const problems = spaceMissing([
      place("/var/lib/docker", 1, 5e9, 4e9),
      place("/home/me/.cache", 1, 5e9, 1.5e9),
      place("/home/me/checkout", 2, 6e8, 5e8),
    ]);
    expect(problems.map(({ message }) => message)).toEqual([
      "Too little space for /var/lib/docker, /home/me/.cache: 5.0 GB free, 5.5 GB needed.",
    ]);
  });

  it("asks for one reserve on a file system in later runs, however many folders lie on it", () => {
    expect(spaceMissing([place("/var/lib/docker", 1, 1.2e9, 1e9), place("/home/me/.cache", 1, 1.2e9, 1e9)])).toEqual(
      [],
    );
    expect(spaceMissing([place("/var/lib/docker", 1, 0.9e9, 1e9)])).toHaveLength(1);
  });

  it("never lets a file system pass that is too small for one of its places", () => {
    const places = fc.array(
      fc.record({
        path: fc.constant("/p"),
        device: fc.integer({ min: 1, max: 3 }),
        free: fc.constant(2e9),
        bytes: fc.constantFrom(1e9, 1.5e9, 4e9),
      }),
    );
    fc.assert(
      fc.property(places, (all) => {
        const tooSmall = new Set(all.filter(({ bytes, free }) => bytes > free).map(({ device }) => device));
        expect(spaceMissing(all).length).toBeGreaterThanOrEqual(tooSmall.size);
      }),
    );
  });
});
