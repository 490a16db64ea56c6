import { X509Certificate } from "node:crypto";
import { getCACertificates } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigurationError, predictionMode, readMigrationConfig, readServiceConfig } from "../src/config.ts";
import { connectionSettings } from "../src/database.ts";
import { makeSightings, numbers } from "../dev/sightings.ts";
import { bowPoints, middleOf } from "../src/features/page/geometry.ts";
import { startOfDay } from "../src/features/page/content.ts";
import { contentSecurityPolicy } from "../src/features/page/policy.ts";
import { tilesOf } from "../src/features/page/tiles.ts";
import { boxesAround, cellsOf } from "../src/features/sightings/boxes.ts";
import { scramVerifier } from "../src/scram.ts";

const complete = {
  DB_HOST: "db",
  DB_NAME: "shiojiri_rainbow",
  DB_USER: "rainbow_app",
  DB_PASSWORD: "secret",
  REDIS_URL: "redis://cache:6379",
  JWT_SECRET: "a-secret-of-thirty-two-characters!",
  ML_URL: "http://ml:5000",
};

describe("readServiceConfig", () => {
  it("takes what Terraform gives", () => {
    expect(readServiceConfig(complete)).toMatchObject({
      PORT: 3000,
      DB_PORT: 5432,
      DB_SSL: "verify-full",
      LOG_LEVEL: "info",
    });
  });

  it("names every problem at once and no value", () => {
    let message = "";
    try {
      readServiceConfig({ ...complete, DB_HOST: undefined, JWT_SECRET: "hunter2", DB_PORT: "many", DB_SSL: "maybe" });
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      message = (error as Error).message;
    }
    for (const name of ["DB_HOST: is missing", "JWT_SECRET", "DB_PORT", "DB_SSL"]) expect(message).toContain(name);
    expect(message).not.toContain("hunter2");
  });

  it("refuses a region of RDS whose certificates it does not have, unless others are given", () => {
    const verified = (host: string, more = {}) =>
      readServiceConfig({ ...complete, DB_HOST: host, DB_SSL: "verify-full", ...more });
    expect(verified("db.abc.ap-northeast-1.rds.amazonaws.com").DB_SSL).toBe("verify-full");
    expect(verified("db.internal").DB_SSL).toBe("verify-full");
    const newest = "db.abc.ap-south-3.rds.amazonaws.com";
    expect(() => verified(newest)).toThrow(/DB_SSL: this image has no RDS certificates of ap-south-3: .*NODE_EXTRA_CA/);
    expect(() => verified("db.abc.rds.cn-north-1.amazonaws.com.cn")).toThrow("cn-north-1");
    expect(verified(newest, { NODE_EXTRA_CA_CERTS: "/own.pem" }).DB_SSL).toBe("verify-full");
    expect(verified(newest, { DB_SSL: "require" }).DB_SSL).toBe("require");
  });

  it("says nothing of the future, and asks nobody for the weather, unless it is set", () => {
    const { WEATHER_PROVIDER, WEATHER_API_KEY, WEATHER_PLACES, ...others } = readServiceConfig({
      ...complete,
      WEATHER_API_KEY: "not-set",
    });
    expect([WEATHER_PROVIDER, WEATHER_API_KEY, WEATHER_PLACES]).toEqual([
      "none",
      undefined,
      [{ lat: 36.11, lon: 137.95 }],
    ]);
    expect(predictionMode(others)).toEqual({ name: "present" });
  });

  it("sends no notifications unless there is a key, and refuses one without showing it", () => {
    const settings = readServiceConfig({
      ...complete,
      FIREBASE_PROJECT_ID: "not-set\n",
      FIREBASE_SERVICE_ACCOUNT_KEY: "",
    });
    expect([
      settings.FIREBASE_PROJECT_ID,
      settings.FIREBASE_SERVICE_ACCOUNT_KEY,
      settings.NOTIFICATION_INTERVAL_MINUTES,
    ]).toEqual([undefined, undefined, 5]);
    expect(readServiceConfig({ ...complete, FIREBASE_PROJECT_ID: " rainbow-1 \n" }).FIREBASE_PROJECT_ID).toBe(
      "rainbow-1",
    );
    let message = "";
    try {
      const key = JSON.stringify({ type: "service_account", private_key: "hunter2" });
      const names = { FIREBASE_PROJECT_ID: "../hunter2", FIREBASE_SERVICE_ACCOUNT_KEY: key };
      readServiceConfig({ ...complete, ...names, NOTIFICATION_INTERVAL_MINUTES: "0" });
    } catch (error) {
      message = (error as Error).message;
    }
    for (const name of ["FIREBASE_PROJECT_ID: must be", "FIREBASE_SERVICE_ACCOUNT_KEY: must be", "INTERVAL_MINUTES"])
      expect(message).toContain(name);
    expect(message).not.toContain("hunter2");
  });

  it.each([
    [{ MAP_TILES_URL: "https://tiles.example/{z}/{x}/{y}.png" }, /MAP_TILES_URL: .*go together/],
    [{ MAP_TILES_ATTRIBUTION: "Somebody|https://example.org" }, /MAP_TILES_ATTRIBUTION: .*go together/],
    [{ MAP_TILES_URL: "http://tiles.example/{z}/{x}/{y}.png" }, /MAP_TILES_URL: must be an https URL/],
    [{ MAP_TILES_URL: "https://tiles.example/{z}/{x}.png" }, /MAP_TILES_URL: must be an https URL/],
    [{ MAP_TILES_URL: "https://{s}.tiles.example/{z}/{x}/{y}.png" }, /MAP_TILES_URL: must be an https URL/],
    [{ MAP_TILES_ATTRIBUTION: "Somebody" }, /MAP_TILES_ATTRIBUTION: must be TEXT\|LINK/],
  ])("refuse tiles that are not whole: %j", (settings, problem) => {
    expect(() => readServiceConfig({ ...complete, ...settings })).toThrow(problem);
  });

  it("take tiles with whose they are, and none from empty settings", () => {
    const url = "https://tiles.example:8443/pale/{z}/{x}/{y}.png?key=1";
    const named = readServiceConfig({
      ...complete,
      MAP_TILES_URL: url,
      MAP_TILES_ATTRIBUTION: "Tiles|https://example.org/use",
    });
    const tiles = tilesOf(named);
    expect(tiles).toEqual({ url, attribution: "Tiles", link: "https://example.org/use" });
    expect(contentSecurityPolicy(tiles)).toContain("img-src data: 'self' https://tiles.example:8443;");
    const none = readServiceConfig({ ...complete, MAP_TILES_URL: "", MAP_TILES_ATTRIBUTION: "" });
    expect(tilesOf(none)).toBeUndefined();
  });

  it.each([undefined, "", "  "])("refuses to start with forecasts for the permit %j", (permit) => {
    const settings = { ...complete, PREDICTION_MODE: "forecast", FORECAST_PERMIT: permit };
    expect(() => readServiceConfig(settings)).toThrow(/PREDICTION_MODE: forecast needs FORECAST_PERMIT/);
    const permitted = readServiceConfig({ ...settings, FORECAST_PERMIT: "第999号" });
    expect(predictionMode(permitted)).toEqual({ name: "forecast", permit: "第999号" });
  });

  it("reads the places whose weather is stored", () => {
    const places = (text: string) => readServiceConfig({ ...complete, WEATHER_PLACES: text }).WEATHER_PLACES;
    expect(places("36.11,137.95; 36.24,137.97")).toEqual([
      { lat: 36.11, lon: 137.95 },
      { lat: 36.24, lon: 137.97 },
    ]);
    for (const text of ["", "Shiojiri", "36.11", "36.11,", "91,0", "1,2,3", "1,2;"])
      expect(() => places(text)).toThrow("WEATHER_PLACES: must be pairs");
  });

  it("refuses a role name that is not one", () => {
    expect(() =>
      readMigrationConfig({ ...complete, DB_APP_USER: 'app"; DROP', DB_APP_PASSWORD: "0123456789abcdef" }),
    ).toThrow("DB_APP_USER");
  });
});

