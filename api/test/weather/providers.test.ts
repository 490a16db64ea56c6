// Each weather provider against answers of its own shape, from a real server; and what each makes of a broken one.
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createJma } from "../../src/features/weather/providers/jma.ts";
import { createOpenMeteo } from "../../src/features/weather/providers/open-meteo.ts";
import { createOpenWeather } from "../../src/features/weather/providers/openweather.ts";
import { createWeatherApi } from "../../src/features/weather/providers/weatherapi.ts";
import { ProviderError, type WeatherProvider } from "../../src/features/weather/weather.ts";
import {
  amedasFile,
  amedasTable,
  openMeteo,
  openWeather,
  openWeatherRecord,
  shiojiri,
  weatherApiCurrent,
  weatherApiForecast,
} from "./shapes.ts";
import { json, troubles, weatherServer, type Handler } from "./weather-server.ts";

const server = await weatherServer();
afterAll(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
});

const { origin } = server;
/** Milliseconds: the machine may be busy. */
const patient = 15_000;
/** 15:00 in Japan. */
const three = Date.parse("2026-11-24T15:00:00+09:00");
const now = () => new Date(three + 4 * 60_000);
const key = "a-key-that-nobody-may-see";
const signal = new AbortController().signal;
const observed = async (provider: WeatherProvider, place = shiojiri) =>
  provider.observed(await provider.site(place, signal), signal);
const forecast = async (provider: WeatherProvider) =>
  provider.forecast?.(await provider.site(shiojiri, signal), signal);
const query = (index = 0) => new URL(server.asked[index] ?? "", origin).searchParams;
const refusal = async (work: Promise<unknown>): Promise<ProviderError> => {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
};

describe("JMA", () => {
  const point = "/bosai/amedas/data/point";
  const files = (latest: string, points: Record<string, object>): Handler => {
    const all: Record<string, object | string> = {
      "/bosai/amedas/const/amedastable.json": amedasTable,
      "/bosai/amedas/data/latest_time.txt": `${latest}\n`,
      ...points,
    };
    return (url, response) => {
      const file = all[url.pathname];
      if (file === undefined) response.writeHead(404).end("not found");
      else response.end(typeof file === "string" ? file : JSON.stringify(file));
    };
  };
  const jma = () => createJma({ origin, now, timeout: patient });

  it("takes the nearest station that observes rain and sunshine, and its last four hours", async () => {
    server.answer = files("2026-11-24T15:10:00+09:00", {
      [`${point}/48361/20261124_12.json`]: amedasFile("20261124", 12),
      [`${point}/48361/20261124_15.json`]: amedasFile("20261124", 15, "1510", () => ({ temp: [7.9, 0] })),
    });
    const provider = jma();
    const site = await provider.site(shiojiri, signal);
    expect(site).toMatchObject({ key: "48361", station: { name: "Matsumoto", nameJa: "松本" }, sunshine: "measured" });
    const hours = await provider.observed(site, signal);
    expect(hours.map(({ at }) => at.toISOString())).toEqual([
      "2026-11-24T03:10:00.000Z",
      "2026-11-24T04:10:00.000Z",
      "2026-11-24T05:10:00.000Z",
      "2026-11-24T06:10:00.000Z",
    ]);
    expect(hours.at(-1)?.values).toEqual({
      temperature_c: 7.9,
      humidity_pct: 81,
      pressure_hpa: 1013.4,
      rain_mm: 1.5,
      sunshine_h: 0.4,
      visibility_km: 18.2,
      wind_speed_ms: 3.1,
    });
  });

  it("asks for no file but those of the announced time, whatever our clock says", async () => {
    server.answer = files("2026-01-01T00:00:00+09:00", {
      [`${point}/48361/20251231_21.json`]: amedasFile("20251231", 21),
      [`${point}/48361/20260101_00.json`]: amedasFile("20260101", 0, "0000"),
    });
    expect((await observed(jma())).at(-1)?.at.toISOString()).toBe("2025-12-31T15:00:00.000Z");
    expect(server.asked.toSorted()).toEqual([
      "/bosai/amedas/const/amedastable.json",
      "/bosai/amedas/data/latest_time.txt",
      `${point}/48361/20251231_21.json`,
      `${point}/48361/20260101_00.json`,
    ]);
  });

  it("does not ask again for a file that was not there, until another time is announced", async () => {
    const before = { [`${point}/48361/20261124_12.json`]: amedasFile("20261124", 12, "1450") };
    const after = { ...before, [`${point}/48361/20261124_15.json`]: amedasFile("20261124", 15, "1510") };
    const provider = jma();
    server.answer = files("2026-11-24T15:00:00+09:00", before);
    // The station's newest is of ten minutes ago.
    for (let time = 0; time < 3; time += 1)
      expect((await observed(provider)).at(-1)?.at.toISOString()).toBe("2026-11-24T05:50:00.000Z");
    expect(server.asked.filter((path) => path.includes("_15"))).toHaveLength(1);
    server.answer = files("2026-11-24T15:10:00+09:00", after);
    expect((await observed(provider)).at(-1)?.at.toISOString()).toBe("2026-11-24T06:10:00.000Z");
  });

  it("leaves out what is missing, doubtful or impossible, and adds up ten minutes where no hour is given", async () => {
    const more = () => ({
      sun1h: undefined,
      sun10m: [9, 0],
      precipitation1h: [4, 1],
      precipitation10m: [0.5, 0],
      temp: [null, 6],
      humidity: [0, null],
      normalPressure: [1013.4, 5],
      wind: [412, 0],
      visibility: "far",
    });
    server.answer = files("2026-11-24T14:50:00+09:00", {
      [`${point}/48361/20261124_12.json`]: amedasFile("20261124", 12, "1450", more),
      [`${point}/48361/20261124_09.json`]: amedasFile("20261124", 9, "1150", more),
    });
    expect((await observed(jma())).at(-1)?.values).toEqual({ rain_mm: 3, sunshine_h: 0.9 });
  });

  it("says that sunshine is estimated, and that there is no station", async () => {
    server.answer = files("2026-11-24T15:10:00+09:00", {});
    expect(await jma().site({ lat: 35.84, lon: 137.69 }, signal)).toMatchObject({
      key: "48491",
      sunshine: "estimated",
    });
    expect(await refusal(jma().site({ lat: 52.1, lon: 5.2 }, signal))).toMatchObject({ reason: "unknown-place" });
  });

  it("has radar of the past, as tiles", async () => {
    server.answer = json([
      { basetime: "20261124061000", validtime: "20261124061000", elements: ["hrpns"] },
      { basetime: "20261124060500", validtime: "20261124060500", elements: ["hrpns"] },
      { basetime: "20261124061000", validtime: "20261124061500", elements: ["hrpns"] },
    ]);
    const radar = await jma().radar?.(signal);
    expect(radar?.frames.map(({ at }) => at.toISOString())).toEqual([
      "2026-11-24T06:05:00.000Z",
      "2026-11-24T06:10:00.000Z",
    ]);
    expect(radar?.frames[1]?.tiles).toBe(
      "https://www.jma.go.jp/bosai/jmatile/data/nowc/20261124061000/none/20261124061000/surf/hrpns/{z}/{x}/{y}.png",
    );
  });
});

