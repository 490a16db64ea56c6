// The weather that a prediction for the present starts from, as ml takes it.
import { ApiError } from "../../http/errors.ts";
import type { Continuation } from "../../http/trace.ts";
import { currentAnswer, type CurrentAnswer } from "../weather/answers.ts";
import type { WeatherService } from "../weather/service.ts";
import type { Hour, Place, Values } from "../weather/weather.ts";
import type { Ml, Prediction } from "./ml.ts";

const hour = 3_600_000;
/** Weather of longer ago is not the present. */
const oldest = 1.5 * hour;

export interface Observed {
  question: { at: string; observation: CurrentAnswer["values"]; history: ({ hours_ago: number } & Values)[] };
  weather: CurrentAnswer;
}

/** @throws ApiError where there is no weather of now */
export async function observedNow(weather: WeatherService, place: Place, now: Date): Promise<Observed> {
  const { current, hours } = await currentAnswer(weather, place);
  const { at, values: observation } = current;
  if (now.getTime() - at.getTime() > oldest)
    throw new ApiError("weather-unavailable", { details: { reason: "old", at }, retryAfter: 300 });
  return { question: { at: at.toISOString(), observation, history: historyBefore(at, hours) }, weather: current };
}

/** The chance in the weather that was observed: nothing about the future. */
export const predictNow = (
  ml: Ml,
  { place, question, continuation }: { place: Place; question: Observed["question"]; continuation: Continuation },
): Promise<Prediction> => ml.predict({ ...place, lead_h: 0, ...question }, continuation);

function historyBefore(at: Date, hours: Hour[]): Observed["question"]["history"] {
  return hours.flatMap((earlier) => {
    const hours_ago = (at.getTime() - earlier.at.getTime()) / hour;
    if (![1, 2, 3].includes(hours_ago)) return [];
    const { rain_mm, sunshine_h, cloud_octas, pressure_hpa } = earlier.values;
    const known = Object.entries({ rain_mm, sunshine_h, cloud_octas, pressure_hpa }).filter(
      ([, value]) => value !== undefined,
    );
    return [{ hours_ago, ...(Object.fromEntries(known) as Values) }];
  });
}
