// Open-Meteo: models of national weather services, anywhere. Without a key for non-commercial use only, with limits that
// are kept here; with one, its commercial host. Fields: https://open-meteo.com/en/docs; terms:
// https://open-meteo.com/en/terms; credit with a link beside the data: https://open-meteo.com/en/license
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
import type { Limit } from "../budget.ts";

export const openMeteoOrigin = "https://api.open-meteo.com";
export const openMeteoPaidOrigin = "https://customer-api.open-meteo.com";
/** Of the free service, for an address. */
export const openMeteoLimits: readonly Limit[] = [
  { calls: 600, seconds: 60 },
  { calls: 5000, seconds: 3600 },
  { calls: 10_000, seconds: 86_400 },
];
const name = "Open-Meteo";

/** Ten: more would count as more than one call. */
const variables = [
  "temperature_2m",
  "dew_point_2m",
  "relative_humidity_2m",
  "pressure_msl",
  "precipitation",
  "sunshine_duration",
  "cloud_cover",
  "visibility",
  "wind_speed_10m",
  "wind_gusts_10m",
] as const;

const series = z.array(z.number().nullable()).optional();
const hourly = z.looseObject({
  time: z.array(z.number().int()).min(1).max(400),
  ...(Object.fromEntries(variables.map((variable) => [variable, series])) as Record<
    (typeof variables)[number],
    typeof series
  >),
});
const one = z.looseObject({ hourly });
/** With several coordinates, the object becomes an array of them; one is asked for, and both shapes are read. */
const answered = z
  .union([one, z.array(one).min(1)])
  .transform((body) => (Array.isArray(body) ? (body[0] as z.infer<typeof one>) : body));
const refusal = z.looseObject({ reason: z.string() });

export function createOpenMeteo(options: {
  origin?: string;
  key?: string | undefined;
  spend?: () => Promise<void>;
  now: () => Date;
  timeout?: number;
}): WeatherProvider {
  const { key, now, spend, timeout } = options;
  const origin = options.origin ?? (key === undefined ? openMeteoOrigin : openMeteoPaidOrigin);
  const client = createClient({ name, origin, ...(spend ? { spend } : {}), ...(timeout ? { timeout } : {}) });

  async function ask(site: Site, hours: { past: number; ahead: number }, signal: AbortSignal): Promise<Hour[]> {
    const query = {
      latitude: site.lat,
      longitude: site.lon,
      hourly: variables.join(","),
      past_hours: hours.past,
      forecast_hours: hours.ahead,
      wind_speed_unit: "ms",
      timeformat: "unixtime",
      timezone: "GMT",
      ...(key === undefined ? {} : { apikey: key }),
    };
    const { status, json } = await client.get("/v1/forecast", query, signal);
    if (status !== 200) throw refused(status, refusal.safeParse(json).data?.reason ?? "");
    return hoursIn(asDocumented(answered, json, name).hourly);
  }

  return {
    name: "open-meteo",
    attribution: attributions["open-meteo"],
    freshFor: 600,
    site: async (place) => roundedSite(place, "estimated"),
    observed: async (site, signal) => {
      const hours = await ask(site, { past: 4, ahead: 1 }, signal);
      return hoursOf(hours.filter(({ at }) => at <= now()).slice(-4), name);
    },
    forecast: async (site, signal) => {
      const hours = await ask(site, { past: 0, ahead: 49 }, signal);
      return hoursOf(
        hours.filter(({ at }) => at > now()),
        name,
      );
    },
  };
}

/** Sums and durations are those of the hour before the time: as here. */
function hoursIn(answer: z.infer<typeof hourly>): Hour[] {
  return answer.time.map((time, index) => {
    const value = (variable: (typeof variables)[number]) => answer[variable]?.[index];
    return {
      at: new Date(time * 1000),
      values: plausible({
        temperature_c: value("temperature_2m"),
        dew_point_c: value("dew_point_2m"),
        humidity_pct: value("relative_humidity_2m"),
        pressure_hpa: value("pressure_msl"),
        rain_mm: value("precipitation"),
        sunshine_h: scaled(value("sunshine_duration"), 1 / 3600),
        cloud_octas: scaled(value("cloud_cover"), 8 / 100),
        visibility_km: scaled(value("visibility"), 1 / 1000),
        wind_speed_ms: value("wind_speed_10m"),
        gust_ms: value("wind_gusts_10m"),
      }),
    };
  });
}

/** Says which limit in words: "Minutely API request limit exceeded. …" */
function refused(status: number, reason: string): ProviderError {
  if (status === 429) {
    const retryAfter = /daily/i.test(reason) ? 3600 : /hourly/i.test(reason) ? 900 : 60;
    return new ProviderError("quota", `${name} says that its limit is reached.`, { retryAfter });
  }
  if (status === 401 || status === 403) return new ProviderError("refused", `${name} does not accept the key.`);
  return new ProviderError("unreachable", `${name} answered ${status}.`);
}
