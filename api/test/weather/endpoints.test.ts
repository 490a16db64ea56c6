// What callers get of the weather, and of predictions from it: over HTTP, on real PostgreSQL and Redis, from a weather
// service and an ml that are servers of the test.
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createOpenMeteo } from "../../src/features/weather/providers/open-meteo.ts";
import { createJma } from "../../src/features/weather/providers/jma.ts";
import { recordOnce } from "../../src/features/weather/recorder.ts";
import { createWeatherService } from "../../src/features/weather/service.ts";
import { runApi, silent } from "../running-api.ts";
import { amedasFile, amedasTable, openMeteo, shiojiri } from "./shapes.ts";
import { json, weatherServer, type Handler } from "./weather-server.ts";

/** 15:14 in Japan. */
const now = () => new Date("2026-11-24T06:14:00Z");
const three = Date.parse("2026-11-24T06:00:00Z") / 1000;
const patient = 15_000;
const models = await weatherServer((url, response, request) => {
  const past = Number(url.searchParams.get("past_hours"));
  json(openMeteo(three - past * 3600, past + Number(url.searchParams.get("forecast_hours"))))(url, response, request);
});
const stations = await weatherServer((url, response, request) => {
  const files: Record<string, Handler> = {
    "/bosai/amedas/const/amedastable.json": json(amedasTable),
    "/bosai/amedas/data/latest_time.txt": (_url, response) => response.end("2026-11-24T15:10:00+09:00"),
    "/bosai/amedas/data/point/48361/20261124_12.json": json(amedasFile("20261124", 12)),
    "/bosai/amedas/data/point/48361/20261124_15.json": json(amedasFile("20261124", 15, "1510")),
    "/bosai/jmatile/data/nowc/targetTimes_N1.json": json([{ basetime: "20261124061000", validtime: "20261124061000" }]),
  };
  (files[url.pathname] ?? json({}, 404))(url, response, request);
});
const modelWeather = createWeatherService(
  createOpenMeteo({ origin: models.origin, now, timeout: patient }),
  now,
  patient,
);
const stationWeather = createWeatherService(
  createJma({ origin: stations.origin, now, timeout: patient }),
  now,
  patient,
);

const present = await runApi("weather_present", { weather: stationWeather, now });
const permit = "気象庁長官許可第999号";
const forecast = await runApi("weather_forecast", { weather: modelWeather, mode: { name: "forecast", permit }, now });
const without = await runApi("weather_without", { now });
const apis = [present, forecast, without];
/** Each from another address: an address gets sixty answers a minute. */
let address = 0;
for (const api of apis) {
  const { call } = api;
  api.call = (method, path, options) => {
    address += 1;
    return call(method, path, { ...options, headers: { "x-forwarded-for": `192.0.2.${address % 250}` } });
  };
}
afterAll(() => Promise.all([...apis.map(({ stop }) => stop()), models.close(), stations.close()]));

/** What ml was asked. */
const questions: any[] = [];
beforeEach(() => {
  questions.length = 0;
  for (const { ml } of apis)
    ml.answer = async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      questions.push(text === "" ? request.url : JSON.parse(text));
      const sun = { sun: { elevation: 12, azimuth: 229 }, gate: "open", look: { azimuth: 49, top_elevation: 30 } };
      const answer = request.url?.startsWith("/v1/sky")
        ? { ...sun, windows: [], path: [], usual_rate: 0.019 }
        : { ...sun, probability: 0.21, times_usual: 11 };
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    };
});
const code = ({ status, body }: { status: number; body: any }) => [
  status,
  body.error?.code,
  body.error?.details?.reason,
];

