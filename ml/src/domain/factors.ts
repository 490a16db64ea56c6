// What a prediction rests on: how far the log odds fall when the model is not told of a group of features. Weather is
// taken away as the training did it for instruments that are missing; the sun, which is never missing, is put to its
// median of the training. Groups share information, so that their effects do not add up to the prediction.
import { logOdds } from "./calibration.ts";
import type { FeatureName } from "./features.ts";

export const groups = {
  sun: ["sun_elevation", "sun_azimuth", "sun_elevation_now"],
  rain: ["rain_mm", "rain_duration_h"],
  sunshine: ["sunshine_h"],
  clouds: ["cloud_octas"],
  temperature_and_humidity: ["temperature_c", "dew_point_c", "humidity_pct"],
  pressure: ["pressure_hpa", "pressure_change_3h"],
  visibility: ["visibility_km"],
  wind: ["wind_speed_ms", "gust_ms"],
  hours_before: ["rain_mm_1h", "sunshine_h_1h", "cloud_octas_1h", "rain_mm_3h_sum", "sunshine_h_3h_sum"],
} satisfies Record<string, FeatureName[]>;

export interface Factor {
  group: string;
  features: FeatureName[];
  /** Of the prediction, less those without the group. */
  log_odds: number;
}

export interface Ablation {
  group: string;
  features: FeatureName[];
  row: Float32Array;
}

/**
 * The row without each group; groups of which nothing is known are left out.
 *
 * @param medians - of the training, in the same order
 */
export function ablations(row: Float32Array, order: readonly FeatureName[], medians: readonly number[]): Ablation[] {
  return Object.entries(groups).flatMap(([group, names]) => {
    const features = (names as FeatureName[]).filter((name) => !Number.isNaN(row[order.indexOf(name)] ?? Number.NaN));
    if (features.length === 0) return [];
    const without = Float32Array.from(row);
    for (const name of features) {
      const index = order.indexOf(name);
      without[index] = group === "sun" ? (medians[index] ?? Number.NaN) : Number.NaN;
    }
    return [{ group, features, row: without }];
  });
}

/** The weightiest first. */
export function factorsOf(probability: number, without: readonly (Ablation & { probability: number })[]): Factor[] {
  return without
    .map(({ group, features, probability: less }) => ({
      group,
      features,
      log_odds: logOdds(probability) - logOdds(less),
    }))
    .toSorted((a, b) => Math.abs(b.log_odds) - Math.abs(a.log_odds));
}
