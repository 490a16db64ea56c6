// What stands between a provider and those who ask: one call for many, old answers rather than none, a pause for what
// fails, and a budget for the whole fleet.
import { createClient } from "redis";
import { afterAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { createBudget } from "../../src/features/weather/budget.ts";
import { createOpenMeteo } from "../../src/features/weather/providers/open-meteo.ts";
import { createProvider } from "../../src/features/weather/providers/index.ts";
import { createWeatherService } from "../../src/features/weather/service.ts";
import { ProviderError } from "../../src/features/weather/weather.ts";
import { openMeteo, shiojiri } from "./shapes.ts";
import { json, weatherServer, type Handler } from "./weather-server.ts";

const server = await weatherServer();
afterAll(() => server.close());

/** Milliseconds: the machine may be busy. */
const patient = 15_000;
const start = Date.parse("2026-11-24T06:04:00Z");
let time = start;
const now = () => new Date(time);
const later = (seconds: number) => {
  time += seconds * 1000;
};
/** Each answer has rain of its own. */
let rain = 0;
const works: Handler = (...call) => {
  rain += 1;
  json(openMeteo(Math.floor(time / 3_600_000) * 3600, 1, { precipitation: [rain] }))(...call);
};
const broken = json({ reason: "broken" }, 500);
beforeEach(() => {
  time = start;
  rain = 0;
  server.asked.length = 0;
  server.answer = works;
});

const service = () =>
  createWeatherService(createOpenMeteo({ origin: server.origin, now, timeout: patient }), now, patient);
const rainNow = async (weather: ReturnType<typeof service>, place = shiojiri) => {
  const { value, stale } = await weather.observed(place);
  return { rain: value.hours.at(-1)?.values.rain_mm, stale };
};
const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => "none",
    (error: unknown) => (error instanceof ProviderError ? error.reason : String(error)),
  );

describe("the weather of a place", () => {
  it("is one call for all who ask at once, and for all who ask in ten minutes", async () => {
    const weather = service();
    const many = await Promise.all(Array.from({ length: 50 }, () => rainNow(weather)));
    expect(new Set(many.map(({ rain }) => rain))).toEqual(new Set([1]));
    later(599);
    // Metres away: the same model value.
    expect(await rainNow(weather, { lat: 36.1101, lon: 137.9499 })).toEqual({ rain: 1, stale: false });
    expect(server.asked).toHaveLength(1);
  });

  it("is the old one while a new one is fetched, and nobody waits", async () => {
    const weather = service();
    await rainNow(weather);
    later(700);
    expect(await rainNow(weather)).toEqual({ rain: 1, stale: true });
    await vi.waitFor(async () => expect(await rainNow(weather)).toEqual({ rain: 2, stale: false }));
    expect(server.asked).toHaveLength(2);
  });

  it("is the old one for two hours while the provider is away, then says so, and comes back by itself", async () => {
    const weather = service();
    await rainNow(weather);
    server.answer = broken;
    later(7000);
    expect(await rainNow(weather)).toEqual({ rain: 1, stale: true });
    await vi.waitFor(() => expect(weather.status().problem).toBe("Open-Meteo answered 500."));
    later(400);
    expect(await reasonOf(weather.observed(shiojiri))).toBe("unreachable");
    server.answer = works;
    expect(await rainNow(weather)).toEqual({ rain: 2, stale: false });
    expect(weather.status()).toEqual({ provider: "open-meteo" });
  });

  it("is not asked for again where there is none", async () => {
    const nowhere = {
      ...createOpenMeteo({ origin: server.origin, now, timeout: patient }),
      site: vi.fn<() => Promise<never>>(async () => {
        throw new ProviderError("unknown-place", "none there");
      }),
    };
    const weather = createWeatherService(nowhere, now);
    for (let call = 0; call < 5; call += 1) expect(await reasonOf(weather.observed(shiojiri))).toBe("unknown-place");
    expect(nowhere.site).toHaveBeenCalledTimes(1);
    expect(weather.status()).toEqual({ provider: "open-meteo" });
  });
});

