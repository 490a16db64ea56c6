// What a person's places look like in requests and answers.
import { z } from "zod";
import { rule } from "../../http/issues.ts";
import { instantOut, lat, line, lon } from "../../http/values.ts";

/** Of a name, in UTF-16 units: one line of a phone's notification. */
const longestName = 40;

/**
 * A place has its own: a rainbow at the window is worth less of a chance than one an hour's drive away. The default is
 * ten times what an hour with the sun below 42 degrees has on average (`usual_rate` of ml's model card).
 */
const threshold = z
  .number()
  .min(0.01)
  .max(1)
  .meta({ description: "Least probability that is worth a notification.", examples: [0.2] });

const fields = { name: line(longestName), lat, lon, threshold };
export const newPlace = z.strictObject({ ...fields, threshold: threshold.default(0.2) });
export const placeChange = z
  .strictObject(fields)
  .partial()
  .refine((given) => Object.keys(given).length > 0, rule("no-change"));

export const place = z
  .object({
    id: z.uuid(),
    name: z.string(),
    lat: z.number(),
    lon: z.number(),
    threshold: z.number(),
    createdAt: instantOut,
    updatedAt: instantOut.nullable(),
  })
  .meta({ id: "Place" });
export type UserPlace = z.output<typeof place>;
