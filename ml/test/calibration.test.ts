// What sightings change: the numbers, the file, the answers, and the command that makes the file.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { CalibrationError, readCalibration } from "../src/calibration-file.ts";
import { fitSite } from "../src/calibration-fit.ts";
import { distanceKm, fewestSightings, fitIntercept, logOdds, shifted, siteOf } from "../src/domain/calibration.ts";
import { hoursWithSightings } from "../src/domain/sightings.ts";
import { loadModel } from "../src/model.ts";
import { createPredictor } from "../src/predictor.ts";
import { afternoon, modelFolder, runMl, shiojiri } from "./running-ml.ts";

const model = await loadModel(modelFolder);
const { sha256 } = model.card;
const run = promisify(execFile);
const site = { name: "Shiojiri", ...shiojiri, radius_km: 15, intercept: 0.7, sightings: 60, usual_rate: 0.03 };
/** What is nearer to 0 or 1 is clipped. */
const probability = fc.double({ min: 1e-3, max: 1 - 1e-3, noNaN: true });
const intercept = fc.double({ min: -5, max: 5, noNaN: true });
const hour = 3_600_000;

describe("an intercept", () => {
  it("keeps probabilities probabilities, and their order; none changes nothing", () => {
    fc.assert(
      fc.property(probability, probability, intercept, (one, other, by) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(shifted(low, by)).toBeLessThanOrEqual(shifted(high, by));
        expect(shifted(one, by)).toBeGreaterThan(0);
        expect(shifted(one, by)).toBeLessThan(1);
        expect(shifted(one, 0)).toBe(one);
        expect(logOdds(shifted(one, by)) - logOdds(one)).toBeCloseTo(by, 4);
      }),
    );
    expect([0, 1].map((edge) => Number.isFinite(logOdds(edge)))).toEqual([true, true]);
  });

  it("is found again from the rainbows that it makes expected", () => {
    const many = fc.array(fc.double({ min: 0.001, max: 0.9, noNaN: true }), { minLength: 50, maxLength: 300 });
    fc.assert(
      fc.property(many, fc.double({ min: -4, max: 4, noNaN: true }), (probabilities, by) => {
        const expected = probabilities.reduce((sum, each) => sum + shifted(each, by), 0);
        expect(fitIntercept(probabilities, expected)).toBeCloseTo(by, 6);
      }),
    );
  });

  it("stays finite where no rainbow or nothing else was seen", () => {
    expect(fitIntercept([0.1, 0.2], 0)).toBeCloseTo(-10);
    expect(fitIntercept([0.1, 0.2], 2)).toBeCloseTo(10);
  });
});

describe("the site of a place", () => {
  it("is the nearest one within its radius that has sightings enough", () => {
    const near = { ...site, name: "nearer", lat: 36.12, radius_km: 2 };
    const few = { ...site, name: "few", sightings: fewestSightings - 1 };
    expect(siteOf([site, near], { lat: 36.121, lon: 137.95 })?.name).toBe("nearer");
    expect(siteOf([site, near], { lat: 36.15, lon: 137.95 })?.name).toBe("Shiojiri");
    expect(siteOf([site, near], { lat: 35.68, lon: 139.69 })).toBeUndefined();
    expect(siteOf([few], shiojiri)).toBeUndefined();
  });

  it("is as far away as the great circle says", () => {
    // Tokyo and Osaka lie 112 km apart from north to south and 385 km from east to west.
    expect(distanceKm({ lat: 35.692, lon: 139.75 }, { lat: 34.682, lon: 135.518 })).toBeCloseTo(401, -1);
    expect(distanceKm({ lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 })).toBeCloseTo(111.2, 0);
  });
});

it("hours with sightings are those that ended next, once each, near the site and confirmed", () => {
  const sighting = (seenAt: string, more = {}) => ({
    id: "1",
    ...shiojiri,
    seenAt: new Date(seenAt),
    likes: 1,
    ...more,
  });
  const found = hoursWithSightings({
    sightings: [
      sighting("2026-11-24T05:00:00.001Z"),
      sighting("2026-11-24T06:00:00Z"),
      sighting("2026-11-24T06:30:00Z", { likes: 0 }),
      sighting("2026-11-24T07:30:00Z", { lat: 35 }),
      sighting("2026-11-25T06:30:00Z"),
    ],
    site,
    ends: [5, 6, 7, 8].map((at) => Date.parse(`2026-11-24T0${at}:00:00Z`)),
    confirmations: 1,
  });
  expect([...found]).toEqual([Date.parse(afternoon)]);
});

describe("the calibration file", () => {
  const write = (content: unknown) => {
    const path = join(makeTestFolder("calibration-"), "sites.json");
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };

  it("is read as it was written", async () => {
    expect(await readCalibration(write({ model_sha256: sha256, sites: [site] }), sha256)).toEqual([site]);
  });

  it("is refused with every problem named", async () => {
    const wrong = { model_sha256: sha256, sites: [{ ...site, lat: 91, intercept: "1", city: "x" }, site] };
    const refused = readCalibration(write(wrong), sha256);
    await expect(refused).rejects.toThrow(CalibrationError);
    await expect(refused).rejects.toThrow(/sites\.0\.lat[\s\S]*sites\.0\.intercept[\s\S]*city/);
  });

  it.each([
    ["of another model", { model_sha256: "0".repeat(64), sites: [] }, "fit it again"],
    ["with a site twice", { model_sha256: sha256, sites: [site, site] }, "once"],
    ["that is not JSON", "{", "JSON"],
  ])("is refused %s", async (_what, content, words) => {
    await expect(readCalibration(write(content), sha256)).rejects.toThrow(words);
  });
});

