// Batches, series and what a prediction rests on; and that the OpenAPI document has all that is served.
import { readFileSync } from "node:fs";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import { operationsOf } from "../../api/test/documented.ts";
import { createApp } from "../src/app.ts";
import { afternoon, runMl, shiojiri, version } from "./running-ml.ts";

const ml = await runMl();
const { call, predict, document, model } = ml;
afterAll(ml.stop);

const parity = JSON.parse(readFileSync(new URL("parity.json", import.meta.url), "utf8")) as {
  request: { lat: number; lon: number; at: string };
}[];
const rain = { rain_mm: 0.4, sunshine_h: 0.3 };
const fieldsOf = (body: any) => (body.error.details as { field: string }[]).map(({ field }) => field);
const hoursLater = (hours: number) => new Date(Date.parse(afternoon) + hours * 3_600_000).toISOString();

describe("POST /v1/predict", () => {
  it("names every wrong value at once, and what cannot be together, in words of its own", async () => {
    const observation = { temperature_c: 5, dew_point_c: 9, rain_mm: -1, sunshine_h: 1.2, wind: 3 };
    const history = [
      { hours_ago: 4, rain_mm: "much" },
      { hours_ago: 1, cloud_octas: 9 },
    ];
    const { status, body } = await predict({ lat: 91, lon: null, lead_h: 4, observation, history });
    expect(status).toBe(422);
    expect(body.error.details).toEqual(
      expect.arrayContaining([
        { in: "body", field: "lat", message: "must be 90 or less" },
        { in: "body", field: "lon", message: "must be a number" },
        { in: "body", field: "at", message: "is missing" },
        { in: "body", field: "lead_h", message: "must be one of: 0, 1, 2, 3, 6" },
        { in: "body", field: "observation.rain_mm", message: "must be 0 or more" },
        { in: "body", field: "observation.sunshine_h", message: "must be 1 or less" },
        { in: "body", field: "observation.wind", message: "is not known here" },
        { in: "body", field: "observation.dew_point_c", message: "cannot be above temperature_c" },
        { in: "body", field: "history.0.hours_ago", message: "must be 3 or less" },
        { in: "body", field: "history.0.rain_mm", message: "must be a number" },
        { in: "body", field: "history.1.cloud_octas", message: "must be 8 or less" },
      ]),
    );
    expect(body.error.details).toHaveLength(11);
    expect(body.error.message).toContain("observation.dew_point_c: cannot be above temperature_c");
  });

  it.each([
    ["a share for a percentage", { temperature_c: 12, dew_point_c: 11, humidity_pct: 0.94 }, afternoon, "humidity_pct"],
    ["sunshine at midnight", { sunshine_h: 0.1 }, "2026-11-24T15:00:00Z", "sunshine_h"],
  ])("refuses %s", async (_what, observation, at, field) => {
    const { status, body } = await predict({ ...shiojiri, at, observation });
    expect(status).toBe(422);
    expect(fieldsOf(body)).toEqual([`observation.${field}`]);
  });

  it("refuses sunshine of a night hour in the history, and years of no almanac", async () => {
    const history = [
      { hours_ago: 1, sunshine_h: 0.2 },
      { hours_ago: 3, sunshine_h: 0.2 },
    ];
    // 06:00 in Japan: the sun rises at half past six.
    const dawn = await predict({ ...shiojiri, at: "2026-11-23T21:00:00Z", observation: {}, history });
    expect(fieldsOf(dawn.body)).toEqual(["history.0.sunshine_h", "history.1.sunshine_h"]);
    const early = await predict({ ...shiojiri, at: "0001-01-01T00:00:00Z", observation: {} });
    expect(early.body.error.details).toEqual([
      { in: "body", field: "at", message: "must lie in the years 1900 to 2100" },
    ]);
  });

  it("lets through what stations do report", async () => {
    const observation = { temperature_c: 3.4, dew_point_c: 3.5, humidity_pct: 100, rain_mm: 0.1, rain_duration_h: 0 };
    const more = { wind_speed_ms: 5, gust_ms: 4, sunshine_h: 1, cloud_octas: 8 };
    expect((await predict({ ...shiojiri, at: afternoon, observation: { ...observation, ...more } })).status).toBe(200);
  });

  it("has the windows of the solar day in which the hour in question lies", async () => {
    const { body } = await predict({ ...shiojiri, at: afternoon, observation: rain });
    expect(body.windows).toHaveLength(1);
    const [{ from, to }] = body.windows;
    // 06:47 to 16:18 in Japan.
    expect(Math.abs(Date.parse(from) - Date.parse("2026-11-23T21:47:00Z"))).toBeLessThan(15 * 60_000);
    expect(Math.abs(Date.parse(to) - Date.parse("2026-11-24T07:18:00Z"))).toBeLessThan(15 * 60_000);
    const evening = await predict({ ...shiojiri, at: "2026-11-24T14:00:00Z", lead_h: 6, observation: {} });
    expect(Date.parse(evening.body.windows[0].from) - Date.parse(from)).toBeGreaterThan(86_000_000);
  });

  it("says what the probability rests on when it is asked to", async () => {
    const question = { ...shiojiri, at: afternoon, lead_h: 0, observation: { ...rain, wind_speed_ms: 3 } };
    const plain = await predict(question);
    expect(plain.body).not.toHaveProperty("factors");
    const { body } = await predict({ ...question, explain: true });
    expect({ ...body, factors: undefined }).toEqual({ ...plain.body, factors: undefined });
    const groups = body.factors.map(({ group }: { group: string }) => group);
    expect(groups.toSorted()).toEqual(["rain", "sun", "sunshine", "wind"]);
    // Of an hour that is asked about itself, nothing counts as much as its rain and its sunshine.
    expect(groups.slice(0, 2).toSorted()).toEqual(["rain", "sunshine"]);
    for (const { log_odds: odds, odds_ratio: ratio } of body.factors) expect(ratio / Math.exp(odds)).toBeCloseTo(1, 1);
    const night = await predict({ ...question, at: "2026-11-24T15:00:00Z", observation: {}, explain: true });
    expect(night.body.factors).toEqual([]);
  });
});

