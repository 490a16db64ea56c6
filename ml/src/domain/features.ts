// From an observation to the row of numbers that the model was trained on: ml/training/rainbow/features.py.
import { sunPosition, type SunPosition } from "./sun.ts";

export const leads = [0, 1, 2, 3, 6] as const;

export interface Observation {
  temperature_c?: number | undefined;
  dew_point_c?: number | undefined;
  humidity_pct?: number | undefined;
  /** At sea level. */
  pressure_hpa?: number | undefined;
  /** In the hour that ends at `at`, as are durations. */
  rain_mm?: number | undefined;
  rain_duration_h?: number | undefined;
  sunshine_h?: number | undefined;
  cloud_octas?: number | undefined;
  visibility_km?: number | undefined;
  wind_speed_ms?: number | undefined;
  gust_ms?: number | undefined;
}

export interface EarlierObservation {
  hours_ago: number;
  rain_mm?: number | undefined;
  sunshine_h?: number | undefined;
  cloud_octas?: number | undefined;
  pressure_hpa?: number | undefined;
}

export interface Question {
  lat: number;
  lon: number;
  /** The end of the observed hour. */
  at: Date;
  /** The hour in question ends `lead_h` hours after `at`. */
  lead_h: number;
  observation: Observation;
  history: EarlierObservation[];
}

export interface Features {
  /** In the model's order; NaN where nothing is known. */
  values: Float32Array;
  missing: FeatureName[];
  /** The sun at the middle of the hour in question. */
  sun: SunPosition;
}

/** Every feature that a model may ask for. */
export const computedFeatures = [
  "lead_h",
  "sun_elevation",
  "sun_azimuth",
  "sun_elevation_now",
  "temperature_c",
  "dew_point_c",
  "humidity_pct",
  "pressure_hpa",
  "rain_mm",
  "rain_duration_h",
  "sunshine_h",
  "cloud_octas",
  "visibility_km",
  "wind_speed_ms",
  "gust_ms",
  "rain_mm_1h",
  "sunshine_h_1h",
  "cloud_octas_1h",
  "rain_mm_3h_sum",
  "sunshine_h_3h_sum",
  "pressure_change_3h",
] as const;
export type FeatureName = (typeof computedFeatures)[number];

const visibilityCapKm = 10;
const halfHour = 1_800_000;

/** @param order - the model card's list of features, which is checked when the model is loaded */
export function computeFeatures(question: Question, order: readonly FeatureName[]): Features {
  const { lat, lon, at, lead_h, observation, history } = question;
  const sun = sunPosition(new Date(at.getTime() + lead_h * 2 * halfHour - halfHour), lat, lon);
  const ago = (hours: number) => history.find((earlier) => earlier.hours_ago === hours) ?? { hours_ago: hours };
  const sum = (name: "rain_mm" | "sunshine_h") =>
    [1, 2, 3].reduce((total, hours) => total + (ago(hours)[name] ?? NaN), 0);
  const known: Record<FeatureName, number | undefined> = {
    lead_h,
    sun_elevation: sun.elevation,
    sun_azimuth: sun.azimuth,
    sun_elevation_now: sunPosition(at, lat, lon).elevation,
    temperature_c: observation.temperature_c,
    dew_point_c: observation.dew_point_c,
    humidity_pct: observation.humidity_pct,
    pressure_hpa: observation.pressure_hpa,
    rain_mm: observation.rain_mm,
    rain_duration_h: observation.rain_duration_h,
    sunshine_h: observation.sunshine_h,
    cloud_octas: observation.cloud_octas,
    visibility_km:
      observation.visibility_km === undefined ? undefined : Math.min(observation.visibility_km, visibilityCapKm),
    wind_speed_ms: observation.wind_speed_ms,
    gust_ms: observation.gust_ms,
    rain_mm_1h: ago(1).rain_mm,
    sunshine_h_1h: ago(1).sunshine_h,
    cloud_octas_1h: ago(1).cloud_octas,
    rain_mm_3h_sum: sum("rain_mm"),
    sunshine_h_3h_sum: sum("sunshine_h"),
    pressure_change_3h: (observation.pressure_hpa ?? NaN) - (ago(3).pressure_hpa ?? NaN),
  };
  const values = Float32Array.from(order, (name) => known[name] ?? NaN);
  return { values, missing: order.filter((_, index) => Number.isNaN(values[index])), sun };
}