describe("a provider that fails", () => {
  it("is left alone after three failures, longer each time, with one call to try it", async () => {
    const weather = service();
    server.answer = broken;
    const fail = async () => reasonOf(weather.observed(shiojiri));
    expect([await fail(), await fail(), await fail(), await fail()]).toEqual([
      "unreachable",
      "unreachable",
      "unreachable",
      "paused",
    ]);
    expect(server.asked).toHaveLength(3);
    later(16);
    // Others than the one that tries do not wait.
    const places = [0, 1, 2, 3].map((lat) => ({ lat, lon: 0 }));
    const reasons = await Promise.all(places.map((place) => reasonOf(weather.observed(place))));
    expect(reasons.toSorted()).toEqual(["paused", "paused", "paused", "unreachable"]);
    later(16);
    expect(await fail()).toBe("paused");
    later(15);
    server.answer = works;
    expect(await rainNow(weather)).toEqual({ rain: 1, stale: false });
    expect(await fail()).toBe("none");
  });

  it("is one failure, however many were waiting for it", async () => {
    const weather = service();
    server.answer = broken;
    const places = Array.from({ length: 40 }, (_, lat) => ({ lat, lon: 0 }));
    await Promise.all(places.map((place) => reasonOf(weather.observed(place))));
    later(16);
    server.answer = works;
    expect(await rainNow(weather)).toMatchObject({ stale: false });
  });

  it("is left alone for as long as it says when its limit is reached", async () => {
    const weather = service();
    server.answer = json({ reason: "Minutely API request limit exceeded." }, 429);
    expect(await reasonOf(weather.observed(shiojiri))).toBe("quota");
    const error = await weather.observed(shiojiri).catch((error: ProviderError) => error);
    expect(error).toMatchObject({ reason: "paused", retryAfter: 60 });
    expect(server.asked).toHaveLength(1);
    later(61);
    server.answer = works;
    expect(await rainNow(weather)).toMatchObject({ stale: false });
  });

  it("that fails every second time still gives weather", async () => {
    const weather = service();
    let calls = 0;
    server.answer = (...call) => {
      calls += 1;
      (calls % 2 === 1 ? broken : works)(...call);
    };
    const outcomes = [];
    for (let minute = 0; minute < 20; minute += 1) {
      outcomes.push(await reasonOf(weather.observed({ lat: minute, lon: 0 })));
    }
    expect(outcomes).toEqual(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? "unreachable" : "none")));
  });
});

describe("the budget", () => {
  const limits = [
    { calls: 24, seconds: 60 },
    { calls: 60, seconds: 3600 },
  ];
  const spent = async (spend: () => Promise<void>, times: number) => {
    const reasons = [];
    for (let call = 0; call < times; call += 1) reasons.push(await reasonOf(spend()));
    return reasons.filter((reason) => reason === "none").length;
  };

  it("is that of the fleet, and comes back with the next window", async () => {
    // Not api's own client, which does not wait for a busy machine.
    const redis = createClient({ url: `redis://127.0.0.1:${inject("redisPort")}` });
    await redis.connect();
    const cache = { count: (key: string) => redis.incr(key) };
    const parts = { name: `test-${Math.random()}`, limits, cache, now };
    const tasks = [createBudget(parts), createBudget(parts)] as const;
    expect([await spent(tasks[0], 20), await spent(tasks[1], 20)]).toEqual([20, 4]);
    later(60);
    expect([await spent(tasks[0], 30), await spent(tasks[1], 9)]).toEqual([24, 0]);
    // What a minute refused is not of the hour's 60.
    later(60);
    expect(await spent(tasks[1], 20)).toBe(12);
    const error = await tasks[1]().catch((error: ProviderError) => error);
    expect(error).toMatchObject({ reason: "quota", retryAfter: 54 * 60 });
    redis.destroy();
  });

  it("is a task's share without Redis", async () => {
    const away = { count: async () => undefined };
    const spend = createBudget({ name: "alone", limits, cache: away, now });
    expect(await spent(spend, 10)).toBe(2);
    later(60);
    expect(await spent(spend, 10)).toBe(2);
    later(60);
    // The hour's share is five.
    expect(await spent(spend, 10)).toBe(1);
  });

  it("of Open-Meteo's free service is kept, and a paid one has none", async () => {
    const counted: string[] = [];
    const cache = {
      count: async (key: string) => {
        counted.push(key.replace(/:\d+$/, ""));
        return 1;
      },
    };
    const settings = { WEATHER_PROVIDER: "open-meteo", WEATHER_URL: server.origin } as const;
    const ask = async (more: object) => {
      const provider = createProvider({ ...settings, ...more }, { cache, now, timeout: patient });
      await createWeatherService(provider, now, patient).observed(shiojiri);
    };
    await ask({});
    expect(counted.toSorted()).toEqual([
      "weather:open-meteo:3600",
      "weather:open-meteo:60",
      "weather:open-meteo:86400",
    ]);
    await ask({ WEATHER_API_KEY: "paid" });
    expect(counted).toHaveLength(3);
  });
});

describe("without a provider", () => {
  const cache = { count: async () => 1 };

  it("or without its key, the service says so", () => {
    const status = (settings: Parameters<typeof createProvider>[0]) =>
      createWeatherService(createProvider(settings, { cache, now }), now).status();
    expect(status({ WEATHER_PROVIDER: "none" })).toEqual({ provider: "none" });
    for (const WEATHER_PROVIDER of ["openweather", "weatherapi"] as const)
      expect(status({ WEATHER_PROVIDER })).toEqual({ provider: "none", problem: "WEATHER_API_KEY is not set" });
  });
});