describe("POST /v1/predict/batch", () => {
  it("answers as single questions are answered, in their order", async () => {
    const questions = parity.map(({ request }) => request);
    const { status, body } = await call("POST", "/v1/predict/batch", { questions });
    expect(status).toBe(200);
    const singly = await Promise.all(questions.map(async (question) => (await predict(question)).body));
    expect(body.predictions.map((each: object) => ({ ...each, model: body.model }))).toEqual(singly);
  });

  it("takes a thousand questions, with all their values", async () => {
    const questions = Array.from({ length: 1000 }, (_, index) => ({
      ...parity[index % parity.length]!.request,
      lat: 51 + index / 1000,
    }));
    const answered = await call("POST", "/v1/predict/batch", { questions });
    expect(answered.status).toBe(200);
    expect(answered.body.predictions).toHaveLength(1000);
    const { status, body } = await call("POST", "/v1/predict/batch", { questions: [...questions, questions[0]] });
    expect(status).toBe(422);
    expect(body.error.details).toEqual([
      { in: "body", field: "questions", message: "must have 1000 or fewer entries" },
    ]);
  });

  it("refuses all when one is wrong, and names which", async () => {
    const good = { ...shiojiri, at: afternoon, observation: rain };
    const bad = { ...good, observation: { ...rain, rain_mm: -1, temperature_c: 1, dew_point_c: 2 } };
    const { status, body } = await call("POST", "/v1/predict/batch", { questions: [good, bad] });
    expect(status).toBe(422);
    expect(fieldsOf(body)).toEqual(["questions.1.observation.rain_mm", "questions.1.observation.dew_point_c"]);
  });

  it("names a hundred problems and counts the others", async () => {
    const questions = Array.from({ length: 150 }, () => ({ ...shiojiri, at: afternoon, observation: { rain_mm: -1 } }));
    const { body } = await call("POST", "/v1/predict/batch", { questions });
    expect(body.error.details).toHaveLength(100);
    expect(body.error.message).toMatch(/; and 50 more$/);
    expect(fieldsOf((await call("POST", "/v1/predict/batch", { questions: [] })).body)).toEqual(["questions"]);
  });
});

