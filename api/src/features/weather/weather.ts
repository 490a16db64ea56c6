// What weather is here, whoever it comes from: hours with values in fixed units, a place they belong to, and whom to
// credit.
import { z } from "zod";

export interface Place {
  lat: number;
  lon: number;
}

/** Names and units are those of ml. What is not known is left out, never zero. */
export const ranges = {
  temperature_c: [-60, 60],
  dew_point_c: [-60, 60],
  humidity_pct: [0, 100],
  /** At sea level. */
  pressure_hpa: [850, 1100],
  /** In the hour that ends at the time of the values, as is sunshine. */
  rain_mm: [0, 200],
  sunshine_h: [0, 1],
  cloud_octas: [0, 8],
  visibility_km: [0, 200],
  wind_speed_ms: [0, 100],
  gust_ms: [0, 150],
} as const satisfies Record<string, readonly [number, number]>;

export type Quantity = keyof typeof ranges;
export type Values = Partial<Record<Quantity, number>>;
export const quantities = Object.keys(ranges) as Quantity[];

/** The values of the hour that ends at `at`. */
export interface Hour {
  at: Date;
  values: Values;
}

/** Where the weather of a place comes from: places with the same key share it. */
export interface Site extends Place {
  key: string;
  /** A station, and in Japanese too. Without one, the values are those of a model at this point. */
  station?: { name: string; nameJa: string };
  /** Some stations have no sunshine recorder: their value comes from satellites. */
  sunshine: "measured" | "estimated" | "none";
}

/** Shown wherever the data is. */
export interface Attribution {
  text: string;
  textJa: string;
  url: string;
  licence: string;
}

export interface RadarFrames {
  /** With {z}, {x} and {y}, as map libraries take them. */
  frames: { at: Date; tiles: string }[];
  minZoom: number;
  maxZoom: number;
}

export interface WeatherProvider {
  name: string;
  attribution: Attribution;
  /** Seconds for which an answer is as good as a new one. */
  freshFor: number;
  site(place: Place, signal: AbortSignal): Promise<Site>;
  /** Oldest first, an hour apart; the last is the newest there is. Never empty. */
  observed(site: Site, signal: AbortSignal): Promise<Hour[]>;
  /** The hours to come, oldest first. */
  forecast?(site: Site, signal: AbortSignal): Promise<Hour[]>;
  radar?(signal: AbortSignal): Promise<RadarFrames>;
}

export type Failure =
  /** It did not answer, or with an error of its own. */
  | "unreachable"
  | "timeout"
  /** It answered what nobody can read. */
  | "garbage"
  /** Its limit or ours is used up. */
  | "quota"
  /** It does not accept the key. */
  | "refused"
  /** It failed too often, and is left alone for a while. */
  | "paused"
  /** It has no weather there: the answer to a question, not a failure. */
  | "unknown-place";

/** Messages name no URL: it may have a key in it. */
export class ProviderError extends Error {
  override name = "ProviderError";
  readonly reason: Failure;
  /** Seconds after which asking again makes sense. */
  readonly retryAfter: number | undefined;

  constructor(reason: Failure, message: string, options: { retryAfter?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.retryAfter = options.retryAfter;
  }
}

/**
 * Without what is missing, not a number, outside of what can be, or contradicted by the rest: a sensor's fault must not
 * become a prediction, and ml refuses weather that cannot be.
 */
export function plausible(values: Partial<Record<Quantity, number | null | undefined>>): Values {
  const kept: Values = {};
  for (const name of quantities) {
    const value = values[name];
    const [least, most] = ranges[name];
    if (typeof value === "number" && value >= least && value <= most) kept[name] = Math.round(value * 100) / 100;
  }
  if (!dewPointFits(kept)) delete kept.dew_point_c;
  return kept;
}

/** Degrees: both are given in tenths, and each may be rounded. */
const rounding = 0.1;
/** Percent: services mix sources, which differ by a few. */
const humidityMargin = 20;

/** Whether it is not above the temperature, and about what the humidity makes of it (Magnus formula, over water). */
function dewPointFits({ temperature_c: temperature, dew_point_c: dewPoint, humidity_pct: humidity }: Values): boolean {
  if (temperature === undefined || dewPoint === undefined) return true;
  if (dewPoint > temperature + rounding) return false;
  const pressure = (celsius: number) => Math.exp((17.62 * celsius) / (243.12 + celsius));
  const expected = (100 * pressure(dewPoint)) / pressure(temperature);
  return humidity === undefined || Math.abs(expected - humidity) <= humidityMargin;
}

/** In our unit; what is not known stays so. */
export const scaled = (value: number | null | undefined, factor: number): number | null | undefined =>
  typeof value === "number" ? value * factor : value;

/** @throws ProviderError for an answer of another shape */
export function asDocumented<T>(schema: z.ZodType<T>, json: unknown, provider: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new ProviderError("garbage", `${provider} answered something else than documented.`, { cause: result.error });
}

/** Hours with values, oldest first. @throws ProviderError if there are none */
export function hoursOf(hours: Hour[], provider: string): Hour[] {
  const known = hours
    .filter(({ values }) => Object.keys(values).length > 0)
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
  if (known.length === 0) throw new ProviderError("garbage", `${provider} answered without values.`);
  return known;
}

const radians = Math.PI / 180;

/** On a sphere, as distance_m of the database. */
export function distanceKm(a: Place, b: Place): number {
  const half =
    Math.sin(((b.lat - a.lat) * radians) / 2) ** 2 +
    Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * Math.sin(((b.lon - a.lon) * radians) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** About a kilometre: finer than models are, and no one's address. */
export function roundedSite({ lat, lon }: Place, sunshine: Site["sunshine"]): Site {
  const round = (degrees: number) => Math.round(degrees * 100) / 100;
  const at = { lat: round(lat), lon: round(lon) };
  return { key: `${at.lat},${at.lon}`, ...at, sunshine };
}
