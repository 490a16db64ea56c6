// One-off tasks of a deployment: the migration before it, and the peer's run-task.
import { followTask, runTask, startTask, type TaskRun } from "../../shared/src/ecs/run-task.ts";
import { register } from "../../shared/src/ecs/register.ts";
import { schemaIn, schemaOf, type Schema } from "../../shared/src/ecs/schema.ts";
import type { Sourced } from "../../shared/src/ecs/source.ts";
import { shortName, type Registrable } from "../../shared/src/ecs/task-definition.ts";
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import { appendSummary, codeBlock } from "../../shared/src/report.ts";
import type { ServicePlan } from "./plan.ts";
import type { RunTaskInputs } from "./run-task-inputs.ts";
import type { Run } from "./tools.ts";

/** In the service's own network and on its own kind of machine: a task of the database's clients belongs where they are. */
export async function migrate(
  run: Run,
  migration: Sourced,
  { name, service, running }: ServicePlan,
): Promise<Schema | undefined> {
  const taskDefinitionArn = migration.arn ?? (await register(run, migration.definition));
  const { capacityProviderStrategy, launchType = "FARGATE", platformVersion, networkConfiguration } = service;
  const where = capacityProviderStrategy?.length ? { capacityProviderStrategy } : { launchType };
  const settings = {
    ...where,
    ...(platformVersion ? { platformVersion } : {}),
    networkConfiguration,
    startedBy: "deploy/migration",
  };
  const task: TaskRun = {
    ...run,
    cluster: run.inputs.cluster,
    taskDefinitionArn,
    definition: migration.definition,
    settings,
    container: run.inputs.migration?.container,
  };
  try {
    return schemaIn(await runTask(task)) ?? schemaOf(running.tags);
  } catch (error) {
    if (!(error instanceof FailedError)) throw error;
    await appendSummary(`### ${name}: the migration failed, nothing was deployed\n\n${codeBlock(error.message)}`);
    throw new FailedError(
      `The migration ${shortName(taskDefinitionArn)} failed; the service was left as it is.\n${messageOf(error)}`,
      { cause: error, outcome: error.outcome },
    );
  }
}

export async function runAsked(
  run: Run,
  { settings, waitForStop }: RunTaskInputs,
  taskDefinitionArn: string,
  definition: Registrable,
): Promise<void> {
  const task: TaskRun = { ...run, cluster: run.inputs.cluster, taskDefinitionArn, definition, settings };
  const arn = await startTask(task);
  run.setOutputs({ "run-task-arn": JSON.stringify([arn]) });
  if (!waitForStop) return;
  try {
    await followTask(task, arn);
  } catch (error) {
    if (error instanceof FailedError)
      await appendSummary(`### The task ${shortName(taskDefinitionArn)} failed\n\n${codeBlock(error.message)}`);
    throw error;
  }
}
