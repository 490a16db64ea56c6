// Weather: now, the stored past, the forecast of the provider, and radar.
import { z } from "zod";
import type { Database } from "../../database.ts";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import { ApiError } from "../../http/errors.ts";
import type { ProblemCode } from "../../http/problems.ts";
import { instantOut } from "../../http/values.ts";
import type { Cache } from "../../redis.ts";
import type { PredictionMode } from "../predictions/mode.ts";
import {
  ageSchema,
  attributionSchema,
  currentAnswer,
  currentSchema,
  given,
  hourSchema,
  siteAnswer,
  siteSchema,
  sourceSchema,
} from "./answers.ts";
import { notAvailable } from "./errors.ts";
import { limitAsking } from "./limit.ts";
import { forecastQuery, historyQuery, placeOf, placeQuery } from "./places.ts";
import type { WeatherService } from "./service.ts";
import { storedWeather } from "./store.ts";

/** Farther away, the weather is another's. */
const withinKm = 50;

const history = z.object({
  provider: z.string().nullable(),
  attribution: attributionSchema.nullable(),
  site: siteSchema.nullable().meta({ description: "null where nothing was stored nearby." }),
  hours: z.array(hourSchema),
});
const forecast = z.object({
  ...sourceSchema,
  permit: z.string(),
  site: siteSchema,
  hours: z.array(hourSchema),
  ...ageSchema,
});
const radar = z.object({
  ...sourceSchema,
  frames: z.array(z.object({ at: instantOut, tiles: z.string() })),
  minZoom: z.int(),
  maxZoom: z.int(),
  ...ageSchema,
});
const problems: ProblemCode[] = ["not-available", "weather-unavailable", "too-many-requests"];

export function weatherEndpoints(parts: {
  database: Database;
  cache: Pick<Cache, "count">;
  weather: WeatherService;
  mode: PredictionMode;
  now: () => Date;
}): Endpoint[] {
  const { database, cache, weather, mode, now } = parts;
  const common = { method: "get", tag: "weather", access: "anyone" } as const;
  return [
    endpoint(
      {
        ...common,
        path: "/api/weather/current",
        summary: "The newest weather in Shiojiri, or at a place",
        query: placeQuery,
        data: currentSchema,
        problems: [...problems, "no-weather-there"],
      },
      async ({ query, request }) => {
        await limitAsking(cache, request);
        return (await currentAnswer(weather, placeOf(query))).current;
      },
    ),
    endpoint(
      {
        ...common,
        path: "/api/weather/history",
        summary: "Weather that was stored, of the nearest site that has some",
        query: historyQuery,
        data: history,
        problems: [],
      },
      async ({ query: { hours, ...query } }) => {
        const place = placeOf(query);
        const since = new Date(now().getTime() - hours * 3_600_000);
        const stored = await storedWeather(database, { place, withinKm, since });
        if (!stored) return { provider: null, attribution: null, site: null, hours: [] };
        const { provider, attribution = null, hours: known } = stored;
        return { provider, attribution, site: siteAnswer(stored.site, place), hours: known };
      },
    ),
    endpoint(
      {
        ...common,
        path: "/api/weather/forecast",
        summary: "The provider's forecast, hour by hour: only under a permit",
        query: forecastQuery,
        data: forecast,
        problems: [...problems, "no-weather-there", "needs-permit"],
      },
      async ({ query: { hours, ...query }, request }) => {
        if (!weather.provider) throw notAvailable(weather);
        if (mode.name !== "forecast") throw new ApiError("needs-permit");
        await limitAsking(cache, request);
        const place = placeOf(query);
        const { source, value, fetchedAt, stale } = await given(weather, () => weather.forecast(place));
        const { name: provider, attribution } = source;
        const answer = { provider, attribution, permit: mode.permit, site: siteAnswer(value.site, place) };
        return { ...answer, hours: value.hours.slice(0, hours), fetchedAt, stale };
      },
    ),
    endpoint(
      {
        ...common,
        path: "/api/weather/radar",
        summary: "Radar of the past hours, as tiles of a map",
        data: radar,
        problems,
      },
      async ({ request }) => {
        await limitAsking(cache, request);
        const { source, value, fetchedAt, stale } = await given(weather, () => weather.radar());
        return { provider: source.name, attribution: source.attribution, ...value, fetchedAt, stale };
      },
    ),
  ];
}
