// GET /v1/sky: where the sun stands, where to look, and when in the next 24 hours a bow is possible. No weather in it.
import { Router } from "express";
import { z } from "zod";
import { gateOf, lookFor, round } from "../domain/answer.ts";
import { bowWindows, sunPath } from "../domain/sky.ts";
import { sunPosition } from "../domain/sun.ts";
import type { Model } from "../model.ts";

const degrees = (limit: number) => z.string().trim().min(1).transform(Number).pipe(z.number().min(-limit).max(limit));
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const question = z.strictObject({ lat: degrees(90), lon: degrees(180), at: instant, from: instant.optional() });
const hours = 24;

export function skyRoutes(model: Model): Router {
  const router = Router();

  router.get("/sky", (request, response) => {
    const { lat, lon, at, from = at } = question.parse(request.query);
    const sun = sunPosition(at, lat, lon);
    response.json({
      at,
      sun: { elevation: round(sun.elevation), azimuth: round(sun.azimuth) },
      gate: gateOf(sun),
      look: lookFor(sun) ?? null,
      windows: bowWindows(from, hours, lat, lon),
      path: sunPath(from, hours, lat, lon).map(({ at, elevation, azimuth }) => ({
        at,
        elevation: round(elevation),
        azimuth: round(azimuth),
      })),
      usual_rate: model.card.usual_rate["0"],
    });
  });

  return router;
}
