import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gateOf, lookFor } from "../src/domain/answer.ts";
import { computeFeatures, type FeatureName, type Question } from "../src/domain/features.ts";
import { bowWindows } from "../src/domain/sky.ts";
import { sunPosition } from "../src/domain/sun.ts";

const shiojiri = { lat: 36.11, lon: 137.95 };
const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const card = read("../model/model-card.json") as { features: FeatureName[] };
const parity = read("parity.json") as { request: Omit<Question, "at"> & { at: string }; features: (number | null)[] }[];

describe("sunPosition", () => {
  // Times at which the sun over Shiojiri passes 3 and 42 degrees, JST: computed with another programme, to the minute.
  it.each([
    ["2026-06-21T04:53:00+09:00", 3],
    ["2026-06-21T08:13:00+09:00", 42],
    ["2026-06-21T15:26:00+09:00", 42],
    ["2026-06-21T18:46:00+09:00", 3],
    ["2026-09-22T05:55:00+09:00", 3],
    ["2026-12-21T07:17:00+09:00", 3],
    ["2026-12-21T16:15:00+09:00", 3],
  ])("is right over Shiojiri at %s", (at, elevation) => {
    expect(sunPosition(new Date(at), shiojiri.lat, shiojiri.lon).elevation).toBeCloseTo(elevation, 0);
  });

  it("stands in the south at noon and in the west in the afternoon", () => {
    expect(sunPosition(new Date("2026-11-24T11:35:00+09:00"), shiojiri.lat, shiojiri.lon).azimuth).toBeCloseTo(180, -1);
    expect(sunPosition(new Date("2026-11-24T15:30:00+09:00"), shiojiri.lat, shiojiri.lon).azimuth).toBeGreaterThan(220);
  });
});

describe("bowWindows", () => {
  const clock = (at: Date) =>
    at.toLocaleTimeString("sv-SE", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit" });
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

  // From the same table as above: windows in June and September, one from morning to evening in December.
  it.each([
    [
      "2026-06-21",
      [
        ["04:53", "08:13"],
        ["15:26", "18:46"],
      ],
    ],
    [
      "2026-09-22",
      [
        ["05:55", "09:23"],
        ["13:57", "17:26"],
      ],
    ],
    ["2026-12-21", [["07:17", "16:15"]]],
  ])("over Shiojiri on %s", (day, expected) => {
    const found = bowWindows(new Date(`${day}T00:00:00+09:00`), 24, shiojiri.lat, shiojiri.lon);
    expect(found).toHaveLength(expected.length);
    for (const [index, { from, to }] of found.entries()) {
      for (const [time, wanted] of [
        [clock(from), expected[index]![0]!],
        [clock(to), expected[index]![1]!],
      ] as const) {
        expect(Math.abs(minutes(time) - minutes(wanted)), `${day} ${time} for ${wanted}`).toBeLessThanOrEqual(1);
      }
    }
  });

  it("cuts a window at the ends of the period, and finds none in the polar night", () => {
    const noon = new Date("2026-12-21T12:00:00+09:00");
    expect(bowWindows(noon, 1, shiojiri.lat, shiojiri.lon)).toEqual([
      { from: noon, to: new Date(noon.getTime() + 3_600_000) },
    ]);
    expect(bowWindows(noon, 24, 80, 15)).toEqual([]);
  });
});

describe("computeFeatures", () => {
  it.each(parity.map((entry) => [entry.request.at, entry.request.lead_h, entry] as const))(
    "gives what the training computed for %s, %i h ahead",
    (_at, _lead, { request, features }) => {
      const { values } = computeFeatures({ ...request, at: new Date(request.at) }, card.features);
      expect([...values]).toEqual(
        features.map((expected) => (expected === null ? Number.NaN : expect.closeTo(expected, 1))),
      );
    },
  );

  it("names what is missing", () => {
    const question = {
      ...shiojiri,
      at: new Date("2026-11-24T06:00:00Z"),
      lead_h: 1,
      observation: { rain_mm: 1 },
      history: [],
    };
    const { missing } = computeFeatures(question, card.features);
    expect(missing).toContain("sunshine_h");
    expect(missing).not.toContain("rain_mm");
  });
});

describe("the gate", () => {
  it.each([
    [-1, "night"],
    [0, "night"],
    [0.1, "open"],
    [42, "open"],
    [42.1, "sun-too-high"],
  ] as const)("with the sun at %f degrees is %s", (elevation, gate) => {
    expect(gateOf({ elevation })).toBe(gate);
  });

  it("says to look away from the sun, to where the top of the bow is", () => {
    expect(lookFor({ elevation: 12, azimuth: 230 })).toEqual({ azimuth: 50, top_elevation: 30 });
    expect(lookFor({ elevation: 50, azimuth: 230 })).toBeUndefined();
  });
});
