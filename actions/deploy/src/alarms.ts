// CloudWatch alarms before a deployment: do they exist, and does one of them ring already?
import { alarmStates, missingAlarms, ringingBefore, type Alarmed } from "../../shared/src/ecs/alarms.ts";
import type { Check } from "../../shared/src/ecs/preflight/check.ts";

export function alarmCheck(session: Alarmed, names: string[]): Check {
  return async () => {
    const states = await alarmStates(session, names);
    const unknown = missingAlarms(names, states);
    const firing = ringingBefore(names, states);
    if (firing.length > 0)
      session.log(`already in alarm, and therefore no sign against this deployment: ${firing.join(", ")}`);
    return unknown.length > 0
      ? { isCertain: true, text: `alarms: there is no alarm ${unknown.join(", ")} in this region` }
      : undefined;
  };
}
