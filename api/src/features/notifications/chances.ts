// How likely a rainbow is at the places of a run: asked once for all that are close to each other, some at a time, and
// no more than a number of them.
import { z } from "zod";
import { ApiError, ForwardedRefusal } from "../../http/errors.ts";
import type { Continuation } from "../../http/trace.ts";
import type { Ml } from "../predictions/ml.ts";
import type { PredictionMode } from "../predictions/mode.ts";
import { observedNow } from "../predictions/now.ts";
import type { WeatherService } from "../weather/service.ts";
import type { Place } from "../weather/weather.ts";
import { each } from "../../each.ts";

export interface Chance {
  probability: number;
  look: { azimuth: number; elevation: number } | null;
  observedAt: Date;
  provider: string;
}

/** Of a run, by why nothing was learned of a place. */
export type Unknown = "weather" | "ml" | "refused" | "too-many";

export interface Chances {
  /** Asks for all of these that are not known yet. Never throws for what weather or ml do. */
  learn(places: readonly Place[], signal: AbortSignal): Promise<void>;
  /** Undefined where it is not known. */
  at(place: Place): Chance | undefined;
  asked(): number;
  unknown(): Partial<Record<Unknown, number>>;
  /** The last failure, for the log. */
  problem(): Error | undefined;
}

/** Degrees, 5 km or so: as fine as the weather models of Japan are, finer than its stations, and no one's address. */
const grid = 0.05;
const atOnce = 4;
/** An hour has twelve runs: less than the smallest of the providers' limits for an hour. */
const mostAsked = 400;
/** In a row, of ml: each costs the time limit of a question. */
const tolerated = 5;

const look = z.object({ azimuth: z.number().min(0).max(360), top_elevation: z.number().min(0).max(90) });

export function roundedPlace({ lat, lon }: Place): Place {
  const round = (degrees: number) => Number((Math.round(degrees / grid) * grid).toFixed(2));
  return { lat: round(lat), lon: round(lon) };
}
const keyOf = (place: Place): string => {
  const { lat, lon } = roundedPlace(place);
  return `${lat},${lon}`;
};

export function createChances(parts: {
  weather: WeatherService;
  ml: Pick<Ml, "predict">;
  mode: PredictionMode;
  continuation: Continuation;
  now: () => Date;
  most?: number;
}): Chances {
  const { weather, ml, mode, continuation, now, most = mostAsked } = parts;
  const known = new Map<string, Chance | undefined>();
  const unknown: Partial<Record<Unknown, number>> = {};
  let asked = 0;
  let failuresOfMl = 0;
  let last: Error | undefined;
  const fail = (why: Unknown) => {
    unknown[why] = (unknown[why] ?? 0) + 1;
  };

  async function ask(place: Place): Promise<Chance | undefined> {
    try {
      const { question, weather: observed } = await observedNow(weather, place, now());
      const lead_h = mode.name === "forecast" ? 1 : 0;
      const answer = await ml.predict({ ...place, lead_h, ...question }, continuation);
      failuresOfMl = 0;
      const direction = look.safeParse((answer as { look?: unknown }).look).data;
      return {
        probability: answer.probability,
        look: direction ? { azimuth: direction.azimuth, elevation: direction.top_elevation } : null,
        observedAt: observed.at,
        provider: observed.provider,
      };
    } catch (error) {
      const why = reasonOf(error);
      if (why === undefined) throw error;
      // That there is no weather at a place is an answer.
      if (why === "no-weather-there") return undefined;
      failuresOfMl = why === "ml" ? failuresOfMl + 1 : failuresOfMl;
      last = error as Error;
      fail(why);
      return undefined;
    }
  }

  return {
    learn: async (places, signal) => {
      const missing = new Map(places.map((place) => [keyOf(place), roundedPlace(place)]));
      for (const key of known.keys()) missing.delete(key);
      await each(missing, { atOnce, signal }, async ([key, place]) => {
        if (asked >= most || failuresOfMl >= tolerated) {
          fail(asked >= most ? "too-many" : "ml");
          known.set(key, undefined);
          return;
        }
        asked += 1;
        known.set(key, await ask(place));
      });
    },
    at: (place) => known.get(keyOf(place)),
    asked: () => asked,
    unknown: () => unknown,
    problem: () => last,
  };
}

/** Undefined for what is not a failure of weather or ml. */
function reasonOf(error: unknown): Unknown | "no-weather-there" | undefined {
  if (error instanceof ForwardedRefusal) return "refused";
  if (!(error instanceof ApiError)) return undefined;
  switch (error.code) {
    case "no-weather-there":
      return "no-weather-there";
    case "ml-unavailable":
      return "ml";
    case "weather-unavailable":
    case "not-available":
      return "weather";
    default:
      return undefined;
  }
}