describe("answers", () => {
  it("at the site are shifted, compared with its own usual rate, and say so; elsewhere they are the model's", async () => {
    const [plain, calibrated] = [await runMl({ model }), await runMl({ model, sites: [site] })];
    const ask = { at: afternoon, observation: { rain_mm: 0.4, sunshine_h: 0.3 } };
    const [before, after] = [
      await plain.predict({ ...shiojiri, ...ask }),
      await calibrated.predict({ ...shiojiri, ...ask }),
    ];
    expect([before.body.site_calibrated, after.body.site_calibrated]).toEqual([false, true]);
    expect(after.body.probability).toBeCloseTo(shifted(before.body.probability, 0.7), 3);
    expect(after.body.times_usual).toBeCloseTo(after.body.probability / 0.03, 0);
    const away = { lat: 43.06, lon: 141.35, ...ask };
    expect((await calibrated.predict(away)).body).toEqual((await plain.predict(away)).body);
    await Promise.all([plain.stop(), calibrated.stop()]);
  });
});

describe("fitting", () => {
  /** Days around the solstice, an hour with rain and sun each, and others. */
  const questions = Array.from({ length: 2400 }, (_, index) => ({
    ...shiojiri,
    at: new Date(Date.parse("2026-01-01T00:00:00Z") + index * hour),
    lead_h: 0,
    observation: { rain_mm: index % 8 === 0 ? 0.6 : 0, sunshine_h: index % 24 < 8 ? 0.4 : 0, temperature_c: 12 },
    history: [],
  }));
  const predictor = createPredictor({ model });
  const seenIn = (predictions: { gate: string }[], count: number) =>
    questions
      .filter((_, index) => predictions[index]!.gate === "open" && index % 8 === 0)
      .slice(0, count)
      .map(({ at }, index) => ({ id: String(index), ...shiojiri, seenAt: new Date(at.getTime() - 1), likes: 2 }));
  const fit = { name: "Shiojiri", ...shiojiri, radius_km: 10, confirmations: 1, reported: 1 };

  it("makes the model expect as many rainbows as were confirmed, and the usual rate that of the site", async () => {
    const predictions = await predictor.predict(questions);
    const sightings = seenIn(predictions, 60);
    expect(sightings).toHaveLength(60);
    const fitted = await fitSite({ predictor, questions, sightings, fit });
    expect(fitted.site).toMatchObject({ sightings: 60, lat: shiojiri.lat });
    const open = predictions.filter(({ gate }) => gate === "open");
    const total = open.reduce((sum, { probability }) => sum + shifted(probability, fitted.site.intercept), 0);
    expect(total).toBeCloseTo(60, 1);
    expect(fitted.site.usual_rate).toBeCloseTo(60 / open.length, 4);
    // If half of the rainbows are reported, there were twice as many.
    const half = await fitSite({ predictor, questions, sightings, fit: { ...fit, reported: 0.5 } });
    expect(half.site.usual_rate).toBeCloseTo(120 / open.length, 4);
  });

  it("leaves the model as it is below fifty", async () => {
    const sightings = seenIn(await predictor.predict(questions), 49);
    const { site } = await fitSite({ predictor, questions, sightings, fit });
    expect(site).toMatchObject({ sightings: 49, intercept: 0 });
    await expect(fitSite({ predictor, questions: [], sightings, fit })).rejects.toThrow(RangeError);
  });

  it("is a command, which replaces the entry of its site and says what is wrong with its files", async () => {
    const folder = makeTestFolder("calibrate-");
    const file = (name: string, content: unknown) => {
      writeFileSync(join(folder, name), JSON.stringify(content));
      return join(folder, name);
    };
    // As the rules want it: no sunshine at night.
    const predictions = await predictor.predict(questions);
    const hours = questions.map(({ at, observation }, index) => ({
      at: at.toISOString(),
      observation: predictions[index]!.gate === "night" ? { rain_mm: observation.rain_mm } : observation,
    }));
    const weather = file("weather.json", { ...shiojiri, hours });
    const sightings = seenIn(predictions, 60);
    const pages = [sightings.slice(0, 30), sightings.slice(30)].map((sightings) => ({
      success: true,
      data: { sightings },
    }));
    const into = file("sites.json", {
      model_sha256: sha256,
      sites: [site, { ...site, name: "Matsumoto", lat: 36.24 }],
    });
    const main = fileURLToPath(new URL("../src/calibrate.ts", import.meta.url));
    const command = (sightings: string, ...more: string[]) =>
      run(process.execPath, [
        main,
        "--site",
        "Shiojiri",
        "--sightings",
        sightings,
        "--weather",
        weather,
        "--into",
        into,
        ...more,
      ]);
    const { stdout } = await command(file("pages.json", pages), "--radius-km", "10");
    expect(stdout).toMatch(/^Shiojiri: 60 of \d+ hours had a confirmed sighting.*Intercept -?\d/);
    const written = await readCalibration(into, sha256);
    expect(written.map(({ name }) => name)).toEqual(["Matsumoto", "Shiojiri"]);
    expect(written[1]).toMatchObject({ sightings: 60, radius_km: 10 });
    const before = readFileSync(into, "utf8");
    await expect(command(file("wrong.json", [{ id: 1 }]), "--reported", "1")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("wrong.json"),
    });
    await expect(command(weather, "--reported", "2")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--reported[\s\S]*Usage/),
    });
    expect(readFileSync(into, "utf8")).toBe(before);
  }, 60_000);
});
