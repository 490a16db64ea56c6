// A deployment, as an operator would tell it: look, migrate, register, update, watch, say how it ended.
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { RegisterTaskDefinitionCommand, UpdateServiceCommand, type ECSClient, type Service } from "@aws-sdk/client-ecs";
import { explained } from "../../shared/src/aws.ts";
import { runTask } from "../../shared/src/ecs/run-task.ts";
import { describeService, readRevision, readSource, tagOf, type Sourced } from "../../shared/src/ecs/source.ts";
import { differences, shortName, type Registrable } from "../../shared/src/ecs/task-definition.ts";
import { watchDeployment, type Ending } from "../../shared/src/ecs/watch-deployment.ts";
import { ConfigurationError, FailedError, messageOf } from "../../shared/src/errors.ts";
import { formatDuration, type Clock } from "../../shared/src/clock.ts";
import { appendSummary, codeBlock, factTable, type Log } from "../../shared/src/report.ts";
import { explainEnding } from "./explain.ts";
import type { Inputs } from "./inputs.ts";

export interface Tools {
  ecs: ECSClient;
  logs: CloudWatchLogsClient;
  clock: Clock;
  log: Log;
  setOutputs: (outputs: Record<string, string | number>) => void;
}

export async function main(inputs: Inputs, tools: Tools): Promise<void> {
  const started = tools.clock.now();
  const deadline = started + inputs.waitMinutes * 60_000;
  const service = await describeService(tools.ecs, inputs);
  refuseOtherControllers(service);
  const wanted = await readSource(tools.ecs, inputs.taskDefinition);
  const migration = inputs.migration === undefined ? undefined : await readSource(tools.ecs, inputs.migration);
  const running = await readRevision(tools.ecs, service.taskDefinition!);
  const finish = (outputs: Record<string, string | number>) =>
    tools.setOutputs({ "previous-task-definition-arn": running.arn, duration: Math.round((tools.clock.now() - started) / 1000), ...outputs });

  if (!inputs.force && isLive(service, inputs.desiredCount) && isSame(wanted, running)) {
    finish({ "task-definition-arn": running.arn, "deployment-id": primary(service).id!, outcome: "unchanged" });
    tools.log(`${inputs.service} runs this already: ${shortName(running.arn)}; nothing to do`);
    await appendSummary(`### ${inputs.service}: unchanged\n\n${factTable({ Revision: shortName(running.arn) })}`);
    return;
  }

  if (migration) await migrate(migration, service, inputs, { ...tools, deadline });
  const arn = wanted.arn ?? (await register(wanted.definition, tools));
  const deploymentId = await update(service, arn, countFor(service, running.tags, inputs), inputs, tools);
  if (!inputs.wait) {
    finish({ "task-definition-arn": arn, "deployment-id": deploymentId, outcome: "" });
    await appendSummary(`### ${inputs.service}: deployment started\n\n${factTable({ Revision: shortName(arn), Deployment: deploymentId })}`);
    return;
  }

  const knownEvents = new Set((service.events ?? []).map(({ id }) => id ?? ""));
  const ending = await watchDeployment({ ...tools, cluster: inputs.cluster, service: inputs.service, deploymentId, taskDefinitionArn: arn, knownEvents, deadline });
  finish({ "task-definition-arn": arn, "deployment-id": deploymentId, outcome: ending.outcome });
  await conclude(ending, { inputs, tools, wanted, arn, previous: running.arn, started });
}

function refuseOtherControllers(service: Service): void {
  const type = service.deploymentController?.type ?? "ECS";
  if (type !== "ECS") throw new ConfigurationError(`The service ${service.serviceName} is deployed by ${type}; this action deploys services of the ECS deployment controller.`);
}

const primary = (service: Service) => service.deployments?.find(({ status }) => status === "PRIMARY") ?? {};

/** Everything that is wanted runs: an ended rollout, and tasks. */
function isLive(service: Service, wantedCount: number | undefined): boolean {
  const { rolloutState, desiredCount = 0, runningCount = 0 } = primary(service);
  return rolloutState === "COMPLETED" && desiredCount > 0 && runningCount === desiredCount && (wantedCount ?? desiredCount) === desiredCount;
}

