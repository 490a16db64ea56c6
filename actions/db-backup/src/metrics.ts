// Metrics for alarms: after 26 hours without BackupSuccess, the engineer on call is notified.
import { PutMetricDataCommand, type CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { Log } from "../../shared/src/report.ts";
import { messageOf } from "../../shared/src/errors.ts";
import { totalRows, type Manifest, type Verification } from "./storage/manifest.ts";

export interface MetricsTarget {
  cloudWatch: () => CloudWatchClient;
  namespace: string | undefined;
  database: string;
  log: Log;
}

type Values = Partial<
  Record<"BackupSuccess" | "Verified" | "Bytes" | "Rows" | "DurationSeconds" | "AgeHours" | "RestoreSeconds", number>
>;

const units: Record<keyof Values, "Count" | "Bytes" | "Seconds" | "None"> = {
  BackupSuccess: "Count",
  Verified: "Count",
  Bytes: "Bytes",
  Rows: "Count",
  DurationSeconds: "Seconds",
  AgeHours: "None",
  RestoreSeconds: "Seconds",
};

/** A failed request is only logged, because the backup itself is fine; the alarm notices a missing metric. */
export async function sendMetrics(
  { cloudWatch, namespace, database, log }: MetricsTarget,
  values: Values,
): Promise<void> {
  if (namespace === undefined) return;
  const MetricData = (Object.entries(values) as [keyof Values, number][]).map(([MetricName, Value]) => ({
    MetricName,
    Value,
    Unit: units[MetricName],
    Dimensions: [{ Name: "Database", Value: database }],
  }));
  await cloudWatch()
    .send(new PutMetricDataCommand({ Namespace: namespace, MetricData }))
    .catch((error: unknown) => log(`cannot send the metrics (cloudwatch:PutMetricData): ${messageOf(error)}`));
}

export const metricsOf = (manifest: Manifest): Values => ({
  BackupSuccess: 1,
  Verified: 1,
  Bytes: manifest.object.bytes,
  Rows: totalRows(manifest.rows),
  DurationSeconds: Math.round(Object.values(manifest.durations).reduce((sum, seconds) => sum + seconds, 0)),
  ...restoreSeconds(manifest.verified),
});

/** How long a database is unavailable while it is restored from a backup. */
export const restoreSeconds = ({ level, duration }: Verification): Values =>
  level === "restore" ? { RestoreSeconds: duration } : {};