describe("POST /v1/forecast", () => {
  const hours = Array.from({ length: 30 }, (_, index) => ({
    at: hoursLater(index - 3),
    observation:
      index === 4 ? { ...rain, pressure_hpa: 1005 } : { rain_mm: 0, cloud_octas: 7, pressure_hpa: 1000 + index },
  }));

  it("judges each hour by its own weather, and each is the history of the next three", async () => {
    const { status, body } = await call("POST", "/v1/forecast", { ...shiojiri, hours });
    expect(status).toBe(200);
    expect(body.hours).toHaveLength(30);
    expect(body.best).toBe(4);
    expect(body.hours[4]).toMatchObject({ at: hoursLater(1), from: hoursLater(0), to: hoursLater(1), gate: "open" });
    const history = [1, 2, 3].map((hours_ago) => ({ hours_ago, ...hours[4 - hours_ago]!.observation }));
    const single = await predict({ ...shiojiri, ...hours[4], lead_h: 0, history });
    expect(body.hours[4].probability).toBe(single.body.probability);
    expect(body.hours[4].missing_features).toEqual(single.body.missing_features);
    expect(body.windows).toHaveLength(2);
    expect(body.hours.filter(({ gate }: { gate: string }) => gate === "night").length).toBeGreaterThan(10);
  });

  it("predicts from each hour what comes later", async () => {
    const { body } = await call("POST", "/v1/forecast", { ...shiojiri, lead_h: 3, hours: hours.slice(0, 1) });
    expect(body.hours[0]).toMatchObject({ at: hoursLater(-3), from: hoursLater(-1), to: hoursLater(0) });
    const single = await predict({ ...shiojiri, ...hours[0], lead_h: 3 });
    expect(body.hours[0].probability).toBe(single.body.probability);
  });

  it("has no best hour in a night, and refuses times that do not rise and weather that cannot be", async () => {
    const night = { at: "2026-11-24T15:00:00Z", observation: rain };
    const { at } = night;
    const dark = await call("POST", "/v1/forecast", { ...shiojiri, hours: [{ at, observation: { rain_mm: 1 } }] });
    expect(dark.body).toMatchObject({ best: null, hours: [{ gate: "night", probability: 0 }] });
    const { body } = await call("POST", "/v1/forecast", { ...shiojiri, hours: [night, { ...night, observation: {} }] });
    expect(fieldsOf(body)).toEqual(["hours.0.observation.sunshine_h", "hours.1.at"]);
  });
});

describe("the OpenAPI document", () => {
  it("has every route that Express serves, and no other", () => {
    const app = createApp({ model, version, log: pino({ level: "silent" }) });
    // Beside each path, a route with all methods refuses those that it does not have.
    const routes = app.router.stack.flatMap(({ route }) => (route && route.stack.length <= 2 ? [route] : []));
    const served = routes.flatMap(({ stack, path }) => [...new Set(stack.map(({ method }) => `${method} ${path}`))]);
    const documented = operationsOf(document).map(({ method, path }) => `${method.toLowerCase()} ${path}`);
    expect(served.length).toBeGreaterThan(8);
    expect(served.toSorted()).toEqual(documented.toSorted());
    expect(app.router.stack.filter(({ handle }) => "stack" in handle)).toEqual([]);
  });

  it("is of version 3.1, names each operation differently, and leads nowhere that is not there", () => {
    expect(document.openapi).toBe("3.1.0");
    const ids = operationsOf(document).map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
      expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it("has the ranges that requests are checked with", () => {
    expect(document.components.schemas["Observation"]).toMatchObject({
      additionalProperties: false,
      properties: { sunshine_h: { type: "number", minimum: 0, maximum: 1 }, rain_mm: { minimum: 0, maximum: 200 } },
    });
  });
});
