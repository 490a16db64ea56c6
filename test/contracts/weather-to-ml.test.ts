// What api makes of the weather, put to the ml of this repository: its model accepts every field, and each unit is the
// one it was trained with.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMl } from "../../api/src/features/predictions/ml.ts";
import { observedNow } from "../../api/src/features/predictions/now.ts";
import { createJma } from "../../api/src/features/weather/providers/jma.ts";
import { createOpenMeteo } from "../../api/src/features/weather/providers/open-meteo.ts";
import { createOpenWeather } from "../../api/src/features/weather/providers/openweather.ts";
import { createWeatherApi } from "../../api/src/features/weather/providers/weatherapi.ts";
import { createWeatherService } from "../../api/src/features/weather/service.ts";
import type { WeatherProvider } from "../../api/src/features/weather/weather.ts";
import { silent } from "../../api/test/running-api.ts";
import {
  amedasFile,
  amedasTable,
  openMeteo,
  openWeather,
  openWeatherRecord,
  shiojiri,
  weatherApiCurrent,
} from "../../api/test/weather/shapes.ts";
import { json, weatherServer, type Handler } from "../../api/test/weather/weather-server.ts";

/** 15:14 in Japan: the sun is up, and below 42 degrees. */
const now = () => new Date("2026-11-24T06:14:00Z");
const three = Date.parse("2026-11-24T06:00:00Z") / 1000;
const server = await weatherServer();
let ml: Server;
let url = "";

beforeAll(async () => {
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
  const { createApp } = await import("../../ml/src/app.ts");
  const { loadModel } = await import("../../ml/src/model.ts");
  const model = await loadModel(fileURLToPath(new URL("../../ml/model/", import.meta.url)));
  const version = { service: "ml", commit: "abc1234", builtAt: "" } as const;
  ml = createServer(createApp({ model, version, log: silent }));
  await new Promise<void>((resolve) => ml.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(ml.address() as AddressInfo).port}`;
});
afterAll(async () => {
  ml.closeAllConnections();
  await Promise.all([server.close(), new Promise((resolve) => ml.close(resolve))]);
});

const { origin } = server;
const options = { origin, now, key: "key", timeout: 15_000 };
const amedas: Handler = (url, response, request) => {
  if (url.pathname.endsWith(".txt")) response.end("2026-11-24T15:10:00+09:00");
  else if (url.pathname.includes("const")) json(amedasTable)(url, response, request);
  else json(amedasFile("20261124", url.pathname.includes("_12") ? 12 : 15, "1510"))(url, response, request);
};
const providers: [WeatherProvider, Handler, known: number][] = [
  [createJma(options), amedas, 16],
  [createOpenMeteo(options), json(openMeteo(three - 3 * 3600, 4)), 20],
  [createOpenWeather(options), json(openWeather([openWeatherRecord(three)])), 13],
  [createWeatherApi(options), json(weatherApiCurrent(three)), 13],
];

it.each(providers.map(([provider, answer, known]) => ({ name: provider.name, provider, answer, known })))(
  "$name",
  async ({ provider, answer, known }) => {
    server.answer = answer;
    const { question } = await observedNow(createWeatherService(provider, now, 15_000), shiojiri, now());
    const answered = (await createMl(url, { predict: 15_000, version: 15_000 }).predict(
      { ...shiojiri, lead_h: 0, ...question },
      { "x-request-id": "test", traceparent: "" },
    )) as unknown as { gate: string; probability: number; missing_features: string[] };
    expect(answered.gate).toBe("open");
    expect(answered.probability).toBeGreaterThan(0);
    // Of 21 features: what the provider knows, and the sun.
    expect(21 - answered.missing_features.length).toBe(known);
  },
);

it.each([
  ["above the temperature", { dewpoint_c: 31 }],
  ["far from what the humidity says", { dewpoint_c: -25 }],
])("a dew point %s is left out, and does not cost the prediction", async (_what, wrong) => {
  const record = weatherApiCurrent(three) as { current: object };
  server.answer = json({ ...record, current: { ...record.current, ...wrong } });
  const { question } = await observedNow(createWeatherService(createWeatherApi(options), now, 15_000), shiojiri, now());
  expect(question.observation).not.toHaveProperty("dew_point_c");
  const answered = await createMl(url, { predict: 15_000, version: 15_000 }).predict(
    { ...shiojiri, lead_h: 0, ...question },
    { "x-request-id": "test", traceparent: "" },
  );
  expect(answered.probability).toBeGreaterThan(0);
});