const isSame = (wanted: Sourced, running: { arn: string; definition: Registrable }): boolean =>
  wanted.arn === undefined ? differences(running.definition, wanted.definition).length === 0 : wanted.arn === running.arn;

/** The service's own network: a task of the database's clients belongs where they are. */
async function migrate(migration: Sourced, service: Service, inputs: Inputs, tools: Tools & { deadline: number }): Promise<void> {
  const taskDefinitionArn = migration.arn ?? (await register(migration.definition, tools));
  const run = { ...tools, cluster: inputs.cluster, taskDefinitionArn, definition: migration.definition, network: service.networkConfiguration, startedBy: "deploy/migration" };
  try {
    await runTask(run);
  } catch (error) {
    if (!(error instanceof FailedError)) throw error;
    await appendSummary(`### ${inputs.service}: the migration failed, nothing was deployed\n\n${codeBlock(error.message)}`);
    throw new FailedError(`The migration ${shortName(taskDefinitionArn)} failed; the service was left as it is.\n${messageOf(error)}`, { cause: error });
  }
}

async function register(definition: Registrable, { ecs, log }: Pick<Tools, "ecs" | "log">): Promise<string> {
  const { taskDefinition } = await explained("ecs:RegisterTaskDefinition", ecs.send(new RegisterTaskDefinitionCommand(definition)));
  const arn = taskDefinition!.taskDefinitionArn!;
  log(`registered ${shortName(arn)}`);
  return arn;
}

/**
 * The count belongs to Terraform's tag on the very first deployment, afterwards to autoscaling or whoever set it.
 * A service in an emergency stays at 0: docs/decisions/0002-who-owns-what.md.
 */
function countFor(service: Service, runningTags: Map<string, string>, inputs: Inputs): number | undefined {
  if (inputs.desiredCount !== undefined) return inputs.desiredCount;
  const initial = tagOf(service, "deploy:initial-count");
  const first = service.desiredCount === 0 && !runningTags.has("deploy:verified-at");
  const emergency = tagOf(service, "emergency:reason") !== undefined;
  return initial !== undefined && first && !emergency ? Number(initial) : undefined;
}

async function update(service: Service, taskDefinition: string, desiredCount: number | undefined, inputs: Inputs, { ecs, log }: Tools): Promise<string> {
  const command = new UpdateServiceCommand({ cluster: inputs.cluster, service: inputs.service, taskDefinition, desiredCount, forceNewDeployment: inputs.force });
  const answer = await explained("ecs:UpdateService", ecs.send(command));
  const { id } = primary(answer.service!);
  log(`${service.serviceName}: ${shortName(service.taskDefinition)} → ${shortName(taskDefinition)}${desiredCount === undefined ? "" : ` with ${desiredCount} tasks`}, deployment ${id}`);
  return id!;
}

async function conclude(ending: Ending, told: { inputs: Inputs; tools: Tools; wanted: Sourced; arn: string; previous: string; started: number }): Promise<void> {
  const { inputs, tools, wanted, arn, previous, started } = told;
  const took = formatDuration(tools.clock.now() - started);
  const facts = { Revision: shortName(arn), Before: shortName(previous), Time: took };
  if (ending.outcome === "succeeded") {
    const { runningCount, desiredCount } = ending.service;
    tools.log(`${inputs.service} runs ${shortName(arn)}: ${runningCount} of ${desiredCount} tasks, after ${took}`);
    await appendSummary(`### ${inputs.service}: deployed\n\n${factTable({ ...facts, Tasks: `${runningCount} of ${desiredCount}` })}`);
    return;
  }
  const explanation = await explainEnding(ending, { logs: tools.logs, service: inputs.service, definition: wanted.definition, revision: shortName(arn) });
  await appendSummary(`### ${inputs.service}: ${ending.outcome}\n\n${factTable(facts)}\n\n${explanation.markdown}`);
  throw new FailedError(explanation.text);
}
