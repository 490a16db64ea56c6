// What is counted of requests and predictions: for Prometheus at /metrics, and for CloudWatch once a minute
// (model-metrics.ts). The rows that are remembered are few and of a fixed number.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Gate, gates } from "./domain/answer.ts";
import { createDriftWindow, type FeatureDrift } from "./domain/drift.ts";
import type { Reference } from "./model.ts";
import type { Observer } from "./predictor.ts";

/** What a caller chooses; all other features are weather, of which drift says something. */
const chosen = new Set(["lead_h", "sun_elevation", "sun_azimuth", "sun_elevation_now"]);

/** Since the call before. */
export interface Minute {
  predictions: Record<Gate, number>;
  /** Of requests to the model, in seconds; the last of them, where there were many. */
  latencies: number[];
  /** Share of missing values of the weather, in the rows that are remembered; undefined while there are none. */
  missing: number | undefined;
  /** Of the weather, the largest PSI; undefined while too little is known. */
  psi: number | undefined;
}

export interface Monitor extends Required<Observer> {
  registry: Registry;
  requested(labels: { method: string; route: string; status: number }, seconds: number): void;
  minute(): Minute;
}

const mostLatencies = 1024;

export function createMonitor(reference: Reference): Monitor {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from request to answer, in seconds.",
    labelNames: ["method", "route", "status"],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
    registers,
  });
  const runs = new Histogram({
    name: "ml_inference_duration_seconds",
    help: "Time that the model took for the rows of one request, in seconds.",
    buckets: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.01, 0.05],
    registers,
  });
  const predictions = new Counter({
    name: "ml_predictions_total",
    help: "Predictions by gate; the model is asked where it is open.",
    labelNames: ["gate"],
    registers,
  });
  for (const gate of gates) predictions.inc({ gate }, 0);
  const scores = new Histogram({
    name: "ml_probability",
    help: "What the model said, before any calibration.",
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers,
  });

  const names = reference.features.map(({ name }) => name);
  const window = createDriftWindow(reference.features);
  const perFeature = (name: string, help: string, value: (drift: FeatureDrift) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ["feature"],
      registers,
      collect() {
        window.read().forEach((drift, index) => {
          const [feature, read] = [names[index], value(drift)];
          if (feature !== undefined && read !== undefined) this.set({ feature }, read);
        });
      },
    });
  perFeature("ml_feature_psi", "Population stability index of the last rows against the training.", ({ psi }) => psi);
  perFeature("ml_feature_missing_ratio", "Share of the last rows without the feature.", ({ missing }) => missing);
  const windowRows = new Gauge({
    name: "ml_window_rows",
    help: "Rows that the ratios and the index are of.",
    registers,
    collect() {
      this.set(window.rows());
    },
  });
  windowRows.set(0);

  const none = (): Record<Gate, number> => ({ open: 0, night: 0, "sun-too-high": 0 });
  let counted = none();
  let latencies: number[] = [];
  let index = 0;
  return {
    registry,
    requested: ({ method, route, status }, seconds) => {
      requests.observe({ method, route, status }, seconds);
      if (!route.startsWith("/v1/predict") && route !== "/v1/forecast") return;
      latencies[index % mostLatencies] = seconds;
      index += 1;
    },
    gated: (gate) => {
      predictions.inc({ gate });
      counted[gate] += 1;
    },
    scored: (rows, probabilities, seconds) => {
      runs.observe(seconds);
      for (const row of rows) window.add(row);
      for (const probability of probabilities) scores.observe(probability);
    },
    minute: () => {
      const weather = window.read().filter((_, index) => !chosen.has(names[index] ?? ""));
      const indices = weather.flatMap(({ psi }) => (psi === undefined ? [] : [psi]));
      const mean = weather.reduce((sum, { missing }) => sum + missing, 0) / weather.length;
      const result = {
        predictions: counted,
        latencies,
        missing: window.rows() === 0 ? undefined : mean,
        psi: indices.length === 0 ? undefined : Math.max(...indices),
      };
      counted = none();
      latencies = [];
      index = 0;
      return result;
    },
  };
}
