// The place that a question is about: Shiojiri, unless it names another.
import { z } from "zod";
import { rule } from "../../http/issues.ts";
import { lat, lon, numeric } from "../../http/values.ts";
import type { Place } from "./weather.ts";

export const shiojiri: Place = { lat: 36.11, lon: 137.95 };

type Named = { lat?: number | undefined; lon?: number | undefined };

const coordinates = { lat: numeric(lat).optional(), lon: numeric(lon).optional() };
const belongTogether = (named: Named, context: z.RefinementCtx) => {
  if ((named.lat === undefined) === (named.lon === undefined)) return;
  context.addIssue({ code: "custom", path: [named.lat === undefined ? "lat" : "lon"], ...rule("both-coordinates") });
};
const hours = (usual: number, most: number) => numeric(z.number().int().min(1).max(most)).default(usual);

export const placeQuery = z.object(coordinates).superRefine(belongTogether);
export const historyQuery = z.object({ ...coordinates, hours: hours(24, 168) }).superRefine(belongTogether);
export const forecastQuery = z.object({ ...coordinates, hours: hours(12, 48) }).superRefine(belongTogether);

export const placeOf = (named: Named): Place =>
  named.lat === undefined || named.lon === undefined ? shiojiri : { lat: named.lat, lon: named.lon };

const pair = z.tuple([numeric(lat), numeric(lon)]);

/** WEATHER_PLACES: `36.11,137.95;36.24,137.97`. */
export const placeList = z
  .string()
  .default(`${shiojiri.lat},${shiojiri.lon}`)
  .transform((text, context): Place[] =>
    text.split(";").flatMap((entry) => {
      const place = pair.safeParse(entry.split(","));
      if (place.success) return [{ lat: place.data[0], lon: place.data[1] }];
      const message = "must be pairs LATITUDE,LONGITUDE in degrees, separated by semicolons";
      context.addIssue({ code: "custom", message });
      return [];
    }),
  )
  .refine((places) => places.length <= 20, "must be 20 places or fewer");
