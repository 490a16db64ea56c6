// What the page shows, asked for all at once: what is not there in time is left out, and the page says so.
import type { Logger } from "pino";
import type { Database } from "../../database.ts";
import { ApiError } from "../../http/errors.ts";
import type { Continuation } from "../../http/trace.ts";
import { within } from "../../time-limit.ts";
import type { CheckReadiness, Readiness } from "../operations/readiness.ts";
import type { Ml, Prediction, Sky, Window } from "../predictions/ml.ts";
import type { PredictionMode } from "../predictions/mode.ts";
import { type HourAhead, predictAhead } from "../predictions/next.ts";
import { observedNow, predictNow } from "../predictions/now.ts";
import { type Glimpse, glimpsesNear } from "../sightings/store.ts";
import type { CurrentAnswer } from "../weather/answers.ts";
import type { WeatherService } from "../weather/service.ts";
import type { Place } from "../weather/weather.ts";

/** Sightings around the place: as those of /api/sightings/nearby. */
export const around = { radiusKm: 20, days: 7, newest: 3 };

/** Why there is no weather. */
export type NoWeather = "not-available" | "no-weather-there" | "too-many-requests" | "weather-unavailable";

export interface PageContent {
  now: Date;
  place: Place;
  /** That of whoever reads it; otherwise it is Shiojiri. */
  isOwnPlace: boolean;
  readiness: Readiness;
  /** Undefined when ml does not answer; so are the next three. */
  sky: Sky | undefined;
  /** Of seven days, today first. */
  week: Window[] | undefined;
  prediction: Prediction | undefined;
  /** Undefined without a permit, too. */
  ahead: HourAhead[] | undefined;
  mode: PredictionMode;
  weather: CurrentAnswer | NoWeather;
  /** Undefined when the database does not answer. */
  sightings: { count: number; newest: Glimpse[] } | undefined;
}

export interface Sources {
  database: Database;
  ml: Ml;
  weather: WeatherService;
  readiness: CheckReadiness;
  mode: PredictionMode;
  log: Logger;
  /** Milliseconds for all of it. */
  patience: number;
}

export interface PageQuestion {
  now: Date;
  place: Place;
  isOwnPlace: boolean;
  continuation: Continuation;
  /** Throws where this reader has asked for too many places. */
  allowWeather: () => Promise<void>;
}

/** Midnight in Japan before this time. */
export function startOfDay(now: Date): string {
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo" }).format(now);
  return `${day}T00:00:00+09:00`;
}

export async function gather(sources: Sources, question: PageQuestion): Promise<PageContent> {
  const { database, ml, weather, readiness, mode, log, patience } = sources;
  const { now, place, isOwnPlace, continuation } = question;

  /** Undefined where it is not there in time. */
  const part = <T>(name: string, work: Promise<T>): Promise<T | undefined> =>
    within(patience, work).catch((err: unknown) => {
      log.warn({ err }, `the page is shown without ${name}`);
      return undefined;
    });

  const observing = question.allowWeather().then(() => observedNow(weather, place, now));
  const since = new Date(now.getTime() - around.days * 86_400_000);
  const near = { ...place, radiusKm: around.radiusKm, since, limit: around.newest };
  const [at, midnight] = [now.toISOString(), startOfDay(now)];
  const [observed, sky, week, said, sightings, state] = await Promise.all([
    within(patience, observing).then(
      ({ weather }) => weather,
      (error: unknown) => reasonOf(error, log),
    ),
    part("a sky", ml.sky({ ...place, at, from: midnight })),
    part("the windows of a week", ml.windows({ ...place, from: midnight })),
    chancesFrom(),
    part("sightings", glimpsesNear(database, near)),
    readiness(patience),
  ]);
  return {
    now,
    place,
    isOwnPlace,
    mode,
    readiness: state,
    sky,
    week: week?.windows,
    weather: observed,
    sightings,
    ...said,
  };

  /** Without weather there are none, which is no failure of theirs. */
  async function chancesFrom(): Promise<Pick<PageContent, "prediction" | "ahead">> {
    const known = observing.then(
      ({ question }) => ({ place, question, continuation }),
      () => undefined,
    );
    const predicting = known.then((asked) => asked && predictNow(ml, asked));
    const lookingAhead = known.then((asked) =>
      asked && mode.name === "forecast" ? predictAhead(ml, asked) : undefined,
    );
    const [prediction, ahead] = await Promise.all([
      part("a chance", predicting),
      part("the hours to come", lookingAhead),
    ]);
    return { prediction, ahead };
  }
}

function reasonOf(error: unknown, log: Logger): NoWeather {
  const code = error instanceof ApiError ? error.code : undefined;
  if (code === "not-available" || code === "no-weather-there" || code === "too-many-requests") return code;
  log.warn({ err: error }, "the page is shown without weather");
  return "weather-unavailable";
}
