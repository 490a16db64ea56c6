// What sightings look like in requests and answers.
import { z } from "zod";
import { rule } from "../../http/issues.ts";
import { instant, instantOut, lat, limit, lon, numeric, text } from "../../http/values.ts";
import { photo } from "../photos/shapes.ts";

const clockSkew = 5 * 60_000;
const fields = {
  lat,
  lon,
  seenAt: instant.refine((date) => date.getTime() <= Date.now() + clockSkew, rule("not-in-the-future")),
  intensity: z.int().min(1).max(5).meta({ description: "1 (a hint) to 5 (blazing)." }),
  doubleBow: z.boolean(),
  note: text(1000),
};
export const report = z.strictObject({
  ...fields,
  doubleBow: fields.doubleBow.default(false),
  note: fields.note.default(""),
});
export const change = z
  .strictObject(fields)
  .partial()
  .refine((given) => Object.keys(given).length > 0, rule("no-change"));

const hours = numeric(
  z
    .number()
    .min(1)
    .max(24 * 365),
)
  .default(24 * 7)
  .meta({ description: "Seen in so many hours before now." });
export const page = z.object({
  limit,
  before: z.string().optional().meta({ description: "The `next` of the page before." }),
});
export const around = z.object({
  lat: numeric(lat),
  lon: numeric(lon),
  radius_km: numeric(z.number().min(0.1).max(100)).default(20),
  hours,
  limit,
});
export const box = z
  .object({ west: numeric(lon), south: numeric(lat), east: numeric(lon), north: numeric(lat), hours, limit })
  .refine(({ south, north }) => south <= north, { ...rule("south-of-north"), path: ["south"] });

export const sighting = z
  .object({
    id: z.uuid(),
    userId: z.uuid(),
    lat: z.number().meta({ description: "Rounded to 0.01 degrees unless it is mine; so is `lon`." }),
    lon: z.number(),
    seenAt: instantOut,
    intensity: z.int(),
    doubleBow: z.boolean(),
    note: z.string(),
    createdAt: instantOut,
    updatedAt: instantOut.nullable(),
    likes: z.int(),
    liked: z.boolean().meta({ description: "By the one who asks." }),
    mine: z.boolean(),
    photos: z.array(photo),
  })
  .meta({ id: "Sighting" });
export const nearbySighting = sighting
  .extend({ distanceKm: z.number().meta({ description: "To the rounded place." }) })
  .meta({ id: "NearbySighting" });