describe("Open-Meteo", () => {
  const openMeteoHours = openMeteo(three / 1000 - 4 * 3600, 5);

  it.each([
    ["an object", openMeteoHours],
    ["a list of one", [openMeteoHours]],
  ])("reads the hours until now from %s, in our units", async (_shape, body) => {
    server.answer = json(body);
    const hours = await observed(createOpenMeteo({ origin, now, timeout: patient }));
    expect(hours).toHaveLength(4);
    expect(hours.at(-1)).toEqual({
      at: new Date(three),
      values: {
        temperature_c: 8.1,
        dew_point_c: 5.2,
        humidity_pct: 82,
        pressure_hpa: 1013.2,
        rain_mm: 0.6,
        sunshine_h: 0.3,
        cloud_octas: 6,
        visibility_km: 24.14,
        wind_speed_ms: 2.4,
        gust_ms: 7.1,
      },
    });
    expect(query().get("hourly")?.split(",")).toHaveLength(10);
    expect([query().get("latitude"), query().get("apikey")]).toEqual(["36.11", null]);
  });

  it("leaves out nulls and what it was not given", async () => {
    server.answer = json(openMeteo(three / 1000, 1, { precipitation: [null], visibility: undefined }));
    const [hour] = await observed(createOpenMeteo({ origin, now, key, timeout: patient }));
    expect(Object.keys(hour?.values ?? {})).not.toEqual(expect.arrayContaining(["rain_mm"]));
    expect(query().get("apikey")).toBe(key);
  });

  it("reads the hours to come", async () => {
    server.answer = json(openMeteo(three / 1000, 49));
    const hours = await forecast(createOpenMeteo({ origin, now, timeout: patient }));
    expect([hours?.length, hours?.[0]?.at.getTime()]).toEqual([48, three + 3_600_000]);
  });

  it.each([
    ["Minutely API request limit exceeded. Please try again in one minute.", 60],
    ["Hourly API request limit exceeded. Please try again in the next hour.", 900],
    ["Daily API request limit exceeded. Please try again tomorrow.", 3600],
  ])("knows how long to wait: %s", async (reason, retryAfter) => {
    server.answer = json({ error: true, reason }, 429);
    expect(await refusal(observed(createOpenMeteo({ origin, now, timeout: patient })))).toMatchObject({
      reason: "quota",
      retryAfter,
    });
  });
});