describe("the connection to the database", () => {
  const settings = (host: string, ssl: "disable" | "require" | "verify-full") =>
    connectionSettings({ ...complete, DB_HOST: host, DB_PORT: 5432, DB_SSL: ssl }).ssl;

  it("trusts the certificates of RDS for hosts of RDS only, besides those of Node", () => {
    const { ca } = settings("db.abc.ap-northeast-1.rds.amazonaws.com", "verify-full") as { ca: string[] };
    const names = ca.map((text) => new X509Certificate(text).subject);
    expect(names.filter((name) => name.includes("Amazon RDS ap-northeast-1 Root CA"))).toHaveLength(3);
    expect(ca).toEqual(expect.arrayContaining(getCACertificates("default")));
    expect(settings("db.internal", "verify-full")).toEqual({ rejectUnauthorized: true });
    expect(settings("db.abc.ap-northeast-1.rds.amazonaws.com", "require")).toEqual({ rejectUnauthorized: false });
    expect(settings("db.abc.ap-northeast-1.rds.amazonaws.com", "disable")).toBe(false);
  });
});

describe("the picture", () => {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const sunWithBow = fc.record({
    elevation: fc.double({ min: 0.1, max: 41, noNaN: true }),
    azimuth: fc.double({ min: 0, max: 359.99, noNaN: true }),
  });

  it("draws every point of the bow 42 degrees from the point opposite the sun, and above the horizon", () => {
    fc.assert(
      fc.property(sunWithBow, (sun) => {
        const points = bowPoints(sun, 42);
        expect(points.length).toBeGreaterThan(2);
        for (const { elevation, azimuth } of points) {
          expect(elevation).toBeGreaterThanOrEqual(0);
          const cosine =
            Math.sin(radians(elevation)) * Math.sin(radians(-sun.elevation)) +
            Math.cos(radians(elevation)) *
              Math.cos(radians(sun.elevation)) *
              Math.cos(radians(azimuth - sun.azimuth - 180));
          expect(cosine).toBeCloseTo(Math.cos(radians(42)), 6);
        }
      }),
    );
  });

  it("has sun and bow both in view, on either side of the middle", () => {
    fc.assert(
      fc.property(sunWithBow, (sun) => {
        const middle = middleOf(sun);
        const aside = (azimuth: number) => Math.abs(((azimuth - middle + 540) % 360) - 180);
        expect(aside(sun.azimuth)).toBeCloseTo(90, 6);
        expect(aside(sun.azimuth + 180)).toBeCloseTo(90, 6);
        expect(middle).toBeGreaterThanOrEqual(90);
        expect(middle).toBeLessThanOrEqual(270);
      }),
    );
  });

  it("begins the day at midnight in Japan, wherever it runs", () => {
    expect(startOfDay(new Date("2026-11-24T14:59:59Z"))).toBe("2026-11-24T00:00:00+09:00");
    expect(startOfDay(new Date("2026-11-24T15:00:00Z"))).toBe("2026-11-25T00:00:00+09:00");
  });
});

