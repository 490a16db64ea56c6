// Where the sun stands, where to look, and when in a day or several a bow is possible. No weather in it.
import { z } from "zod";
import { gateOf, lookFor } from "../domain/answer.ts";
import { bowWindows, sunPath } from "../domain/sky.ts";
import { sunPosition } from "../domain/sun.ts";
import type { Model } from "../model.ts";
import { gate, look, roundedSun, sun, time, windows } from "./answers.ts";
import { endpoint, type Endpoint } from "./endpoint.ts";
import { instant, lat, lon } from "./schemas.ts";

/** All values of a query are text; text that is no number stays what it is, and is refused. */
const numeric = (schema: z.ZodNumber) =>
  z.preprocess((value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value), schema);
const question = z.strictObject({ lat: numeric(lat), lon: numeric(lon), at: instant, from: instant.optional() });
const answer = z.object({
  at: time,
  sun,
  gate,
  look,
  windows,
  path: z.array(sun.extend({ at: time })).meta({ description: "Every five minutes." }),
  usual_rate: z.number(),
});
const hours = 24;
const longest = 14;
const windowsQuestion = z.strictObject({
  lat: numeric(lat),
  lon: numeric(lon),
  from: instant,
  days: numeric(z.number().int().min(1).max(longest)).default(7).meta({ description: "Of 24 hours each." }),
});

export function skyEndpoints(model: Model): Endpoint[] {
  const usualRate = model.card.usual_rate["0"] ?? Number.NaN;
  return [
    endpoint(
      {
        method: "get",
        path: "/v1/sky",
        summary: "Where the sun stands, where to look, and when a bow is possible",
        description:
          "`at` for the sun; `windows` and `path` are of the 24 hours from `from`, which is `at` by default.",
        query: question,
        answer,
      },
      ({ query: { lat, lon, at, from = at } }) => {
        const position = sunPosition(at, lat, lon);
        return {
          at,
          sun: roundedSun(position),
          gate: gateOf(position),
          look: lookFor(position) ?? null,
          windows: bowWindows(from, hours, lat, lon),
          path: sunPath(from, hours, lat, lon).map(({ at, ...each }) => ({ at, ...roundedSun(each) })),
          usual_rate: usualRate,
        };
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/v1/windows",
        summary: "When a bow is possible, for several days",
        description: "Those at both ends of the time asked for are cut there.",
        query: windowsQuestion,
        answer: z.object({ windows }),
      },
      ({ query: { lat, lon, from, days } }) => ({ windows: bowWindows(from, days * hours, lat, lon) }),
    ),
  ];
}
