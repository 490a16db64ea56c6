// Explains the state of a service: read-only, and without any setup.
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { shortRetryClientSettings } from "../../actions/shared/src/aws.ts";
import { systemClock } from "../../actions/shared/src/clock.ts";
import type { LogsClients } from "../../actions/shared/src/ecs/tasks/stopped-task.ts";
import { InputReader, type InputSource } from "../../actions/shared/src/inputs.ts";
import { ConfigurationError } from "../../actions/shared/src/errors.ts";
import type { Context } from "./context.ts";
import { diagnose, isStable } from "./diagnose.ts";
import { gather } from "./gather.ts";

export const explainInputs = {
  service: { description: "Name of the service.", required: true },
  cluster: { description: "Its cluster. Default: the one that has a service of this name." },
};

/** @returns exit code 0 if the service is stable, 1 if it is not */
export async function explain(source: InputSource, context: Context): Promise<number> {
  const read = new InputReader(source);
  const service = read.required("service", "rainbow-seeker-api");
  const cluster = read.optional("cluster");
  read.finish();
  if (service.includes("\n")) throw new ConfigurationError("explain takes one service at a time.");
  const logs: LogsClients = (region) =>
    new CloudWatchLogsClient({ ...shortRetryClientSettings, ...(region ? { region } : {}) });
  const reader = {
    ecs: new ECSClient(shortRetryClientSettings),
    clock: systemClock,
    log: context.log,
    deadline: Date.now() + 120_000,
  };
  const facts = await gather(reader, logs, { service, cluster });
  const findings = diagnose(facts);
  context.setOutputs({ cluster: facts.cluster, service, steady: isStable(facts), findings });
  if (!context.json)
    for (const { title, lines, advice } of findings)
      context.log([title, ...lines.map((line) => `  ${line}`), ...(advice ? [`  → ${advice}`] : [])].join("\n"));
  return isStable(facts) ? 0 : 1;
}
