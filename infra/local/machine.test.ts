import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { insufficientSpace } from "./machine.ts";

const location = (path: string, device: number, free: number, bytes: number) => ({ path, device, free, bytes });

describe("insufficientSpace", () => {
  it("adds up what the first run writes to the same file system", () => {
    const problems = insufficientSpace([
      location("/var/lib/docker", 1, 5e9, 4e9),
      location("/home/me/.cache", 1, 5e9, 1.5e9),
      location("/home/me/checkout", 2, 6e8, 5e8),
    ]);
    expect(problems.map(({ message }) => message)).toEqual([
      "Not enough disk space for /var/lib/docker, /home/me/.cache: 5.0 GB free, 5.5 GB needed.",
    ]);
  });

  it("requires one reserve per file system in later runs, however many locations it has", () => {
    expect(
      insufficientSpace([location("/var/lib/docker", 1, 1.2e9, 1e9), location("/home/me/.cache", 1, 1.2e9, 1e9)]),
    ).toEqual([]);
    expect(insufficientSpace([location("/var/lib/docker", 1, 0.9e9, 1e9)])).toHaveLength(1);
  });

  it("always reports a file system that is too small for one of its locations", () => {
    const locations = fc.array(
      fc.record({
        path: fc.constant("/p"),
        device: fc.integer({ min: 1, max: 3 }),
        free: fc.constant(2e9),
        bytes: fc.constantFrom(1e9, 1.5e9, 4e9),
      }),
    );
    fc.assert(
      fc.property(locations, (all) => {
        const tooSmall = new Set(all.filter(({ bytes, free }) => bytes > free).map(({ device }) => device));
        expect(insufficientSpace(all).length).toBeGreaterThanOrEqual(tooSmall.size);
      }),
    );
  });
});