describe("made-up sightings", () => {
  const now = new Date("2026-11-24T12:00:00Z");
  // One window a day, at the fourth hour.
  const windowsOf = async (from: Date) => [
    { from: new Date(from.getTime() + 4 * 3_600_000), to: new Date(from.getTime() + 5 * 3_600_000) },
  ];

  it("are a thousand within windows of the last year, around Shiojiri, the same each time", async () => {
    const make = () => makeSightings({ count: 1000, now, windowsOf, random: numbers(1) });
    const sightings = await make();
    expect(await make()).toEqual(sightings);
    expect(sightings).toHaveLength(1000);
    for (const { lat, lon, seenAt, intensity, doubleBow, note } of sightings) {
      expect(Math.hypot((lat - 36.11) * 111.2, (lon - 137.95) * 90)).toBeLessThan(35);
      expect(now.getTime() - seenAt.getTime()).toBeGreaterThan(0);
      expect(now.getTime() - seenAt.getTime()).toBeLessThan(366 * 86_400_000);
      expect([16, 17]).toContain(seenAt.getUTCHours());
      expect([1, 2, 3, 4, 5]).toContain(intensity);
      expect(doubleBow && intensity < 4).toBe(false);
      expect(note.length).toBeLessThan(100);
    }
    // Several see the same shower; more of them in summer than in winter.
    const hours = new Set(sightings.map(({ seenAt }) => seenAt.toISOString().slice(0, 13)));
    expect(hours.size).toBeLessThan(400);
    const inMonths = (...months: number[]) =>
      sightings.filter(({ seenAt }) => months.includes(seenAt.getUTCMonth())).length;
    expect(inMonths(6, 7, 8)).toBeGreaterThan(2 * inMonths(0, 1, 2));
  });
});

describe("scramVerifier", () => {
  it("is what PostgreSQL stores (vector of RFC 7677: user, pencil)", () => {
    const verifier = scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
    expect(verifier).toBe(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });

  it("refuses text that would have to be normalised first", () => {
    expect(() => scramVerifier("塩尻")).toThrow("ASCII");
  });
});

describe("boxesAround", () => {
  const distanceKm = (a: { lat: number; lon: number }, b: { lat: number; lon: number }) => {
    const rad = Math.PI / 180;
    const h =
      Math.sin(((b.lat - a.lat) * rad) / 2) ** 2 +
      Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2;
    return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)));
  };
  const place = fc.record({
    lat: fc.double({ min: -90, max: 90, noNaN: true }),
    lon: fc.double({ min: -180, max: 180, noNaN: true }),
  });
  const offset = fc.double({ min: -1.2, max: 1.2, noNaN: true });

  it("are covered by their squares, of which there are not too many", () => {
    fc.assert(
      fc.property(
        place,
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        offset,
        offset,
        (center, radiusKm, dLat, dLon) => {
          const boxes = boxesAround(center.lat, center.lon, radiusKm);
          const cells = cellsOf(boxes);
          if (!cells) {
            expect(Math.abs(center.lat)).toBeGreaterThan(80);
            return;
          }
          expect(cells.length).toBeLessThanOrEqual(2500);
          for (const { west, east, south, north } of boxes) {
            const point = {
              lat: Math.min(north, Math.max(south, center.lat + dLat)),
              lon: Math.min(east, Math.max(west, center.lon + dLon)),
            };
            const [cell] = cellsOf([{ west: point.lon, east: point.lon, south: point.lat, north: point.lat }]) ?? [];
            expect(cells).toContain(cell);
          }
        },
      ),
    );
  });

  it("hold every point within the radius", () => {
    fc.assert(
      fc.property(
        place,
        offset,
        offset,
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        (center, dLat, dLon, radiusKm) => {
          const point = {
            lat: Math.max(-90, Math.min(90, center.lat + dLat)),
            lon: ((center.lon + dLon + 540) % 360) - 180,
          };
          fc.pre(distanceKm(center, point) <= radiusKm);
          const boxes = boxesAround(center.lat, center.lon, radiusKm);
          expect(
            boxes.some(
              (box) =>
                point.lat >= box.south && point.lat <= box.north && point.lon >= box.west && point.lon <= box.east,
            ),
          ).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
