// deploy as its entry file runs it, against a scripted AWS and by the clock of the test.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployClients } from "../src/clients.ts";
import { ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { withStepSummary } from "../../shared/test/step-summary.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";
import type { StartedDeployment } from "../src/dependencies.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

export const logConfiguration = {
  logDriver: "awslogs",
  options: { "awslogs-group": "/ecs/api", "awslogs-stream-prefix": "ecs", "awslogs-create-group": "true" },
};
export const definition = (image: string, family = "api") => ({
  family,
  memory: "512",
  executionRoleArn: "arn:aws:iam::123456789012:role/execution",
  containerDefinitions: [{ name: family, image, logConfiguration }],
});

/** An image by its digest, which names the same image for ever. */
export const pinned = (name: string, digit = "a"): string => `${name}@sha256:${digit.repeat(64)}`;

export function file(content: object | string, name = "task-definition.json"): string {
  const path = join(makeTestFolder("deploy-test-"), name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

export interface DeployRun {
  aws: ScriptedAws;
  outputs: Record<string, unknown>;
  lines: string[];
  /** Warnings of the step, which are lines of the log, too. */
  warnings: string[];
  error: Error | undefined;
  begun: StartedDeployment[];
  summary: string;
  /** Simulated milliseconds from start to end. */
  took: number;
}

type Clock = ReturnType<typeof simulatedClock>;

export async function runDeploy(
  handlers: Handlers,
  inputs: Record<string, string> = {},
  clock: Clock = simulatedClock(),
): Promise<DeployRun> {
  const aws = await ScriptedAws.start(handlers);
  const given: Record<string, string> = {
    service: "api",
    "task-definition": file(definition("new")),
    "wait-for-service-stability": "true",
    ...inputs,
  };
  const outputs: Record<string, unknown> = {};
  const lines: string[] = [];
  const warnings: string[] = [];
  const deployments: StartedDeployment[] = [];
  const started = clock.now();
  const dependencies = {
    ...deployClients(aws.client),
    clock,
    log: (line: string) => lines.push(line),
    annotate: (_level: string, _title: string, message: string) => {
      warnings.push(message);
      lines.push(message);
    },
    setOutputs: (more: object) => Object.assign(outputs, more),
    onStarted: (one: StartedDeployment) => deployments.push(one),
  };
  const { error, summary } = await withStepSummary(() =>
    main(
      readInputs((name) => given[name] ?? ""),
      dependencies,
    ),
  );
  return {
    aws,
    outputs,
    lines,
    warnings,
    error,
    begun: deployments,
    summary,
    took: clock.now() - started,
  };
}
