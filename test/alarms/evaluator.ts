// How CloudWatch decides on an alarm's state:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
// The local AWS does not: it ignores dimensions, periods and missing data.
import { calculate } from "./expression.ts";

export type State = "OK" | "ALARM" | "INSUFFICIENT_DATA";
export type Missing = "missing" | "ignore" | "breaching" | "notBreaching";

export interface Metric {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

export interface Alarm {
  name: string;
  metrics: Map<string, Metric>;
  /** undefined: the only metric itself. */
  expression: string | undefined;
  statistic: string;
  /** Seconds. */
  period: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  comparison: string;
  threshold: number;
  missing: Missing;
}

/** Samples that arrived in a minute; undefined: none. */
export type Samples = (metric: Metric, minute: number) => readonly number[] | undefined;

/** More periods than are evaluated are looked at, where data is missing: as many as in AWS's examples. */
const furtherPeriods = 2;

/** @param points whether each period breaches, oldest first; undefined: it has no data */
export function evaluate(
  points: readonly (boolean | undefined)[],
  alarm: Pick<Alarm, "evaluationPeriods" | "datapointsToAlarm" | "missing">,
  current: State,
): State {
  const { evaluationPeriods, datapointsToAlarm, missing } = alarm;
  const real = points.filter((point) => point !== undefined).slice(-evaluationPeriods);
  const filled = evaluationPeriods - real.length;
  const breaching = real.filter(Boolean).length + (missing === "breaching" ? filled : 0);
  if (breaching >= datapointsToAlarm) return "ALARM";
  if (filled === 0 || missing === "breaching" || missing === "notBreaching" || real.includes(false)) return "OK";
  if (missing === "ignore") return current;
  // Nothing but breaching points, too few of them: if the oldest is old enough, what is missing after it counts too.
  const oldest = points.indexOf(true);
  return oldest !== -1 && points.length - oldest >= evaluationPeriods ? "ALARM" : "INSUFFICIENT_DATA";
}

/** Times, in minutes, at which the state changed, with the new state. */
export function play(alarm: Alarm, samples: Samples, from: number, to: number): { minute: number; state: State }[] {
  const step = alarm.period / 60;
  const points = alarm.evaluationPeriods + furtherPeriods;
  const changes: { minute: number; state: State }[] = [];
  const valueIn = periodsOf(alarm, samples);
  let state: State = "INSUFFICIENT_DATA";
  for (let end = Math.ceil(from / step) * step; end <= to; end += step) {
    const starts = Array.from({ length: points }, (_, index) => end - (points - index) * step);
    const series = new Map(
      [...alarm.metrics].map(([id, metric]) => [id, starts.map((start) => valueIn(metric, start))]),
    );
    const values =
      alarm.expression === undefined ? ([...series.values()][0] ?? []) : calculate(alarm.expression, series);
    const next = evaluate(
      values.map((value) => (value === undefined ? undefined : breaches(alarm, value))),
      alarm,
      state,
    );
    if (next !== state) changes.push({ minute: end, state: next });
    state = next;
  }
  return changes;
}

/** The value of a metric in each period that is asked for: they overlap from one evaluation to the next. */
function periodsOf(alarm: Alarm, samples: Samples): (metric: Metric, start: number) => number | undefined {
  const known = new Map<Metric, Map<number, number | undefined>>();
  const minutes = Array.from({ length: alarm.period / 60 }, (_, index) => index);
  return (metric, start) => {
    const periods = known.get(metric) ?? new Map<number, number | undefined>();
    known.set(metric, periods);
    if (!periods.has(start))
      periods.set(
        start,
        statisticOf(
          alarm.statistic,
          minutes.flatMap((minute) => samples(metric, start + minute) ?? []),
        ),
      );
    return periods.get(start);
  };
}

function statisticOf(statistic: string, values: number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  if (statistic === "Sum") return sum;
  if (statistic === "Average") return sum / values.length;
  if (statistic === "Minimum") return Math.min(...values);
  if (statistic === "Maximum") return Math.max(...values);
  const percentile = /^p(\d+)$/.exec(statistic)?.[1];
  if (percentile === undefined) throw new Error(`${statistic} is not a statistic that this test knows.`);
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((Number(percentile) / 100) * sorted.length) - 1];
}

function breaches({ comparison, threshold }: Alarm, value: number): boolean {
  if (comparison === "GreaterThanThreshold") return value > threshold;
  if (comparison === "LessThanThreshold") return value < threshold;
  throw new Error(`${comparison} is not a comparison that this test knows.`);
}
