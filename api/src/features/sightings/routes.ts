// Sightings: report one, read one, list, and those nearby.
import { Router } from "express";
import { z } from "zod";
import type { Database } from "../../database.ts";
import { ApiError } from "../../http/errors.ts";
import { userIdOf, type Tokens } from "../auth/tokens.ts";
import { createSighting, findSighting, listSightings, sightingsNear } from "./store.ts";

const lat = z.number().min(-90).max(90);
const lon = z.number().min(-180).max(180);
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
// Query parameters are text; an empty one is no number.
const numeric = (schema: z.ZodNumber) => z.string().trim().min(1).transform(Number).pipe(schema);
const limit = numeric(z.number().int().min(1).max(100)).default(50);

const clockSkew = 5 * 60_000;
const report = z.strictObject({
  lat,
  lon,
  seenAt: instant.refine((date) => date.getTime() <= Date.now() + clockSkew, "lies in the future"),
  intensity: z.int().min(1).max(5),
  doubleBow: z.boolean().default(false),
  note: z.string().max(1000).default(""),
});
const page = z.object({ limit, before: z.string().optional() });
const place = z.object({
  lat: numeric(lat),
  lon: numeric(lon),
  radius_km: numeric(z.number().min(0.1).max(100)).default(20),
  hours: numeric(
    z
      .number()
      .min(1)
      .max(24 * 365),
  ).default(24 * 7),
  limit,
});

/** The cursor names the last sighting of a page: its time and id. */
const cursor = z.tuple([instant, z.uuid()]);
const encodeCursor = (last: { seenAt: Date; id: string }) =>
  Buffer.from(JSON.stringify([last.seenAt, last.id])).toString("base64url");

function decodeCursor(text: string): { seenAt: Date; id: string } {
  try {
    const [seenAt, id] = cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    return { seenAt, id };
  } catch (cause) {
    throw new ApiError({
      status: 422,
      code: "invalid",
      message: "before: must be the `next` of an earlier page",
      cause,
    });
  }
}

export function sightingRoutes(parts: { database: Database; tokens: Tokens }): Router {
  const { database, tokens } = parts;
  const router = Router();

  router.post("/", tokens.required, async (request, response) => {
    const sighting = await createSighting(database, { ...report.parse(request.body), userId: userIdOf(response) });
    response.status(201).location(`/api/sightings/${sighting.id}`).json({ success: true, data: sighting });
  });

  router.get("/", async (request, response) => {
    const { limit, before } = page.parse(request.query);
    const sightings = await listSightings(database, {
      limit,
      before: before === undefined ? undefined : decodeCursor(before),
    });
    const last = sightings.at(-1);
    response.json({
      success: true,
      data: { sightings, next: last && sightings.length === limit ? encodeCursor(last) : null },
    });
  });

  router.get("/nearby", async (request, response) => {
    const { radius_km, hours, ...where } = place.parse(request.query);
    const since = new Date(Date.now() - hours * 3_600_000);
    const sightings = await sightingsNear(database, { ...where, radiusKm: radius_km, since });
    response.json({ success: true, data: { sightings } });
  });

  router.get("/:id", async (request, response) => {
    const id = z.uuid().safeParse(request.params["id"]);
    const sighting = id.success ? await findSighting(database, id.data) : undefined;
    if (!sighting) throw new ApiError({ status: 404, code: "not-found", message: "There is no such sighting." });
    response.json({ success: true, data: sighting });
  });

  return router;
}
