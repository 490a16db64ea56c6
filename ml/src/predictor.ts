// Predictions: the gate first, then the model, then what the site has taught. Whoever watches is told of each step.
import { type Gate, gateOf, type Look, lookFor } from "./domain/answer.ts";
import { shifted, type SiteCalibration, siteOf } from "./domain/calibration.ts";
import { ablations, type Factor, factorsOf } from "./domain/factors.ts";
import { computeFeatures, type FeatureName, type Features, type Question } from "./domain/features.ts";
import type { SunPosition } from "./domain/sun.ts";
import type { Model } from "./model.ts";

export interface Prediction {
  probability: number;
  /** The probability over the usual one of the site, or of the training. */
  timesUsual: number;
  gate: Gate;
  /** At the middle of the hour in question. */
  sun: SunPosition;
  look: Look | undefined;
  missing: FeatureName[];
  siteCalibrated: boolean;
}

/** What is told of predictions; none of it may throw. */
export interface Observer {
  gated?(gate: Gate): void;
  /** Rows that the model was asked about, what it said before any calibration, and how long it took. */
  scored?(rows: Float32Array[], probabilities: number[], seconds: number): void;
}

export interface Predictor {
  /** In the order of the questions. */
  predict(questions: Question[]): Promise<Prediction[]>;
  /** None when the gate is shut. */
  explain(question: Question): Promise<Factor[]>;
}

export function createPredictor(parts: { model: Model; sites?: SiteCalibration[]; observers?: Observer[] }): Predictor {
  const { model, sites = [], observers = [] } = parts;
  const { card, reference } = model;
  const medians = reference.features.map(({ median }) => median);
  const featuresOf = (question: Question) => computeFeatures(question, card.features);

  /** What the model says; a number, always. */
  const score = async (rows: Float32Array[]): Promise<number[]> => {
    const probabilities = rows.length === 0 ? [] : await model.predict(rows);
    if (!probabilities.every((value) => value >= 0 && value <= 1))
      throw new Error("The model's answer is not a probability.");
    return probabilities;
  };

  const answer = (question: Question, { sun, missing }: Features, said: number): Prediction => {
    const site = siteOf(sites, question);
    const gate = gateOf(sun);
    const probability = gate === "open" ? shifted(said, site?.intercept ?? 0) : 0;
    const usual = site?.usual_rate ?? card.usual_rate[String(question.lead_h)] ?? Number.NaN;
    return {
      probability,
      timesUsual: probability / usual,
      gate,
      sun,
      look: lookFor(sun),
      missing,
      siteCalibrated: site !== undefined,
    };
  };

  return {
    predict: async (questions) => {
      const asked = questions.map((question) => ({ question, features: featuresOf(question) }));
      const open = asked.filter(({ features }) => gateOf(features.sun) === "open");
      const rows = open.map(({ features }) => features.values);
      const started = performance.now();
      const probabilities = await score(rows);
      const seconds = (performance.now() - started) / 1000;
      const said = new Map(open.map((entry, index) => [entry, probabilities[index] ?? Number.NaN]));
      for (const observer of observers) {
        for (const { features } of asked) observer.gated?.(gateOf(features.sun));
        if (rows.length > 0) observer.scored?.(rows, probabilities, seconds);
      }
      return asked.map((entry) => answer(entry.question, entry.features, said.get(entry) ?? 0));
    },

    explain: async (question) => {
      const { values, sun } = featuresOf(question);
      if (gateOf(sun) !== "open") return [];
      const without = ablations(values, card.features, medians);
      const [probability = Number.NaN, ...less] = await score([values, ...without.map(({ row }) => row)]);
      return factorsOf(
        probability,
        without.map((each, index) => ({ ...each, probability: less[index] ?? Number.NaN })),
      );
    },
  };
}