describe("weather now", () => {
  it("is that of the nearest station, with whom to credit and how far it is", async () => {
    const { status, body } = await present.call("GET", "/api/weather/current");
    expect(status).toBe(200);
    expect(body.data).toEqual({
      provider: "jma",
      attribution: expect.objectContaining({ url: "https://www.jma.go.jp/bosai/amedas/" }),
      site: {
        station: { name: "Matsumoto", nameJa: "松本" },
        lat: expect.closeTo(36.247, 3),
        lon: expect.closeTo(137.97, 3),
        distanceKm: 15.3,
        sunshine: "measured",
      },
      at: "2026-11-24T06:10:00.000Z",
      values: expect.objectContaining({ rain_mm: 1.5, sunshine_h: 0.4 }),
      fetchedAt: now().toISOString(),
      stale: false,
    });
  });

  it("says that there is none abroad, none without a provider, and what is wrong with the question", async () => {
    expect(code(await present.call("GET", "/api/weather/current?lat=52&lon=5"))).toEqual([
      404,
      "no-weather-there",
      undefined,
    ]);
    expect(code(await without.call("GET", "/api/weather/current"))).toEqual([404, "not-available", "not-configured"]);
    for (const query of [
      "lat=36",
      "lat=36&lon=",
      "lat=91&lon=5",
      "lat=1e400&lon=5",
      "lat=a&lon=b",
      "lat=1&lat=2&lon=3",
    ])
      expect((await present.call("GET", `/api/weather/current?${query}`)).status).toBe(422);
  });

  it("is answered sixty times a minute for an address", async () => {
    const statuses = [];
    for (let request = 0; request < 70; request += 1)
      statuses.push(
        (await fetch(`${present.url}/api/weather/radar`, { headers: { "x-forwarded-for": "198.51.100.7" } })).status,
      );
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(10);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(60 * 2);
    expect((await present.call("GET", "/api/weather/radar")).status).toBe(200);
  });
});

describe("stored weather", () => {
  const record = (api: typeof present, weather: typeof modelWeather, at = now) =>
    recordOnce({ database: api.database, weather, places: [shiojiri], log: silent, now: at });

  it("is recorded once in ten minutes, by one task of the fleet", async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => record(present, stationWeather)));
    expect(outcomes.filter((outcome) => outcome === "recorded")).toHaveLength(1);
    expect(await record(present, stationWeather)).toBe("not due");
    const { rows } = await present.database.query(
      `SELECT s.provider, s.key, s.name_ja, d.rain_mm, d.sunshine_h, d.cloud_octas FROM weather_data d
       JOIN weather_sites s ON s.id = d.site_id ORDER BY observed_at DESC`,
    );
    expect(rows).toHaveLength(4);
    expect(rows[0]).toEqual({
      provider: "jma",
      key: "48361",
      name_ja: "松本",
      rain_mm: 1.5,
      sunshine_h: 0.4,
      cloud_octas: null,
    });
    // Ten minutes later the same hours are not stored twice.
    expect(await record(present, stationWeather, () => new Date(now().getTime() + 600_000))).toBe("recorded");
    expect((await present.database.query("SELECT FROM weather_data")).rowCount).toBe(4);
  });

  it("leaves the lock to others, and leaves it free", async () => {
    const master = await present.asMaster();
    await master.query("SELECT pg_advisory_lock(20171117)");
    expect(await record(present, stationWeather)).toBe("another task does it");
    await master.query("SELECT pg_advisory_unlock(20171117)");
    await master.end();
    expect(await record(present, stationWeather)).toBe("not due");
  });

  it("is read back, oldest first, from the nearest site that has some", async () => {
    const { body } = await present.call("GET", "/api/weather/history?hours=2");
    expect(body.data).toMatchObject({
      provider: "jma",
      attribution: { textJa: expect.stringContaining("気象庁") },
      site: { station: { nameJa: "松本" }, distanceKm: 15.3 },
      hours: [{ at: "2026-11-24T05:10:00.000Z" }, { at: "2026-11-24T06:10:00.000Z", values: { rain_mm: 1.5 } }],
    });
    expect(body.data.hours[0].values).not.toHaveProperty("cloud_octas");
  });

  it("is an empty list where nothing was stored, also without a provider", async () => {
    const nothing = { provider: null, attribution: null, site: null, hours: [] };
    expect((await present.call("GET", "/api/weather/history?lat=43&lon=141")).body.data).toEqual(nothing);
    expect((await without.call("GET", "/api/weather/history")).body.data).toEqual(nothing);
    expect((await present.call("GET", "/api/weather/history?hours=169")).status).toBe(422);
    expect(await record(without, createWeatherService("not-configured", now))).toBe("no provider");
  });
});

describe("the hours to come", () => {
  it("are the provider's, with the permit", async () => {
    const { body } = await forecast.call("GET", "/api/weather/forecast?hours=3");
    expect(body.data).toMatchObject({
      provider: "open-meteo",
      permit,
      attribution: { url: "https://open-meteo.com/" },
    });
    expect(body.data.hours.map(({ at }: { at: string }) => at.slice(11, 16))).toEqual(["07:00", "08:00", "09:00"]);
  });

  it("are not told without a permit", async () => {
    expect(code(await present.call("GET", "/api/weather/forecast"))).toEqual([403, "needs-permit", undefined]);
    expect(code(await present.call("GET", "/api/predictions/next"))).toEqual([403, "needs-permit", undefined]);
    expect(code(await present.call("POST", "/api/predictions", { body: { ...shiojiri, lead_h: 1 } }))).toEqual([
      403,
      "needs-permit",
      undefined,
    ]);
    expect(questions).toEqual([]);
  });
});