describe("OpenWeather", () => {
  const provider = () => createOpenWeather({ origin, now, key, timeout: patient });

  it("reads the weather now; no field for rain means that there is none", async () => {
    server.answer = json(openWeather([openWeatherRecord(three / 1000)]));
    expect((await observed(provider()))[0]?.values).toMatchObject({ rain_mm: 0, cloud_octas: 6, visibility_km: 10 });
    server.answer = json(openWeather([openWeatherRecord(three / 1000, { rain: { "1h": 0.9 } })]));
    expect((await observed(provider()))[0]).toMatchObject({ at: new Date(three), values: { rain_mm: 0.9 } });
    expect([query().get("units"), query().get("appid")]).toEqual(["metric", key]);
  });

  it("reads the hours to come, and does not follow the next page", async () => {
    server.answer = json(openWeather([0, 1, 2].map((hour) => openWeatherRecord(three / 1000 + hour * 3600))));
    expect(await forecast(provider())).toHaveLength(2);
    expect(server.asked).toHaveLength(1);
  });

  it.each([
    [401, { cod: 401, message: "Invalid API key." }, "refused"],
    [401, { cod: "401", message: "Invalid API key." }, "refused"],
    [200, { cod: "401", message: "Invalid API key." }, "refused"],
    [200, { cod: 429, message: "Your account is temporary blocked." }, "quota"],
    [429, { code: 429, message: "Too many requests" }, "quota"],
    [404, { cod: "404", message: "not found" }, "unknown-place"],
  ])("reads %i %j as %s", async (status, body, reason) => {
    server.answer = json(body, status);
    expect(await refusal(observed(provider()))).toMatchObject({ reason });
  });
});

describe("WeatherAPI", () => {
  const provider = () => createWeatherApi({ origin, now, key, timeout: patient });

  it("reads the weather now and the hours to come, in our units", async () => {
    server.answer = (url, ...rest) =>
      json(url.pathname === "/v1/current.json" ? weatherApiCurrent(three / 1000) : weatherApiForecast(three / 1000))(
        url,
        ...rest,
      );
    expect((await observed(provider()))[0]).toEqual({
      at: new Date(three),
      values: {
        temperature_c: 8.3,
        dew_point_c: 5.1,
        humidity_pct: 80,
        pressure_hpa: 1013,
        rain_mm: 0.7,
        cloud_octas: 6,
        visibility_km: 10,
        wind_speed_ms: 2.5,
        gust_ms: 5,
      },
    });
    expect(await forecast(provider())).toHaveLength(23);
    expect(query().get("q")).toBe("36.11,137.95");
  });

  it.each([
    [403, 2007, "quota"],
    [400, 1006, "unknown-place"],
    [401, 2006, "refused"],
    [403, 2008, "refused"],
    [400, 1005, "unreachable"],
  ])("reads %i with code %i as %s", async (status, code, reason) => {
    server.answer = json({ error: { code, message: "…" } }, status);
    expect(await refusal(observed(provider()))).toMatchObject({ reason });
  });
});

describe("any of them", () => {
  const providers = {
    jma: (timeout: number) => createJma({ origin, now, timeout }),
    "open-meteo": (timeout: number) => createOpenMeteo({ origin, now, key, timeout }),
    openweather: (timeout: number) => createOpenWeather({ origin, now, key, timeout }),
    weatherapi: (timeout: number) => createWeatherApi({ origin, now, key, timeout }),
  };
  const cases = Object.entries(providers).flatMap(([name, make]) =>
    Object.entries(troubles).map(([trouble, { answer, reason }]) => ({ name, make, trouble, answer, reason })),
  );

  it.each(cases)("$name that $trouble: $reason", async ({ make, answer, reason }) => {
    server.answer = answer;
    const error = await refusal(observed(make(reason === "timeout" ? 200 : patient)));
    expect(error.reason).toBe(reason);
    // Neither the message nor what is logged with it has the key.
    const { cause } = error as { cause?: Error };
    expect([error.message, error.stack, cause?.message, cause?.stack].join("\n")).not.toContain(key);
  });

  it("is stopped", async () => {
    const gone = await weatherServer();
    await gone.close();
    const error = await refusal(observed(createOpenMeteo({ origin: gone.origin, now, key })));
    expect(error).toMatchObject({ reason: "unreachable", message: "Open-Meteo is not reachable." });
  });
});
