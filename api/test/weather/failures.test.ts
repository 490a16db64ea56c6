// The weather service, and ml, each stopped, slow, flapping and talking nonsense: right answers, right codes, recovery
// by itself, and everything else as before.
import type { RequestListener } from "node:http";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createOpenMeteo } from "../../src/features/weather/providers/open-meteo.ts";
import { createWeatherService, type WeatherService } from "../../src/features/weather/service.ts";
import { runApi } from "../running-api.ts";
import { openMeteo, shiojiri } from "./shapes.ts";
import { json, weatherServer, type Handler } from "./weather-server.ts";

const start = Date.parse("2026-11-24T06:14:00Z");
let time = start;
const now = () => new Date(time);
const works: Handler = json(openMeteo(Math.floor(start / 3_600_000) * 3600 - 3 * 3600, 4));
const server = await weatherServer(works);
/** A provider that was never asked; the time limit is short, so that the tests are too. */
const newService = (timeout = 15_000, origin = server.origin) =>
  createWeatherService(createOpenMeteo({ origin, now, timeout }), now, timeout);
let service = newService();
const weather: WeatherService = {
  provider: service.provider,
  missing: undefined,
  observed: (place) => service.observed(place),
  forecast: (place) => service.forecast(place),
  radar: () => service.radar(),
  status: () => service.status(),
};
const api = await runApi("failures", { weather, now });
const { ml, stop } = api;
/** Each from another address: an address gets sixty answers a minute. */
let address = 0;
const call: typeof api.call = (method, path, options) => {
  address += 1;
  return api.call(method, path, { ...options, headers: { "x-forwarded-for": `203.0.113.${address % 250}` } });
};
const gone = await weatherServer();
await gone.close();
afterAll(() => Promise.all([stop(), server.close()]));

const mlAnswers = (body: string, status = 200): RequestListener => {
  return (_request, response) => void response.writeHead(status, { "content-type": "application/json" }).end(body);
};
const mlWorks: RequestListener = (request, response) => {
  const sky = {
    sun: { elevation: 12, azimuth: 229 },
    gate: "open",
    look: null,
    windows: [],
    path: [],
    usual_rate: 0.02,
  };
  const answers: Record<string, object> = {
    "/v1/predict": { probability: 0.2, gate: "open" },
    "/version": { commit: "abc" },
  };
  mlAnswers(JSON.stringify(answers[request.url ?? ""] ?? sky))(request, response);
};
/** Fails every second time. */
const flapping = <Listener extends (...call: any[]) => void>(broken: Listener, working: Listener): Listener => {
  let calls = 0;
  return ((...call) => {
    calls += 1;
    (calls % 2 === 1 ? broken : working)(...call);
  }) as Listener;
};

beforeEach(() => {
  time = start;
  server.answer = works;
  ml.answer = mlWorks;
  service = newService();
});

const current = () => call("GET", "/api/weather/current");
const prediction = () => call("GET", "/api/predictions/now");
/** What does not need weather or ml, and what the load balancer asks. */
async function expectTheRest(checks: object): Promise<void> {
  const ready = await call("GET", "/ready");
  expect(ready).toMatchObject({ status: 200, body: { status: "ready", checks } });
  expect((await call("GET", "/health")).status).toBe(200);
  expect((await call("GET", "/api/sightings")).status).toBe(200);
  expect((await call("GET", "/api/weather/history")).status).toBe(200);
}

