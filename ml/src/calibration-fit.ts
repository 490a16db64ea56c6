// From sightings and the weather of the same time to a site's entry in the calibration file.
import { fewestSightings, fitIntercept, shifted, type SiteCalibration } from "./domain/calibration.ts";
import { hoursWithSightings, type Sighting } from "./domain/sightings.ts";
import type { Question } from "./domain/features.ts";
import type { Predictor } from "./predictor.ts";

export interface FitOptions {
  name: string;
  lat: number;
  lon: number;
  radius_km: number;
  /** Likes that confirm a sighting. */
  confirmations: number;
  /** Of the hours with a rainbow, the share that somebody reports, as far as it is known: 1 calibrates to reports. */
  reported: number;
}

export interface Fit {
  site: SiteCalibration;
  /** Hours with an open gate. */
  hours: number;
  /** What the model had expected, in hours. */
  expected: number;
}

/**
 * @param predictor - without any calibration
 * @param questions - every observed hour of the time in which sightings were collected, each once
 */
export async function fitSite(options: {
  predictor: Pick<Predictor, "predict">;
  questions: Question[];
  sightings: Sighting[];
  fit: FitOptions;
}): Promise<Fit> {
  const { predictor, questions, sightings, fit } = options;
  const { name, lat, lon, radius_km, confirmations, reported } = fit;
  const predictions = await predictor.predict(questions);
  const open = predictions.flatMap(({ gate, probability }, index) => {
    const at = questions[index]?.at.getTime();
    return gate === "open" && at !== undefined ? [{ at, probability }] : [];
  });
  if (open.length === 0) throw new RangeError("None of the hours has the sun between 0 and 42 degrees.");
  const probabilities = open.map(({ probability }) => probability);
  const seen = hoursWithSightings({
    sightings,
    site: { lat, lon, radius_km },
    ends: open.map(({ at }) => at),
    confirmations,
  });
  const rainbows = Math.min(seen.size / reported, open.length);
  const intercept = seen.size < fewestSightings ? 0 : Number(fitIntercept(probabilities, rainbows).toFixed(4));
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const usual = sum(probabilities.map((probability) => shifted(probability, intercept))) / open.length;
  return {
    site: { name, lat, lon, radius_km, intercept, sightings: seen.size, usual_rate: Number(usual.toPrecision(4)) },
    hours: open.length,
    expected: sum(probabilities),
  };
}
