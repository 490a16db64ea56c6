// WeatherAPI.com: https://www.weatherapi.com/docs/. Needs a key. Its error codes:
// https://www.weatherapi.com/docs/error-codes/
import { z } from "zod";
import { attributions } from "./attributions.ts";
import { createClient } from "../client.ts";
import {
  asDocumented,
  hoursOf,
  plausible,
  ProviderError,
  roundedSite,
  scaled,
  type Hour,
  type Site,
  type WeatherProvider,
} from "../weather.ts";

export const weatherApiOrigin = "https://api.weatherapi.com";
const name = "WeatherAPI";

const number = z.number().nullish();
const fields = {
  temp_c: number,
  dewpoint_c: number,
  humidity: number,
  pressure_mb: number,
  precip_mm: number,
  cloud: number,
  vis_km: number,
  wind_kph: number,
  gust_kph: number,
};
const conditions = z.looseObject(fields);
const current = z.looseObject({ current: z.looseObject({ ...fields, last_updated_epoch: z.number().int() }) });
const day = z.looseObject({ hour: z.array(z.looseObject({ ...fields, time_epoch: z.number().int() })).max(24) });
const forecast = z.looseObject({ forecast: z.looseObject({ forecastday: z.array(day).min(1).max(14) }) });
const refusal = z.looseObject({ error: z.looseObject({ code: z.number() }) });

export function createWeatherApi(options: {
  origin?: string;
  key: string;
  spend?: () => Promise<void>;
  now: () => Date;
  timeout?: number;
}): WeatherProvider {
  const { key, now, origin = weatherApiOrigin, spend, timeout } = options;
  const client = createClient({ name, origin, ...(spend ? { spend } : {}), ...(timeout ? { timeout } : {}) });

  async function ask<T>(schema: z.ZodType<T>, path: string, site: Site, signal: AbortSignal): Promise<T> {
    // Of these, the current weather ignores the days.
    const query = { q: `${site.lat},${site.lon}`, days: 3, key };
    const { status, json } = await client.get(path, query, signal);
    if (status !== 200) throw refused(status, refusal.safeParse(json).data?.error.code);
    return asDocumented(schema, json, name);
  }

  return {
    name: "weatherapi",
    attribution: attributions.weatherapi,
    freshFor: 900,
    site: async (place) => roundedSite(place, "none"),
    observed: async (site, signal) => {
      const answer = (await ask(current, "/v1/current.json", site, signal)).current;
      return hoursOf([hourOf(answer.last_updated_epoch, answer)], name);
    },
    forecast: async (site, signal) => {
      const { forecastday } = (await ask(forecast, "/v1/forecast.json", site, signal)).forecast;
      const hours = forecastday.flatMap(({ hour }) => hour.map((entry) => hourOf(entry.time_epoch, entry)));
      return hoursOf(
        hours.filter(({ at }) => at > now()),
        name,
      );
    },
  };
}

function hourOf(seconds: number, entry: z.infer<typeof conditions>): Hour {
  return {
    at: new Date(seconds * 1000),
    values: plausible({
      temperature_c: entry.temp_c,
      dew_point_c: entry.dewpoint_c,
      humidity_pct: entry.humidity,
      pressure_hpa: entry.pressure_mb,
      rain_mm: entry.precip_mm,
      cloud_octas: scaled(entry.cloud, 8 / 100),
      visibility_km: entry.vis_km,
      wind_speed_ms: scaled(entry.wind_kph, 1 / 3.6),
      gust_ms: scaled(entry.gust_kph, 1 / 3.6),
    }),
  };
}

function refused(status: number, code: number | undefined): ProviderError {
  // The month's calls are used up; it is not known how many there were.
  if (code === 2007 || status === 429)
    return new ProviderError("quota", `${name} says that its limit is reached.`, { retryAfter: 3600 });
  if (code === 1006) return new ProviderError("unknown-place", `${name} has no weather there.`);
  if (status === 401 || status === 403) return new ProviderError("refused", `${name} does not accept the key.`);
  return new ProviderError("unreachable", `${name} answered ${status}.`);
}
