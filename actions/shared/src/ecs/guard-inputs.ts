// What the inputs of a bake time have to be, which the actions deploy and bake have alike.
import type { InputReader } from "../inputs.ts";
import type { Guard } from "./bake.ts";

/** Of the input max-5xx-percent. */
export const percent = { min: 0, max: 100, unit: "percent" };

/** As many as CloudWatch describes in one call: API reference of DescribeAlarms, AlarmNames. */
const mostAlarms = 100;

export function checkAlarmCount(read: InputReader, { alarms }: Guard): void {
  if (alarms.length > mostAlarms) read.problem(`alarms: at most ${mostAlarms} alarms are watched together`);
}
