// POST /v1/predict, /v1/predict/batch and /v1/forecast: checked questions, gated answers. GET /v1/model: what answers.
import { z } from "zod";
import { round } from "../domain/answer.ts";
import { bowWindows, createWindowsOfDay, solarMidnight } from "../domain/sky.ts";
import type { Model } from "../model.ts";
import type { Predictor } from "../predictor.ts";
import { answerOf, batchAnswer, forecastAnswer, modelOf, predictionAnswer, withWindows } from "./answers.ts";
import { endpoint, type Endpoint } from "./endpoint.ts";
import {
  batch,
  inBatch,
  inQuestion,
  inSeries,
  mostHours,
  mostQuestions,
  question,
  questionsOf,
  series,
} from "./schemas.ts";

const hour = 3_600_000;
/** A question with all of its values has about 700 bytes. */
const batchLimit = mostQuestions * 2048;
const seriesLimit = mostHours * 1024;

export function predictEndpoints({ model, predictor }: { model: Model; predictor: Predictor }): Endpoint[] {
  const windowsOfDay = createWindowsOfDay();
  const windowsFor = ({ at, lead_h, lat, lon }: { at: Date; lead_h: number; lat: number; lon: number }) =>
    windowsOfDay(new Date(at.getTime() + (lead_h - 0.5) * hour), lat, lon);
  const answeredBy = modelOf(model.card);

  return [
    endpoint(
      {
        method: "post",
        path: "/v1/predict",
        summary: "How likely a rainbow is in one hour",
        description: "`windows` are those of the solar day, midnight to midnight, that the hour in question lies in.",
        body: question,
        contradictions: inQuestion,
        answer: predictionAnswer,
      },
      async ({ body: { explain, ...asked } }) => {
        const [prediction] = await predictor.predict([asked]);
        if (!prediction) throw new Error("A question has an answer.");
        const factors = explain ? await predictor.explain(asked) : undefined;
        return {
          ...withWindows({ ...prediction, windows: windowsFor(asked) }),
          model: answeredBy,
          ...(factors
            ? {
                factors: factors.map(({ log_odds: odds, ...factor }) => ({
                  ...factor,
                  log_odds: round(odds),
                  odds_ratio: Number(Math.exp(odds).toPrecision(3)),
                })),
              }
            : {}),
        };
      },
    ),
    endpoint(
      {
        method: "post",
        path: "/v1/predict/batch",
        summary: `The same for up to ${mostQuestions} hours and places`,
        body: batch,
        contradictions: inBatch,
        limit: batchLimit,
        answer: batchAnswer,
      },
      async ({ body: { questions } }) => {
        const predictions = await predictor.predict(questions);
        return {
          predictions: predictions.map((prediction, index) => {
            const asked = questions[index];
            if (!asked) throw new Error("An answer has a question.");
            return withWindows({ ...prediction, windows: windowsFor(asked) });
          }),
          model: answeredBy,
        };
      },
    ),
    endpoint(
      {
        method: "post",
        path: "/v1/forecast",
        summary: "How likely a rainbow is in each hour of a series of weather",
        description:
          "With `lead_h` 0, the default, each hour is predicted from its own weather: for a weather forecast. With " +
          "another lead, each hour is an observation from which the hour so much later is predicted.",
        body: series,
        contradictions: inSeries,
        limit: seriesLimit,
        answer: forecastAnswer,
      },
      async ({ body }) => {
        const { lat, lon, lead_h, hours } = body;
        const predictions = await predictor.predict(questionsOf(body));
        const answered = predictions.map((prediction, index) => {
          const at = hours[index]?.at ?? new Date(Number.NaN);
          const to = new Date(at.getTime() + lead_h * hour);
          return { at, from: new Date(to.getTime() - hour), to, ...answerOf(prediction) };
        });
        const open = answered.filter(({ gate }) => gate === "open");
        const best = open.toSorted((a, b) => b.probability - a.probability)[0];
        const [first, last] = [answered[0], answered.at(-1)];
        if (!first || !last) throw new Error("A series has an hour.");
        const begin = solarMidnight(first.from, lon);
        const end = solarMidnight(last.to, lon).getTime() + 24 * hour;
        return {
          hours: answered,
          best: best ? answered.indexOf(best) : null,
          windows: bowWindows(begin, (end - begin.getTime()) / hour, lat, lon),
          model: answeredBy,
        };
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/v1/model",
        summary: "The model card: data, label, figures with intervals, limits",
        answer: z.looseObject({
          name: z.string(),
          version: z.string(),
          sha256: z.string(),
          features: z.array(z.string()),
        }),
      },
      () => model.card,
    ),
  ];
}
