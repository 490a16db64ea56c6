// What is counted, at /metrics and in CloudWatch.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fewestValues } from "../src/domain/drift.ts";
import { modelMetricNames, reportModelMetrics } from "../src/model-metrics.ts";
import { loadModel } from "../src/model.ts";
import { createMonitor } from "../src/monitor.ts";
import { directivesOf, read } from "./embedded-metrics.ts";
import { afternoon, modelFolder, runMl, shiojiri } from "./running-ml.ts";

const model = await loadModel(modelFolder);
const rain = { rain_mm: 0.4, sunshine_h: 0.3 };
const metricIn = (text: string, name: string) =>
  Number(new RegExp(`^${name.replaceAll(/[{}"]/g, String.raw`\$&`)} (.+)$`, "m").exec(text)?.[1] ?? Number.NaN);

describe("/metrics", () => {
  it("has gates, latencies, missing values and drift", async () => {
    const monitor = createMonitor(model.reference);
    const ml = await runMl({ model, monitor });
    const questions = Array.from({ length: fewestValues }, (_, index) => ({
      ...shiojiri,
      at: afternoon,
      observation: { ...rain, ...(index % 4 === 0 ? {} : { temperature_c: 31 }) },
    }));
    await ml.call("POST", "/v1/predict/batch", { questions });
    const first = (await ml.call("GET", "/metrics")).text;
    expect(metricIn(first, 'ml_predictions_total{gate="open"}')).toBe(fewestValues);
    expect(metricIn(first, 'ml_predictions_total{gate="night"}')).toBe(0);
    expect(metricIn(first, "ml_window_rows")).toBe(fewestValues);
    expect(metricIn(first, 'ml_feature_missing_ratio{feature="rain_mm"}')).toBe(0);
    expect(metricIn(first, 'ml_feature_missing_ratio{feature="temperature_c"}')).toBe(0.25);
    expect(metricIn(first, 'ml_feature_missing_ratio{feature="gust_ms"}')).toBe(1);
    // Always the same rain is far from what the training had; too few temperatures are known to say.
    expect(metricIn(first, 'ml_feature_psi{feature="rain_mm"}')).toBeGreaterThan(0.25);
    expect(metricIn(first, 'ml_feature_psi{feature="temperature_c"}')).toBeNaN();
    expect(metricIn(first, "ml_inference_duration_seconds_count")).toBe(1);
    expect(metricIn(first, "ml_probability_count")).toBe(fewestValues);

    await ml.predict({ ...shiojiri, at: "2026-11-24T15:00:00Z", observation: {} });
    await ml.predict({ lat: 0, lon: 0, at: "2026-11-24T12:00:00Z", observation: rain });
    const { text } = await ml.call("GET", "/metrics");
    expect(metricIn(text, 'ml_predictions_total{gate="night"}')).toBe(1);
    expect(metricIn(text, 'ml_predictions_total{gate="sun-too-high"}')).toBe(1);
    // The model was not asked about these two.
    expect(metricIn(text, "ml_window_rows")).toBe(fewestValues);

    const minute = monitor.minute();
    expect(minute).toMatchObject({ predictions: { open: fewestValues, night: 1, "sun-too-high": 1 } });
    expect(minute.latencies).toHaveLength(3);
    // Of the weather, which place and time are not: 14 of 17 features are missing, and a quarter of one.
    expect(minute.missing).toBeCloseTo((14 + 0.25) / 17, 5);
    expect(minute.psi).toBeGreaterThan(0.25);
    expect(monitor.minute()).toMatchObject({ predictions: { open: 0, night: 0 }, latencies: [] });
    await ml.stop();
  });
});

describe("the minute of the model", () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-11-26T00:00:00Z"), toFake: ["setInterval", "Date"] }));
  afterEach(() => void vi.useRealTimers());
  const settings = { METRICS_NAMESPACE: "RainbowSeeker", METRICS_ENVIRONMENT: "production" };
  const minute = {
    predictions: { open: 60, night: 30, "sun-too-high": 10 },
    // 1 to 100 ms.
    latencies: Array.from({ length: 100 }, (_, index) => (100 - index) / 1000),
    missing: 0.25,
    psi: 0.1234,
  };
  const report = (given: typeof minute | object, over: object = {}) => {
    const lines: string[] = [];
    const monitor = { minute: () => given as typeof minute };
    reportModelMetrics({
      service: "ml",
      settings: { ...settings, ...over },
      monitor,
      write: (line) => lines.push(line),
    });
    return lines;
  };

  it("is one valid line, with every metric", async () => {
    const lines = report(minute);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toHaveLength(1);
    const event = read(lines[0]!);
    expect(directivesOf(event)).toEqual([
      expect.objectContaining({ Namespace: "RainbowSeeker", Dimensions: [["Environment", "Service"]] }),
    ]);
    expect(directivesOf(event)[0]!.Metrics.map(({ Name }) => Name)).toEqual(modelMetricNames);
    expect(event).toMatchObject({
      Environment: "production",
      Service: "ml",
      predictions: 100,
      gated_night_percent: 30,
      gated_sun_too_high_percent: 10,
      prediction_latency_p50: 51,
      prediction_latency_p99: 100,
      missing_inputs_percent: 25,
      drift_psi_max: 0.123,
    });
  });

  it("leaves out what a minute without requests has not", async () => {
    const none = {
      predictions: { open: 0, night: 0, "sun-too-high": 0 },
      latencies: [],
      missing: undefined,
      psi: undefined,
    };
    const lines = report(none);
    await vi.advanceTimersByTimeAsync(60_000);
    const event = read(lines[0]!);
    expect(directivesOf(event)[0]!.Metrics).toEqual([{ Name: "predictions", Unit: "Count" }]);
  });

  it("is not written outside of ECS", async () => {
    const lines = report(minute, { METRICS_NAMESPACE: undefined });
    await vi.advanceTimersByTimeAsync(600_000);
    expect({ lines, timers: vi.getTimerCount() }).toEqual({ lines: [], timers: 0 });
  });
});
