// CloudWatch alarms that speak against a deployment.
import { DescribeAlarmsCommand, type CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { withRetry, type RetryContext } from "../../shared/src/aws.ts";
import type { Check } from "../../shared/src/ecs/preflight/check.ts";

export interface Alarmed extends RetryContext {
  cloudWatch: () => CloudWatchClient;
}

/** Before a deployment: do they exist, and is one of them firing already? */
export function alarmCheck(session: Alarmed, names: string[]): Check {
  return async () => {
    const states = await alarmStates(session, names);
    const unknown = names.filter((name) => !states.has(name));
    const firing = names.filter((name) => states.get(name) === "ALARM");
    if (firing.length > 0)
      session.log(`already in alarm, and therefore no sign against this deployment: ${firing.join(", ")}`);
    return unknown.length > 0
      ? { isCertain: true, text: `alarms: there is no alarm ${unknown.join(", ")} in this region` }
      : undefined;
  };
}

/** Name → OK, ALARM or INSUFFICIENT_DATA, of those that exist. */
export async function alarmStates(session: Alarmed, names: string[]): Promise<Map<string, string>> {
  const command = new DescribeAlarmsCommand({ AlarmNames: names, AlarmTypes: ["MetricAlarm", "CompositeAlarm"] });
  const { MetricAlarms = [], CompositeAlarms = [] } = await withRetry(session, "cloudwatch:DescribeAlarms", () =>
    session.cloudWatch().send(command),
  );
  return new Map(
    [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName = "", StateValue = "" }) => [AlarmName, StateValue]),
  );
}
