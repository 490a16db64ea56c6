import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigurationError, readMigrationConfig, readServiceConfig } from "../src/config.ts";
import { boxesAround } from "../src/features/sightings/boxes.ts";
import { scramVerifier } from "../src/scram.ts";

const complete = {
  DB_HOST: "db", DB_NAME: "shiojiri_rainbow", DB_USER: "rainbow_app", DB_PASSWORD: "secret", REDIS_URL: "redis://cache:6379",
  JWT_SECRET: "a-secret-of-thirty-two-characters!", ML_URL: "http://ml:5000",
};

describe("readServiceConfig", () => {
  it("takes what Terraform gives", () => {
    expect(readServiceConfig(complete)).toMatchObject({ PORT: 3000, DB_PORT: 5432, DB_SSL: "disable", LOG_LEVEL: "info" });
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

  it("refuses a role name that is not one", () => {
    expect(() => readMigrationConfig({ ...complete, DB_APP_USER: 'app"; DROP', DB_APP_PASSWORD: "0123456789abcdef" })).toThrow("DB_APP_USER");
  });
});

describe("scramVerifier", () => {
  it("is what PostgreSQL stores (vector of RFC 7677: user, pencil)", () => {
    const verifier = scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
    expect(verifier).toBe("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
  });

  it("refuses text that would have to be normalised first", () => {
    expect(() => scramVerifier("塩尻")).toThrow("ASCII");
  });
});

describe("boxesAround", () => {
  const distanceKm = (a: { lat: number; lon: number }, b: { lat: number; lon: number }) => {
    const rad = Math.PI / 180;
    const h = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2;
    return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)));
  };
  const place = fc.record({ lat: fc.double({ min: -90, max: 90, noNaN: true }), lon: fc.double({ min: -180, max: 180, noNaN: true }) });
  const offset = fc.double({ min: -1.2, max: 1.2, noNaN: true });

  it("hold every point within the radius", () => {
    fc.assert(
      fc.property(place, offset, offset, fc.double({ min: 0.1, max: 100, noNaN: true }), (center, dLat, dLon, radiusKm) => {
        const point = { lat: Math.max(-90, Math.min(90, center.lat + dLat)), lon: ((center.lon + dLon + 540) % 360) - 180 };
        fc.pre(distanceKm(center, point) <= radiusKm);
        const boxes = boxesAround(center.lat, center.lon, radiusKm);
        expect(boxes.some((box) => point.lat >= box.south && point.lat <= box.north && point.lon >= box.west && point.lon <= box.east)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
