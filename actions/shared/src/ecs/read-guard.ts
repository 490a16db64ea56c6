// The inputs of a bake time, which the actions deploy and bake have alike.
import type { InputReader } from "../inputs.ts";
import type { Guard } from "./bake.ts";

/** As many as CloudWatch describes in one call: API reference of DescribeAlarms, AlarmNames. */
const mostAlarms = 100;

/** Notes what is wrong with the inputs `alarms` and `max-5xx-percent`; the minutes have another name in each action. */
export function readGuard(read: InputReader, bakeMinutes: number): Guard {
  const alarms = read.names("alarms");
  if (alarms.length > mostAlarms) read.problem(`alarms: at most ${mostAlarms} alarms are watched together`);
  const max5xxPercent = read.number("max-5xx-percent", undefined, { min: 0, max: 100, unit: "percent" });
  return { alarms, bakeMinutes, max5xxPercent };
}
