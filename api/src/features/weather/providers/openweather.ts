// OpenWeather, One Call API 4.0: https://openweathermap.org/api/one-call-4. Needs a key; calls beyond 1,000 a day cost
// money, so that these are not made.
import { z } from "zod";
import { attributions } from "./attributions.ts";
import type { Limit } from "../budget.ts";
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

export const openWeatherOrigin = "https://api.openweathermap.org";
export const openWeatherLimits: readonly Limit[] = [{ calls: 1000, seconds: 86_400 }];
const name = "OpenWeather";

const number = z.number().optional();
const record = z.looseObject({
  dt: z.number().int(),
  temp: number,
  dew_point: number,
  humidity: number,
  pressure: number,
  clouds: number,
  visibility: number,
  wind_speed: number,
  wind_gust: number,
  rain: z.looseObject({ "1h": number }).optional(),
});
const answered = z.looseObject({ data: z.array(record).min(1).max(100) });
/** A number in some answers, text in others, and under another name in the newest. */
const code = z.union([z.number(), z.string().transform(Number)]);
const refusal = z.looseObject({ cod: code.optional(), code: code.optional() });

export function createOpenWeather(options: {
  origin?: string;
  key: string;
  spend?: () => Promise<void>;
  now: () => Date;
  timeout?: number;
}): WeatherProvider {
  const { key, now, origin = openWeatherOrigin, spend, timeout } = options;
  const client = createClient({ name, origin, ...(spend ? { spend } : {}), ...(timeout ? { timeout } : {}) });

  // The answer names its next page, as a URL with the key: it is neither followed nor handed on.
  async function ask(path: string, site: Site, signal: AbortSignal): Promise<Hour[]> {
    const query = { lat: site.lat, lon: site.lon, units: "metric", appid: key };
    const { status, json } = await client.get(`/data/4.0/onecall/${path}`, query, signal);
    const said = refusal.safeParse(json).data;
    const actual = status === 200 ? (said?.cod ?? said?.code ?? status) : status;
    if (actual !== 200) throw refused(actual);
    return asDocumented(answered, json, name).data.map(hourOf);
  }

  return {
    name: "openweather",
    attribution: attributions.openweather,
    // Its model runs every ten minutes.
    freshFor: 600,
    site: async (place) => roundedSite(place, "none"),
    observed: async (site, signal) => hoursOf((await ask("current", site, signal)).slice(0, 1), name),
    forecast: async (site, signal) => {
      const hours = await ask("timeline/1h", site, signal);
      return hoursOf(
        hours.filter(({ at }) => at > now()),
        name,
      );
    },
  };
}

/** What did not occur is left out by OpenWeather: no rain is no field. */
function hourOf(entry: z.infer<typeof record>): Hour {
  return {
    at: new Date(entry.dt * 1000),
    values: plausible({
      temperature_c: entry.temp,
      dew_point_c: entry.dew_point,
      humidity_pct: entry.humidity,
      pressure_hpa: entry.pressure,
      rain_mm: entry.temp === undefined ? undefined : (entry.rain?.["1h"] ?? 0),
      cloud_octas: scaled(entry.clouds, 8 / 100),
      visibility_km: scaled(entry.visibility, 1 / 1000),
      wind_speed_ms: entry.wind_speed,
      gust_ms: entry.wind_gust,
    }),
  };
}

function refused(status: number): ProviderError {
  if (status === 401 || status === 403) return new ProviderError("refused", `${name} does not accept the key.`);
  if (status === 429) return new ProviderError("quota", `${name} says that its limit is reached.`);
  if (status === 404) return new ProviderError("unknown-place", `${name} has no weather there.`);
  return new ProviderError("unreachable", `${name} answered ${status}.`);
}
