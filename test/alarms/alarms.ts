// Alarms and dashboard of an environment, as Terraform makes them.
import type { Resource, System } from "../infrastructure/system.ts";
import type { Alarm, Metric, Missing } from "./evaluator.ts";

interface Query {
  id: string;
  expression: string | null;
  metric: {
    namespace: string;
    metric_name: string;
    dimensions: Record<string, string>;
    stat: string;
    period: number;
  }[];
}

/** By their short names. */
export function alarmsOf(system: System): Map<string, Alarm> {
  const short = (name: string) => name.slice("rainbow-seeker-".length, name.length - system.suffix.length);
  const alarms = system.all("aws_cloudwatch_metric_alarm").map(({ values }) => toAlarm(values));
  return new Map(alarms.map((alarm) => [short(alarm.name), alarm]));
}

function toAlarm(values: Resource["values"]): Alarm {
  const queries = (values["metric_query"] ?? []) as Query[];
  const measured = queries.flatMap(({ id, metric }) => metric.map((one) => ({ id, ...one })));
  const own: Metric = {
    namespace: values["namespace"],
    name: values["metric_name"],
    dimensions: values["dimensions"],
  };
  const periods = values["evaluation_periods"] as number;
  return {
    name: values["alarm_name"],
    metrics:
      measured.length === 0
        ? new Map([["own", own]])
        : new Map(measured.map((one) => [one.id, { ...one, name: one.metric_name }])),
    expression: queries.find(({ expression }) => Boolean(expression))?.expression ?? undefined,
    statistic: measured[0]?.stat ?? (values["extended_statistic"] || values["statistic"]),
    period: measured[0]?.period ?? values["period"],
    evaluationPeriods: periods,
    datapointsToAlarm: values["datapoints_to_alarm"] ?? periods,
    comparison: values["comparison_operator"],
    threshold: values["threshold"],
    missing: values["treat_missing_data"] as Missing,
  };
}

interface Widget {
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  properties: {
    title: string;
    region?: string;
    stat?: string;
    period?: number;
    metrics?: string[][];
    alarms?: string[];
  };
}

export const widgetsOf = (system: System): Widget[] =>
  (JSON.parse(system.one("aws_cloudwatch_dashboard")["dashboard_body"]) as { widgets: Widget[] }).widgets;

/** Metrics of a graph: namespace, name, then names and values of dimensions in turns. */
export const metricsIn = ({ properties: { metrics = [] } }: Widget): Metric[] =>
  metrics.map(([namespace = "", name = "", ...rest]) => ({
    namespace,
    name,
    dimensions: Object.fromEntries(
      rest.flatMap((key, index) => (index % 2 === 0 ? [[key, rest[index + 1] ?? ""]] : [])),
    ),
  }));
