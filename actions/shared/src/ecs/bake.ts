// After a deployment: alarms and 5xx responses are watched for a while.
import { GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { Service } from "@aws-sdk/client-ecs";
import { withRetry } from "../aws.ts";
import { formatDuration } from "../clock.ts";
import { alarmStates, ringingBefore, type Alarmed } from "./alarms.ts";

export interface Guard {
  /** Names of CloudWatch alarms that speak against a deployment. */
  alarms: string[];
  bakeMinutes: number;
  /** Share of answers with status 5xx, in percent, that is too much; undefined: not looked at. */
  max5xxPercent: number | undefined;
}

const interval = 15_000;
/** CloudWatch counts by the minute. */
const minute = 60_000;

export interface Baked {
  /** What spoke against the deployment; undefined: nothing did. */
  against: string | undefined;
  /** Alarms that rang before, and were not watched. */
  ignored: string[];
}

/** @param deployedAt when the deployment began, by AWS's clock; by default, what rings now rang before */
export async function bake(
  session: Alarmed,
  services: Service[],
  { guard, deployedAt }: { guard: Guard; deployedAt?: number | undefined },
): Promise<Baked> {
  if (guard.bakeMinutes === 0) return { against: undefined, ignored: [] };
  const { clock, log } = session;
  const began = clock.now();
  const end = began + guard.bakeMinutes * minute;
  const before = guard.alarms.length > 0 ? await alarmStates(session, guard.alarms) : new Map<string, never>();
  const ignored = ringingBefore(guard.alarms, before, deployedAt);
  const watched = guard.alarms.filter((name) => !ignored.includes(name));
  const subjects = [
    watched.length > 0 ? `alarms ${watched.join(", ")}` : "",
    guard.max5xxPercent === undefined ? "" : "answers with 5xx",
  ].filter(Boolean);
  log(`watching ${subjects.join(" and ") || "nothing, as each alarm rang before,"} for ${formatDuration(end - began)}`);
  for (;;) {
    const against = (await firing(session, watched)) ?? (await tooMany5xx(session, services, guard, began));
    if (against || clock.now() >= end) return { against, ignored };
    await clock.sleep(Math.min(interval, end - clock.now()));
  }
}

/** Whether the metrics may be read at all, before anything depends on them. */
export async function checkMetrics(session: Alarmed, services: Service[]): Promise<void> {
  const group = services.flatMap(({ loadBalancers = [] }) =>
    loadBalancers.flatMap((one) => one.targetGroupArn ?? []),
  )[0];
  if (group !== undefined) await answers(session, group, session.clock.now());
}

async function firing(session: Alarmed, alarms: string[]): Promise<string | undefined> {
  if (alarms.length === 0) return undefined;
  const states = await alarmStates(session, alarms);
  const fired = alarms.filter((name) => states.get(name)?.state === "ALARM");
  return fired.length > 0 ? `Alarms that fired: ${fired.join(", ")}.` : undefined;
}

/** With fewer requests a percentage is meaningless. */
const fewest = 20;

async function tooMany5xx(
  session: Alarmed,
  services: Service[],
  { max5xxPercent }: Guard,
  began: number,
): Promise<string | undefined> {
  if (max5xxPercent === undefined) return undefined;
  for (const service of services) {
    for (const { targetGroupArn } of service.loadBalancers ?? []) {
      if (!targetGroupArn) continue;
      const { requests, failed } = await answers(session, targetGroupArn, began);
      const percent = requests === 0 ? 0 : (failed / requests) * 100;
      if (requests >= fewest && percent > max5xxPercent)
        return `${service.serviceName}: ${failed} of ${requests} answers (${percent.toFixed(1)} %) were 5xx; at most ${max5xxPercent} % are allowed.`;
    }
  }
  return undefined;
}

/** Sums over the minutes since the deployment, whichever load balancer the target group hangs on. */
async function answers(
  session: Alarmed,
  targetGroupArn: string,
  began: number,
): Promise<{ requests: number; failed: number }> {
  const group = targetGroupArn.slice(targetGroupArn.indexOf("targetgroup/"));
  const sum = (id: string, metric: string) => ({
    Id: id,
    Expression: `SUM(SEARCH('{AWS/ApplicationELB,LoadBalancer,TargetGroup} MetricName="${metric}" TargetGroup="${group}"', 'Sum', 60))`,
  });
  const command = new GetMetricDataCommand({
    MetricDataQueries: [sum("requests", "RequestCount"), sum("failed", "HTTPCode_Target_5XX_Count")],
    StartTime: new Date(Math.floor(began / minute) * minute),
    EndTime: new Date(session.clock.now() + minute),
  });
  const { MetricDataResults = [] } = await withRetry(session, "cloudwatch:GetMetricData", () =>
    session.cloudWatch().send(command),
  );
  const total = (id: string) =>
    (MetricDataResults.find(({ Id }) => Id === id)?.Values ?? []).reduce((all, value) => all + value, 0);
  return { requests: total("requests"), failed: total("failed") };
}
