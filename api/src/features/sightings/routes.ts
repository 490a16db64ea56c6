// Sightings: report one, read one, list, and those nearby.
import { z } from "zod";
import type { Database } from "../../database.ts";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import { ApiError } from "../../http/errors.ts";
import { rule } from "../../http/issues.ts";
import { id, instant, instantOut, lat, limit, lon, numeric, text } from "../../http/values.ts";
import { cursorOf, readCursor } from "./cursor.ts";
import { createSighting, findSighting, listSightings, sightingsNear } from "./store.ts";

const clockSkew = 5 * 60_000;
const report = z.strictObject({
  lat,
  lon,
  seenAt: instant.refine((date) => date.getTime() <= Date.now() + clockSkew, rule("not-in-the-future")),
  intensity: z.int().min(1).max(5).meta({ description: "1 (a hint) to 5 (blazing)." }),
  doubleBow: z.boolean().default(false),
  note: text(1000).default(""),
});
const hours = numeric(
  z
    .number()
    .min(1)
    .max(24 * 365),
)
  .default(24 * 7)
  .meta({ description: "Seen in so many hours before now." });
const page = z.object({
  limit,
  before: z.string().optional().meta({ description: "The `next` of the page before." }),
});
const place = z.object({
  lat: numeric(lat),
  lon: numeric(lon),
  radius_km: numeric(z.number().min(0.1).max(100)).default(20),
  hours,
  limit,
});

const sighting = z
  .object({
    id: z.uuid(),
    userId: z.uuid(),
    lat: z.number(),
    lon: z.number(),
    seenAt: instantOut,
    intensity: z.int(),
    doubleBow: z.boolean(),
    note: z.string(),
    createdAt: instantOut,
  })
  .meta({ id: "Sighting" });
const nearby = sighting.extend({ distanceKm: z.number() }).meta({ id: "NearbySighting" });

export function sightingEndpoints({ database }: { database: Database }): Endpoint[] {
  const tag = "sightings";
  return [
    endpoint(
      {
        method: "post",
        path: "/api/sightings",
        tag,
        summary: "Report a rainbow",
        access: "user",
        body: report,
        status: 201,
        data: sighting,
      },
      async ({ body, caller, response }) => {
        const created = await createSighting(database, { ...body, userId: caller.userId });
        response.location(`/api/sightings/${created.id}`);
        return created;
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/api/sightings",
        tag,
        summary: "The newest sightings, page by page",
        access: "anyone",
        query: page,
        data: z.object({
          sightings: z.array(sighting),
          next: z.string().nullable().meta({ description: "Leads to the next page; null on the last one." }),
        }),
      },
      async ({ query: { limit, before } }) => {
        const sightings = await listSightings(database, {
          limit,
          before: before === undefined ? undefined : readCursor(before),
        });
        const last = sightings.at(-1);
        return { sightings, next: last && sightings.length === limit ? cursorOf(last) : null };
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/api/sightings/nearby",
        tag,
        summary: "Sightings around a place, nearest first",
        access: "anyone",
        query: place,
        data: z.object({ sightings: z.array(nearby) }),
      },
      async ({ query: { radius_km: radiusKm, hours, ...where } }) => {
        const since = new Date(Date.now() - hours * 3_600_000);
        return { sightings: await sightingsNear(database, { ...where, radiusKm, since }) };
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/api/sightings/{id}",
        tag,
        summary: "One sighting",
        access: "anyone",
        params: id,
        data: sighting,
      },
      async ({ params }) => {
        const found = await findSighting(database, params.id);
        if (!found) throw new ApiError("not-found");
        return found;
      },
    ),
  ];
}