describe("a weather service that is", () => {
  const broken: [name: string, reason: string, breakIt: () => void][] = [
    ["stopped", "unreachable", () => (service = newService(15_000, gone.origin))],
    [
      "slow",
      "timeout",
      () => {
        service = newService(300);
        server.answer = (...request) => setTimeout(() => works(...request), 5000);
      },
    ],
    ["answering nonsense", "garbage", () => (server.answer = (_url, response) => response.end("<html>"))],
    ["answering errors", "unreachable", () => (server.answer = json({}, 503))],
  ];

  it.each(broken)("%s: 503, predictions from the sun alone, and back by itself", async (_name, reason, breakIt) => {
    breakIt();
    for (let ask = 0; ask < 3; ask += 1) {
      const answer = await current();
      expect(answer).toMatchObject({
        status: 503,
        body: { error: { code: "weather-unavailable", details: { reason } } },
      });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    // From the third failure on nobody waits for it.
    const began = performance.now();
    expect(await prediction()).toMatchObject({
      status: 200,
      body: { data: { probability: null, usual: 0.02, weather: { available: false, reason: "paused" } } },
    });
    expect(performance.now() - began).toBeLessThan(5000);
    await expectTheRest({
      weather: { ok: false, required: false, provider: "open-meteo", problem: expect.any(String) },
    });

    // It comes back, and the pause is over: nothing else is needed.
    server.answer = works;
    if (service.status().problem?.includes("reachable")) return;
    time += 16_000;
    expect(await eventually(current)).toMatchObject({ status: 200, body: { data: { provider: "open-meteo" } } });
    await expectTheRest({ weather: { ok: true, provider: "open-meteo" } });
  });

  it("flapping: weather for whoever comes when it works, old weather for the others", async () => {
    server.answer = flapping<Handler>(json({}, 500), works);
    expect([(await current()).status, (await current()).status]).toEqual([503, 200]);
    for (let minutes = 11; minutes < 60; minutes += 11) {
      time = start + minutes * 60_000;
      expect((await current()).status).toBe(200);
    }
    const { body } = await prediction();
    expect(body.data).toMatchObject({ probability: 0.2, weather: { available: true } });
  });

  it("gone for longer than its weather is of the present: that is said instead of a prediction", async () => {
    expect((await prediction()).body.data.probability).toBe(0.2);
    server.answer = json({}, 500);
    time = start + 100 * 60_000;
    expect((await current()).body.data).toMatchObject({ stale: true });
    expect((await prediction()).body.data).toMatchObject({ probability: null, weather: { reason: "old" } });
    expect(await call("POST", "/api/predictions", { body: shiojiri })).toMatchObject({
      status: 503,
      body: { error: { code: "weather-unavailable", details: { reason: "old" } } },
    });
  });
});

describe("an ml that is", () => {
  const broken: [name: string, reason: string, answer: RequestListener][] = [
    ["cutting connections", "unreachable", (request) => request.socket.destroy()],
    ["slow", "timeout", (...request) => setTimeout(() => mlWorks(...request), 5000)],
    ["stopping in the middle of an answer", "timeout", (_request, response) => response.writeHead(200).write('{"pro')],
    ["answering errors", "unreachable", mlAnswers("{}", 500)],
    ["answering a page", "garbage", mlAnswers("<html>")],
    ["answering null", "garbage", mlAnswers("null")],
    ["answering a probability of two", "garbage", mlAnswers('{"probability":2,"commit":1}')],
    ["refusing without a word", "garbage", mlAnswers("null", 400)],
  ];

  it.each(broken)("%s: 503, the weather as before, and back by itself", async (_name, reason, answer) => {
    ml.answer = answer;
    for (const ask of [
      prediction,
      () => call("POST", "/api/predictions", { body: { ...shiojiri, observation: {} } }),
    ]) {
      const answered = await ask();
      expect(answered).toMatchObject({ status: 503, body: { error: { code: "ml-unavailable", details: { reason } } } });
      expect(answered.headers.get("retry-after")).toBe("5");
    }
    expect((await current()).status).toBe(200);
    await expectTheRest({ ml: { ok: false, required: false }, weather: { ok: true } });
    ml.answer = mlWorks;
    expect(await eventually(prediction)).toMatchObject({ status: 200, body: { data: { probability: 0.2 } } });
  });

  it("flapping: each question gets its own answer", async () => {
    ml.answer = flapping(mlAnswers("{}", 500), mlWorks);
    const statuses = [];
    for (let ask = 0; ask < 6; ask += 1) statuses.push((await prediction()).status);
    expect(statuses).toEqual([503, 200, 503, 200, 503, 200]);
  });
});

/** The machine may be busy for a moment. */
async function eventually<T extends { status: number }>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask();
    if (answer.status === 200 || tries === 5) return answer;
    time += 31_000;
  }
}
