// POST /v1/predict: a checked question, a gated answer.
import { Router } from "express";
import { z } from "zod";
import { gateOf, lookFor, round } from "../domain/answer.ts";
import { computeFeatures, leads } from "../domain/features.ts";
import type { Model } from "../model.ts";

const temperature = z.number().min(-60).max(60);
const observation = z.strictObject({
  temperature_c: temperature.optional(),
  dew_point_c: temperature.optional(),
  humidity_pct: z.number().min(0).max(100).optional(),
  pressure_hpa: z.number().min(850).max(1100).optional(),
  rain_mm: z.number().min(0).max(200).optional(),
  rain_duration_h: z.number().min(0).max(1).optional(),
  sunshine_h: z.number().min(0).max(1).optional(),
  cloud_octas: z.number().min(0).max(8).optional(),
  visibility_km: z.number().min(0).max(200).optional(),
  wind_speed_ms: z.number().min(0).max(100).optional(),
  gust_ms: z.number().min(0).max(150).optional(),
});
const { rain_mm, sunshine_h, cloud_octas, pressure_hpa } = observation.shape;
const earlier = z.strictObject({ hours_ago: z.int().min(1).max(3), rain_mm, sunshine_h, cloud_octas, pressure_hpa });
const question = z.strictObject({
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
  at: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  lead_h: z.literal([...leads]).default(1),
  observation,
  history: z
    .array(earlier)
    .max(3)
    .refine(
      (hours) => new Set(hours.map(({ hours_ago }) => hours_ago)).size === hours.length,
      "each hours_ago may appear once",
    )
    .default([]),
});

export function predictRoutes(model: Model): Router {
  const { card } = model;
  const router = Router();

  router.post("/predict", async (request, response) => {
    const asked = question.parse(request.body);
    const { values, missing, sun } = computeFeatures(asked, card.features);
    const gate = gateOf(sun);
    const usualRate = card.usual_rate[String(asked.lead_h)];
    if (usualRate === undefined) throw new Error(`The model card has no usual_rate for lead_h ${asked.lead_h}.`);
    const probability = gate === "open" ? ((await model.predict([values]))[0] ?? Number.NaN) : 0;
    response.json({
      probability: round(probability, 4),
      times_usual: round(probability / usualRate, 1),
      gate,
      sun: { elevation: round(sun.elevation), azimuth: round(sun.azimuth) },
      look: lookFor(sun) ?? null,
      missing_features: missing,
      site_calibrated: false,
      model: { version: card.version, sha256: card.sha256 },
    });
  });

  router.get("/model", (_request, response) => {
    response.json(card);
  });

  return router;
}
