// service-control as its entry file runs it, against scripted services and by the clock of the test.
import type { Clock } from "../../shared/src/clock.ts";
import { ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { withStepSummary } from "../../shared/test/step-summary.ts";
import { serviceControlClients } from "../src/clients.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";
import { handlersOf, type ScriptedService } from "./scripted-service.ts";

const running: ScriptedAws[] = [];

/** After each test. */
export const stopAll = async (): Promise<void> => {
  await Promise.all(running.splice(0).map((aws) => aws.stop()));
};

export interface ServiceControlRun {
  aws: ScriptedAws;
  outputs: Record<string, string>;
  services: Record<string, unknown>[];
  lines: string[];
  warnings: string[];
  summary: string;
  error: Error | undefined;
}

export async function serviceControl(
  services: Record<string, ScriptedService>,
  inputs: Record<string, string>,
  change: (handlers: Handlers) => Handlers = (handlers) => handlers,
  clock: Clock = simulatedClock(),
): Promise<ServiceControlRun> {
  const aws = await ScriptedAws.start(change(handlersOf(services)));
  running.push(aws);
  const given: Record<string, string> = { service: Object.keys(services).join(","), reason: "database", ...inputs };
  const outputs: Record<string, string> = {};
  const lines: string[] = [];
  const warnings: string[] = [];
  const { error, summary } = await withStepSummary(async () => {
    await main(
      readInputs((name) => given[name] ?? "", "hanako"),
      {
        ...serviceControlClients(aws.client),
        clock,
        log: (line) => lines.push(line),
        annotate: (_level, _title, message) => warnings.push(message),
        setOutputs: (all) => Object.assign(outputs, all),
      },
    );
  });
  const states = JSON.parse(outputs["services"] ?? "[]") as Record<string, unknown>[];
  return { aws, outputs, services: states, lines, warnings, summary, error };
}
