// What is answered, in schemas, and how predictions become it.
import { z } from "zod";
import { gates, round } from "../domain/answer.ts";
import type { Window } from "../domain/sky.ts";
import type { SunPosition } from "../domain/sun.ts";
import type { ModelCard } from "../model.ts";
import type { Prediction } from "../predictor.ts";

/** A Date here, text in JSON. */
export const time = z.date().meta({ override: { type: "string", format: "date-time" } });
const degrees = (description: string) => z.number().meta({ description });

export const sun = z
  .object({
    elevation: degrees("Above the horizon, without refraction."),
    azimuth: degrees("From north, clockwise."),
  })
  .meta({ id: "Sun", description: "Degrees." });
export const gate = z.enum(gates).meta({
  description: "`open` with the sun above 0° and at most 42° high. Otherwise there is no bow, and no model is asked.",
});
export const look = z
  .object({ azimuth: degrees("Opposite the sun."), top_elevation: degrees("The height of the bow's top.") })
  .nullable()
  .meta({ description: "Where a bow stands on flat ground; null when the gate is shut. Degrees." });
export const windows = z
  .array(z.object({ from: time, to: time }))
  .meta({ description: "When the sun stands between 3° and 42°: a bow is possible, if the weather has one." });
const model = z.object({ version: z.string(), sha256: z.string() }).meta({ id: "Model" });
const factor = z
  .object({
    group: z.string(),
    features: z.array(z.string()),
    log_odds: z.number().meta({ description: "How much the log odds fall without these." }),
    odds_ratio: z.number().meta({ description: "The same as a factor on the odds." }),
  })
  .meta({ id: "Factor" });

const predicted = {
  probability: z.number().min(0).max(1).meta({ description: "Of rain and sunshine within the hour in question." }),
  times_usual: z.number().min(0).meta({ description: "The probability over that of an average hour." }),
  gate,
  sun,
  look,
  missing_features: z.array(z.string()).meta({ description: "What the model had to do without." }),
  site_calibrated: z.boolean().meta({ description: "Whether sightings near the place have shifted the probability." }),
};
export const predictionAnswer = z.object({
  ...predicted,
  windows,
  model,
  factors: z
    .array(factor)
    .optional()
    .meta({ description: "Groups of features, the weightiest first; none when the gate is shut." }),
});
export const batchAnswer = z.object({ predictions: z.array(z.object({ ...predicted, windows })), model });
export const forecastAnswer = z.object({
  hours: z.array(z.object({ at: time, from: time, to: time, ...predicted })).meta({
    description: "In the order asked: `at` as asked, `from` and `to` of the hour in question.",
  }),
  best: z.int().nullable().meta({ description: "Index of the likeliest hour; null when all gates are shut." }),
  windows,
  model,
});

export const roundedSun = ({ elevation, azimuth }: SunPosition) => ({
  elevation: round(elevation),
  // 359.996 rounds to 360, which is 0.
  azimuth: round(azimuth) % 360,
});

export function answerOf(prediction: Prediction) {
  const { probability, timesUsual, gate, sun, look, missing, siteCalibrated } = prediction;
  return {
    probability: round(probability, 4),
    times_usual: round(timesUsual, 1),
    gate,
    sun: roundedSun(sun),
    look: look ?? null,
    missing_features: missing,
    site_calibrated: siteCalibrated,
  };
}

export const withWindows = (prediction: Prediction & { windows: Window[] }) => ({
  ...answerOf(prediction),
  windows: prediction.windows,
});

export const modelOf = ({ version, sha256 }: ModelCard) => ({ version, sha256 });
