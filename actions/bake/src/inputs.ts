import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import type { Guard } from "../../shared/src/ecs/bake.ts";
import { checkAlarmCount, percent } from "../../shared/src/ecs/guard-inputs.ts";

export interface Inputs {
  cluster: string;
  services: string[];
  guard: Guard;
  /** ARN of a revision → the version that the smoke test has seen; empty: none. */
  verified: Map<string, string>;
  plan: boolean;
}

/** @throws ConfigurationError with every problem of the inputs */
export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const inputs: Inputs = {
    cluster: read.optional("cluster") ?? "default",
    services: read.names("service"),
    guard: {
      alarms: read.names("alarms"),
      bakeMinutes: read.number("minutes", 10, { min: 1, max: 180, unit: "minutes" }),
      max5xxPercent: read.number("max-5xx-percent", undefined, percent),
    },
    verified: read.pairs("verified", "a line ARN=version", { blanks: "trimmed" }),
    plan: read.boolean("plan", false),
  };
  if (inputs.services.length === 0)
    read.problem("service: is required, for example rainbow-seeker-api; several with commas between");
  // As many as ECS describes in one call.
  if (inputs.services.length > 10) read.problem("service: at most 10 services are watched together");
  checkAlarmCount(read, inputs.guard);
  if (inputs.guard.alarms.length === 0 && inputs.guard.max5xxPercent === undefined)
    read.problem("alarms: there is nothing to watch; give alarms or max-5xx-percent");
  for (const arn of inputs.verified.keys())
    if (!/^arn:[\w-]+:ecs:[\w-]+:\d+:task-definition\/[\w-]+:\d+$/.test(arn))
      read.problem(
        `verified: "${arn}" is not the ARN of a revision, arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:1`,
      );
  read.finish();
  return inputs;
}
