// The position of the sun beside values that others published, and beside an independent implementation.
import { Body, Equator, Horizon, Observer } from "astronomy-engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bowWindows, createWindowsOfDay, solarMidnight } from "../src/domain/sky.ts";
import { sunElevations, sunPosition, type SunPosition } from "../src/domain/sun.ts";

const radians = (degrees: number) => (degrees * Math.PI) / 180;
/** Degrees between two directions: near the zenith, azimuths may differ much. */
function between(a: SunPosition, b: SunPosition): number {
  const cosine =
    Math.sin(radians(a.elevation)) * Math.sin(radians(b.elevation)) +
    Math.cos(radians(a.elevation)) * Math.cos(radians(b.elevation)) * Math.cos(radians(a.azimuth - b.azimuth));
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
}
const time = (from: string, to: string) => fc.date({ min: new Date(from), max: new Date(to), noInvalidDate: true });
const century = time("1900-01-01T00:00:00Z", "2100-12-31T00:00:00Z");
const latitude = fc.double({ min: -90, max: 90, noNaN: true });
const longitude = fc.double({ min: -180, max: 180, noNaN: true });

describe("sunPosition", () => {
  it("is that of NREL's worked example, to 0.02 degrees", () => {
    // Reda and Andreas, Solar Position Algorithm, NREL/TP-560-34302 (2008), table A5.1: zenith 50.11162, azimuth
    // 194.34024, of which refraction is 0.0163 degrees; 12:30:30 on 17 October 2003, UTC-7, near Golden, Colorado.
    const published = { elevation: 90 - 50.11162 - 0.0163, azimuth: 194.34024 };
    const position = sunPosition(new Date("2003-10-17T12:30:30-07:00"), 39.742476, -105.1786);
    expect(between(position, published)).toBeLessThan(0.02);
  });

  // Meeus, Astronomical Algorithms (2nd edition), examples 25.a and 28.a: 13 October 1992 at 0h dynamical time, which
  // was 59 s ahead of UTC. At the pole, the elevation is the declination.
  const meeus = new Date("1992-10-12T23:59:01Z");
  it("has the declination of Meeus's example, to 0.01 degrees", () => {
    expect(Math.abs(sunPosition(meeus, 90, 0).elevation - -7.78507)).toBeLessThan(0.01);
  });

  it("has the equation of time of Meeus's example, to 0.02 degrees", () => {
    // 3.427351 degrees: so far is the sun past where a clock has it, and it culminates where that is made up for.
    const seconds = 59 / 240;
    expect(Math.abs(sunPosition(meeus, 50, 180 - 3.427351 + seconds).azimuth - 180)).toBeLessThan(0.02);
  });

  // U.S. Naval Observatory, Earth's Seasons: equinoxes of 2026, to the minute.
  it.each(["2026-03-20T14:46:00Z", "2026-09-23T00:05:00Z"])("stands above the equator at %s", (equinox) => {
    expect(Math.abs(sunPosition(new Date(equinox), 90, 0).elevation)).toBeLessThan(0.01);
  });

  it("is within 0.02 degrees of astronomy-engine, anywhere from 1900 to 2100", () => {
    fc.assert(
      fc.property(century, latitude, longitude, (at, lat, lon) => {
        const observer = new Observer(lat, lon, 0);
        const { ra, dec } = Equator(Body.Sun, at, observer, true, true);
        const { altitude, azimuth } = Horizon(at, observer, ra, dec);
        expect(between(sunPosition(at, lat, lon), { elevation: altitude, azimuth })).toBeLessThan(0.02);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("sunElevations", () => {
  it("is within 0.002 degrees of sunPosition", () => {
    fc.assert(
      fc.property(
        century,
        latitude,
        longitude,
        fc.double({ min: 0, max: 240, noNaN: true }),
        (from, lat, lon, hours) => {
          const at = new Date(from.getTime() + Math.round(hours * 3_600_000));
          const elevation = sunElevations(from, 240, lat, lon)(at.getTime());
          expect(Math.abs(elevation - sunPosition(at, lat, lon).elevation)).toBeLessThan(0.002);
        },
      ),
    );
  });
});

describe("bowWindows", () => {
  it("are in order, and begin and end where the sun passes 3 or 42 degrees, or with the period", () => {
    fc.assert(
      fc.property(century, latitude, longitude, (from, lat, lon) => {
        const end = from.getTime() + 24 * 3_600_000;
        const windows = bowWindows(from, 24, lat, lon);
        const times = windows.flatMap(({ from, to }) => [from, to]);
        expect(times.map(Number)).toEqual(times.map(Number).toSorted((a, b) => a - b));
        for (const at of times) {
          if (at.getTime() === from.getTime() || at.getTime() === end) continue;
          const { elevation } = sunPosition(at, lat, lon);
          // The sun moves by 0.0042 degrees a second at most.
          expect(Math.min(Math.abs(elevation - 3), Math.abs(elevation - 42))).toBeLessThan(0.01);
        }
        for (const { from, to } of windows) {
          const { elevation } = sunPosition(new Date((from.getTime() + to.getTime()) / 2), lat, lon);
          expect(elevation).toBeGreaterThan(2.99);
          expect(elevation).toBeLessThan(42.01);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("of a day are the same when remembered, and no more are than were asked for", () => {
    const windowsOfDay = createWindowsOfDay(2);
    const at = new Date("2026-11-24T06:00:00Z");
    const first = windowsOfDay(at, 36.11, 137.95);
    expect(first).toEqual(bowWindows(solarMidnight(at, 137.95), 24, 36.11, 137.95));
    expect(windowsOfDay(new Date("2026-11-24T03:00:00Z"), 36.11, 137.95)).toBe(first);
    for (const lat of [1, 2]) windowsOfDay(at, lat, 0);
    const again = windowsOfDay(at, 36.11, 137.95);
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it("of a day begin at the lowest sun", () => {
    fc.assert(
      fc.property(century, longitude, (at, lon) => {
        const midnight = solarMidnight(at, lon);
        expect(at.getTime() - midnight.getTime()).toBeGreaterThanOrEqual(-1);
        expect(at.getTime() - midnight.getTime()).toBeLessThan(86_400_001);
        // Mean solar time: 17 minutes of the equation of time, and what declination does to the azimuth.
        const { azimuth } = sunPosition(midnight, 50, lon);
        expect(Math.min(azimuth, 360 - azimuth)).toBeLessThan(8);
      }),
    );
  });
});
