// CloudWatch alarms, as they are now.
import { DescribeAlarmsCommand, type CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { withRetry, type RetryContext } from "../aws.ts";

export interface Alarmed extends RetryContext {
  cloudWatch: () => CloudWatchClient;
}

export interface AlarmState {
  state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** When it changed to this state, milliseconds since the epoch by AWS's clock; undefined: not reported. */
  since: number | undefined;
}

/** By name, of those that exist. */
export async function alarmStates(session: Alarmed, names: string[]): Promise<Map<string, AlarmState>> {
  const command = new DescribeAlarmsCommand({ AlarmNames: names, AlarmTypes: ["MetricAlarm", "CompositeAlarm"] });
  const { MetricAlarms = [], CompositeAlarms = [] } = await withRetry(session, "cloudwatch:DescribeAlarms", () =>
    session.cloudWatch().send(command),
  );
  return new Map(
    [...MetricAlarms, ...CompositeAlarms].map(
      ({ AlarmName = "", StateValue = "INSUFFICIENT_DATA", StateTransitionedTimestamp }) => [
        AlarmName,
        { state: StateValue, since: StateTransitionedTimestamp?.getTime() },
      ],
    ),
  );
}

export const missingAlarms = (names: string[], states: ReadonlyMap<string, AlarmState>): string[] =>
  names.filter((name) => !states.has(name));

/**
 * Alarms that rang before a moment and still do: no sign against what was deployed then. One that does not say since when
 * it rings is taken for one of them.
 */
export const ringingBefore = (
  names: string[],
  states: ReadonlyMap<string, AlarmState>,
  moment = Number.POSITIVE_INFINITY,
): string[] =>
  names.filter((name) => {
    const { state, since } = states.get(name) ?? {};
    return state === "ALARM" && (since === undefined || since < moment);
  });