describe("radar", () => {
  it("is tiles of the past, or not there", async () => {
    expect((await present.call("GET", "/api/weather/radar")).body.data).toMatchObject({
      provider: "jma",
      frames: [{ at: "2026-11-24T06:10:00.000Z", tiles: expect.stringContaining("{z}/{x}/{y}") }],
      minZoom: 4,
      maxZoom: 10,
    });
    expect(code(await forecast.call("GET", "/api/weather/radar"))).toEqual([404, "not-available", "not-offered"]);
    expect(code(await without.call("GET", "/api/weather/radar"))).toEqual([404, "not-available", "not-configured"]);
  });
});

describe("predictions", () => {
  it("of now are for the present hour, from the weather that was measured", async () => {
    const { status, body } = await present.call("GET", "/api/predictions/now");
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      mode: "present",
      lead_h: 0,
      at: "2026-11-24T06:10:00.000Z",
      probability: 0.21,
      weather: { available: true, provider: "jma", attribution: { url: expect.any(String) }, values: { rain_mm: 1.5 } },
    });
    expect(body.data).not.toHaveProperty("permit");
    expect(questions).toEqual([
      {
        ...shiojiri,
        lead_h: 0,
        at: "2026-11-24T06:10:00.000Z",
        observation: body.data.weather.values,
        history: [3, 2, 1].map((hours_ago) => ({ hours_ago, rain_mm: 1.5, sunshine_h: 0.4, pressure_hpa: 1013.4 })),
      },
    ]);
  });

  it("of the next hours are for one to six hours ahead, and show the permit", async () => {
    const { body } = await forecast.call("GET", "/api/predictions/next?lat=36.2&lon=138");
    expect(body.data).toMatchObject({ mode: "forecast", permit, weather: { provider: "open-meteo" } });
    expect(body.data.hours.map(({ lead_h, to }: any) => [lead_h, to])).toEqual([
      [1, "2026-11-24T07:00:00.000Z"],
      [2, "2026-11-24T08:00:00.000Z"],
      [3, "2026-11-24T09:00:00.000Z"],
      [6, "2026-11-24T12:00:00.000Z"],
    ]);
    expect(questions.map(({ lead_h }) => lead_h).toSorted()).toEqual([1, 2, 3, 6]);
    expect((await forecast.call("GET", "/api/predictions/now")).body.data).toMatchObject({
      mode: "forecast",
      permit,
      lead_h: 0,
    });
  });

  it("of now know the sun alone without weather, and say so", async () => {
    expect((await without.call("GET", "/api/predictions/now")).body.data).toEqual({
      mode: "present",
      at: now().toISOString(),
      lead_h: 0,
      probability: null,
      times_usual: null,
      usual: 0.019,
      gate: "open",
      sun: { elevation: 12, azimuth: 229 },
      look: { azimuth: 49, top_elevation: 30 },
      weather: { available: false, code: "not-available", reason: "not-configured" },
    });
  });

  it("take the provider's weather where the caller gives none", async () => {
    const { body } = await present.call("POST", "/api/predictions", { body: shiojiri });
    expect(body.data).toMatchObject({ probability: 0.21, mode: "present", weather: { provider: "jma" } });
    expect(questions[0]).toMatchObject({ lead_h: 0, at: "2026-11-24T06:10:00.000Z", observation: { rain_mm: 1.5 } });
    expect((await present.call("POST", "/api/predictions", { body: { lat: "36", lon: 137 } })).status).toBe(422);
    expect(
      (await present.call("POST", "/api/predictions", { body: { ...shiojiri, at: "2026-01-01T00:00:00Z" } })).status,
    ).toBe(422);
  });

  it("take the caller's weather as it is, for the present unless there is a permit", async () => {
    const own = { ...shiojiri, at: "2026-06-21T17:00:00+09:00", observation: { rain_mm: 0.4 } };
    const answer = await present.call("POST", "/api/predictions", { body: own });
    expect([answer.status, answer.body.data.mode, answer.body.data.weather]).toEqual([200, "present", undefined]);
    expect(questions[0]).toEqual({ ...own, lead_h: 0 });
    const ahead = await forecast.call("POST", "/api/predictions", { body: { ...own, lead_h: 3 } });
    expect(ahead.body.data).toMatchObject({ mode: "forecast", permit });
    expect(questions[1]).toEqual({ ...own, lead_h: 3 });
  });
});
