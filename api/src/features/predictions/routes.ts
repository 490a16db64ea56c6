// How likely a rainbow is: in the present weather, in the hours to come where that is permitted, and in weather that the
// caller describes.
import { z } from "zod";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import { ApiError } from "../../http/errors.ts";
import { parse } from "../../http/issues.ts";
import type { ProblemCode } from "../../http/problems.ts";
import { continuationOf } from "../../http/trace.ts";
import { instantOut, lat, lon } from "../../http/values.ts";
import type { Cache } from "../../redis.ts";
import { currentSchema } from "../weather/answers.ts";
import { limitAsking } from "../weather/limit.ts";
import { placeOf, placeQuery } from "../weather/places.ts";
import type { WeatherService } from "../weather/service.ts";
import type { Ml } from "./ml.ts";
import type { PredictionMode } from "./mode.ts";
import { leads, predictAhead } from "./next.ts";
import { observedNow, predictNow } from "./now.ts";

/** ml says what it accepts: a second description of that here would be wrong after the next change of its first. */
const question = z.looseObject({}).meta({
  description:
    "What ml takes: ml/README.md. Without `observation`, which may then have `lat`, `lon` and `lead_h` only, the " +
    "weather is that of the configured service.",
});
const withoutObservation = z.strictObject({ lat, lon, lead_h: z.literal([0, ...leads]).optional() });

const spoken = {
  mode: z.enum(["present", "forecast"]),
  permit: z.string().optional().meta({ description: "Of the Japan Meteorological Agency, to publish forecasts." }),
};
const used = z.union([
  currentSchema.extend({ available: z.literal(true) }),
  z.object({ available: z.literal(false), code: z.string(), reason: z.string().optional() }),
]);
const prediction = z
  .looseObject({ probability: z.number().min(0).max(1), ...spoken, weather: used.optional() })
  .meta({ id: "Prediction", description: "What ml answers: ml/README.md." });
const predictionNow = z
  .looseObject({
    ...spoken,
    at: z.string(),
    lead_h: z.literal(0),
    probability: z.number().min(0).max(1).nullable().meta({ description: "null where there is no weather." }),
    weather: used,
  })
  .meta({ id: "PredictionNow" });
const predictionsNext = z.object({
  ...spoken,
  at: z.string(),
  hours: z.array(
    z.looseObject({ lead_h: z.number(), from: instantOut, to: instantOut, probability: z.number().min(0).max(1) }),
  ),
  weather: used,
});

const weatherProblems: ProblemCode[] = ["not-available", "no-weather-there", "weather-unavailable"];

export function predictionEndpoints(parts: {
  ml: Ml;
  weather: WeatherService;
  mode: PredictionMode;
  cache: Pick<Cache, "count">;
  now: () => Date;
}): Endpoint[] {
  const { ml, weather, mode, cache, now } = parts;
  const tag = "predictions";
  const spokenHere = mode.name === "forecast" ? { mode: mode.name, permit: mode.permit } : { mode: mode.name };
  const access = "anyone";
  return [
    endpoint(
      {
        method: "post",
        path: "/api/predictions",
        tag,
        summary: "How likely a rainbow is, for a place, a time and its weather",
        access,
        body: question,
        data: prediction,
        problems: ["needs-permit", "ml-unavailable", "too-many-requests", ...weatherProblems],
      },
      async ({ body, request, response }) => {
        const { lead_h = mode.name === "present" ? 0 : undefined } = body;
        if (mode.name === "present" && typeof lead_h === "number" && lead_h > 0) throw new ApiError("needs-permit");
        const continuation = continuationOf(response);
        if (body["observation"] !== undefined || !weather.provider)
          return { ...(await ml.predict({ ...body, lead_h }, continuation)), ...spokenHere };
        const place = parse("body", withoutObservation, body);
        await limitAsking(cache, request);
        const observed = await observedNow(weather, place, now());
        const answer = await ml.predict({ lat: place.lat, lon: place.lon, lead_h, ...observed.question }, continuation);
        return { ...answer, ...spokenHere, weather: { available: true as const, ...observed.weather } };
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/api/predictions/now",
        tag,
        summary: "How likely a rainbow is in the present weather: in Shiojiri, or at a place",
        access,
        query: placeQuery,
        data: predictionNow,
        problems: ["ml-unavailable", "too-many-requests"],
      },
      async ({ query, request, response }) => {
        await limitAsking(cache, request);
        const place = placeOf(query);
        const observed = await observedNow(weather, place, now()).catch((error: unknown) => {
          if (error instanceof ApiError) return error;
          throw error;
        });
        if (observed instanceof ApiError) return { ...spokenHere, ...(await withoutWeather(place, observed)) };
        const { question } = observed;
        const answer = await predictNow(ml, { place, question, continuation: continuationOf(response) });
        const said = { ...spokenHere, at: question.at, lead_h: 0 as const };
        return { ...said, ...answer, weather: { available: true as const, ...observed.weather } };
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/api/predictions/next",
        tag,
        summary: "How likely a rainbow is one to six hours ahead: only under a permit",
        access,
        query: placeQuery,
        data: predictionsNext,
        problems: ["needs-permit", "ml-unavailable", "too-many-requests", ...weatherProblems],
      },
      async ({ query, request, response }) => {
        if (mode.name !== "forecast") throw new ApiError("needs-permit");
        await limitAsking(cache, request);
        const place = placeOf(query);
        const continuation = continuationOf(response);
        const { question, weather: from } = await observedNow(weather, place, now());
        const hours = await predictAhead(ml, { place, question, continuation });
        return { ...spokenHere, at: question.at, hours, weather: { available: true as const, ...from } };
      },
    ),
  ];

  /** The sun is known without any weather. */
  async function withoutWeather(place: { lat: number; lon: number }, { code, details }: ApiError) {
    const at = now().toISOString();
    const { sun, gate, look, usual_rate } = await ml.sky({ ...place, at, from: at });
    const { reason } = (details ?? {}) as { reason?: string };
    const unknown = { probability: null, times_usual: null, usual: gate === "open" ? usual_rate : 0, gate, sun, look };
    const none = { available: false as const, code, ...(reason === undefined ? {} : { reason }) };
    return { at, lead_h: 0 as const, ...unknown, weather: none };
  }
}
