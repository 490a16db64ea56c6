// A second model that is asked the same and never answers: its scores are counted and logged beside the first one's, to
// judge it on real questions before it takes over. Whatever it does, the answers stay those of the first.
import { readFile } from "node:fs/promises";
import type { Logger } from "pino";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { ModelError, openModel, type Predict, sha256Of } from "./model-file.ts";
import type { Model } from "./model.ts";
import type { Observer } from "./predictor.ts";

export interface ShadowSettings {
  path: string;
  sha256: string;
}

/** Rows that wait for the shadow; more are not compared, so that a slow one costs no memory. */
const mostWaiting = 4000;

/** @throws ModelError where the file is another one, or no model for the same features */
export async function loadShadow({ path, sha256 }: ShadowSettings, model: Model): Promise<Predict> {
  const bytes = await readFile(path);
  const actual = sha256Of(bytes);
  if (actual !== sha256) throw new ModelError(`${path} has SHA-256 ${actual}, SHADOW_MODEL_SHA256 is ${sha256}.`);
  const predict = await openModel(bytes, model.card.features.length);
  const medians = Float32Array.from(model.reference.features, ({ median }) => median);
  const [probability = Number.NaN] = await predict([medians]);
  if (!(probability >= 0 && probability <= 1)) throw new ModelError(`${path} does not answer with a probability.`);
  return predict;
}

export interface Shadow extends Observer {
  /** Settled when nothing waits. */
  idle(): Promise<void>;
}

export function createShadow(parts: {
  /** Undefined where it could not be loaded. */
  predict: Predict | undefined;
  sha256: string;
  registry: Registry;
  log: Logger;
}): Shadow {
  const { predict, sha256, registry, log } = parts;
  const registers = [registry];
  const loaded = new Gauge({ name: "ml_shadow_loaded", help: "Whether the shadow model is there.", registers });
  loaded.set(predict ? 1 : 0);
  const rowsCompared = new Counter({
    name: "ml_shadow_rows_total",
    help: "Rows for the shadow model by outcome: compared, failed, or skipped because too many waited.",
    labelNames: ["outcome"],
    registers,
  });
  const difference = new Histogram({
    name: "ml_shadow_absolute_difference",
    help: "Between the probability of the shadow model and that of the model.",
    buckets: [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers,
  });
  const scores = new Histogram({
    name: "ml_shadow_probability",
    help: "What the shadow model said.",
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers,
  });
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  const compare = async (ask: Predict, rows: Float32Array[], primary: number[]) => {
    try {
      const shadow = await ask(rows);
      if (!shadow.every((value) => value >= 0 && value <= 1)) throw new ModelError("It is not a probability.");
      shadow.forEach((value, index) => {
        scores.observe(value);
        difference.observe(Math.abs(value - (primary[index] ?? Number.NaN)));
      });
      rowsCompared.inc({ outcome: "compared" }, rows.length);
      const short = (values: number[]) => values.map((value) => Number(value.toPrecision(4)));
      log.info({ shadow: sha256, scores: short(primary), shadow_scores: short(shadow) }, "shadow model");
    } catch (err) {
      rowsCompared.inc({ outcome: "failed" }, rows.length);
      log.warn({ err, shadow: sha256 }, "shadow model failed");
    } finally {
      waiting -= rows.length;
    }
  };

  return {
    scored: (rows, primary) => {
      if (!predict) return;
      if (waiting + rows.length > mostWaiting) {
        rowsCompared.inc({ outcome: "skipped" }, rows.length);
        return;
      }
      waiting += rows.length;
      // After the answer: the model runs on the thread that answers.
      last = last.then(() => new Promise(setImmediate)).then(() => compare(predict, rows, primary));
    },
    idle: () => last,
  };
}
