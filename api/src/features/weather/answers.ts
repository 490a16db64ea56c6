// Weather as callers get it: always with whom to credit, and how old it is.
import { z } from "zod";
import { instantOut } from "../../http/values.ts";
import type { Kept } from "./cache.ts";
import { asApiError, notAvailable } from "./errors.ts";
import type { WeatherService } from "./service.ts";
import { distanceKm, quantities, ranges, type Hour, type Place, type Quantity, type Site } from "./weather.ts";

export const attributionSchema = z
  .object({ text: z.string(), textJa: z.string(), url: z.string(), licence: z.string() })
  .meta({ id: "Attribution", description: "To be shown, with its link, wherever the data is." });

export const siteSchema = z
  .object({
    lat: z.number(),
    lon: z.number(),
    station: z.object({ name: z.string(), nameJa: z.string() }).nullable(),
    distanceKm: z.number(),
    sunshine: z
      .enum(["measured", "estimated", "none"])
      .meta({ description: "Whether the site measures it, or has it from satellites or a model, or not at all." }),
  })
  .meta({ id: "WeatherSite" });

const value = (name: Quantity) => z.number().min(ranges[name][0]).max(ranges[name][1]).optional();
export const valuesSchema = z
  .object(
    Object.fromEntries(quantities.map((name) => [name, value(name)])) as Record<Quantity, ReturnType<typeof value>>,
  )
  .meta({ id: "WeatherValues", description: "Of the hour that ends at `at`. What is not known is left out." });
export const hourSchema = z.object({ at: instantOut, values: valuesSchema }).meta({ id: "WeatherHour" });
export const ageSchema = {
  fetchedAt: instantOut,
  stale: z.boolean().meta({ description: "A newer answer could not be had yet." }),
};
export const sourceSchema = { provider: z.string(), attribution: attributionSchema };

export const currentSchema = z
  .object({ ...sourceSchema, site: siteSchema, at: instantOut, values: valuesSchema, ...ageSchema })
  .meta({ id: "CurrentWeather" });
export type CurrentAnswer = z.output<typeof currentSchema>;

export function siteAnswer({ lat, lon, station, sunshine }: Site, place: Place): z.output<typeof siteSchema> {
  const km = Math.round(distanceKm({ lat, lon }, place) * 10) / 10;
  return { lat, lon, station: station ?? null, distanceKm: km, sunshine };
}

/** What the service gives, with whom to credit. @throws ApiError where it gives nothing */
export async function given<T>(
  weather: WeatherService,
  ask: () => Promise<Kept<T> | undefined>,
): Promise<Kept<T> & { source: NonNullable<WeatherService["provider"]> }> {
  const { provider: source } = weather;
  if (!source) throw notAvailable(weather);
  const kept = await ask().catch((error: unknown) => {
    throw asApiError(error);
  });
  if (!kept) throw notAvailable(weather);
  return { ...kept, source };
}

/** The newest hour, and those before it. @throws ApiError */
export async function currentAnswer(
  weather: WeatherService,
  place: Place,
): Promise<{ current: CurrentAnswer; hours: Hour[] }> {
  const { source, value, fetchedAt, stale } = await given(weather, () => weather.observed(place));
  // hoursOf() of the providers lets no empty list pass.
  const { at, values } = value.hours.at(-1) as Hour;
  const { name: provider, attribution } = source;
  const site = siteAnswer(value.site, place);
  return { current: { provider, attribution, site, at, values, fetchedAt, stale }, hours: value.hours };
}
