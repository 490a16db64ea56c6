// What the model's minute was like, in CloudWatch's embedded metric format on standard output, as metrics.ts does it for
// the task.
import type { Monitor, Minute } from "./monitor.ts";
import type { MetricsSettings, MetricsTarget } from "./metrics.ts";

const interval = 60_000;

const units = {
  predictions: "Count",
  gated_night_percent: "Percent",
  gated_sun_too_high_percent: "Percent",
  prediction_latency_p50: "Milliseconds",
  prediction_latency_p99: "Milliseconds",
  missing_inputs_percent: "Percent",
  drift_psi_max: "None",
} as const;
type Name = keyof typeof units;
export const modelMetricNames = Object.keys(units) as Name[];

function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** What was not measured is left out: a share of no predictions is none. */
function valuesOf({ predictions, latencies, missing, psi }: Minute): Partial<Record<Name, number>> {
  const all = predictions.open + predictions.night + predictions["sun-too-high"];
  const sorted = latencies.toSorted((a, b) => a - b).map((seconds) => seconds * 1000);
  const values: Record<Name, number | undefined> = {
    predictions: all,
    gated_night_percent: all === 0 ? undefined : (100 * predictions.night) / all,
    gated_sun_too_high_percent: all === 0 ? undefined : (100 * predictions["sun-too-high"]) / all,
    prediction_latency_p50: quantile(sorted, 0.5),
    prediction_latency_p99: quantile(sorted, 0.99),
    missing_inputs_percent: missing === undefined ? undefined : 100 * missing,
    drift_psi_max: psi,
  };
  const known = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Math.round(value * 1000) / 1000] as const],
  );
  return Object.fromEntries(known);
}

/** One line of the embedded metric format. */
export function embeddedModelMetrics(target: MetricsTarget, minute: Minute, time: number): string {
  const values = valuesOf(minute);
  const Metrics = modelMetricNames
    .filter((name) => values[name] !== undefined)
    .map((Name) => ({ Name, Unit: units[Name] }));
  const directive = { Namespace: target.namespace, Dimensions: [["Environment", "Service"]], Metrics };
  return JSON.stringify({
    _aws: { Timestamp: time, CloudWatchMetrics: [directive] },
    Environment: target.environment,
    Service: target.service,
    ...values,
  });
}

/** Writes a line a minute, without keeping the process alive; outside of ECS, none. */
export function reportModelMetrics(options: {
  service: string;
  settings: MetricsSettings;
  monitor: Pick<Monitor, "minute">;
  write: (line: string) => void;
  now?: () => number;
}): void {
  const { service, settings, monitor, write, now = Date.now } = options;
  const { METRICS_NAMESPACE: namespace, METRICS_ENVIRONMENT: environment } = settings;
  if (namespace === undefined || environment === undefined) return;
  setInterval(
    () => write(`${embeddedModelMetrics({ namespace, environment, service }, monitor.minute(), now())}\n`),
    interval,
  ).unref();
}
