// One-off tasks of a deployment: the migration before it, and the peer's run-task.
import { isCredentialsExpired, withNote } from "../../shared/src/aws.ts";
import { longerSession } from "../../shared/src/ecs/deployment/left-running.ts";
import { followTask, runTask, startTask, type TaskRun } from "../../shared/src/ecs/tasks/run-task.ts";
import { registerTaskDefinition } from "../../shared/src/ecs/task-definition/register.ts";
import { taskId } from "../../shared/src/ecs/tasks/stopped-task.ts";
import { schemaIn, schemaOf, type Schema } from "../../shared/src/ecs/task-definition/database-schema.ts";
import type { ResolvedTaskDefinition } from "../../shared/src/ecs/task-definition/resolve.ts";
import { shortName, type TaskDefinitionInput } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import { explanationOf, markExplained, statusOf } from "../../shared/src/summary/failure.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import type { ServicePlan } from "./plan.ts";
import type { RunTaskInputs } from "./run-task-inputs.ts";
import type { Run } from "./dependencies.ts";
import { shownInputs } from "./shown-inputs.ts";

/**
 * In the service's own network and on its own kind of machine: a task of the database's clients belongs where they are.
 */
export async function runMigration(
  run: Run,
  migration: ResolvedTaskDefinition,
  { name, service, running }: ServicePlan,
): Promise<Schema | undefined> {
  const taskDefinitionArn =
    migration.arn ??
    (await registerTaskDefinition(run, migration.definition).catch((error: unknown) => {
      throw withNote(error, "Nothing was changed.");
    }));
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
  let started: string | undefined;
  try {
    return schemaIn(await runTask(task, (arn) => (started = arn))) ?? schemaOf(running.tags);
  } catch (error) {
    if (started !== undefined) throwIfExpired(error, `migration ${shortName(taskDefinitionArn)}`, started);
    if (!(error instanceof FailedError)) throw withNote(error, `The service ${name} was left as it is.`);
    await reportFailedTask(
      run,
      `${name}: migration ${shortName(taskDefinitionArn)} failed, nothing was deployed`,
      error,
    );
    throw new FailedError(
      `The migration ${shortName(taskDefinitionArn)} failed; the service was left as it is.\n${messageOf(error)}`,
      { cause: error, outcome: error.outcome },
    );
  }
}

export async function runRequestedTask(
  run: Run,
  { settings, waitForStop }: RunTaskInputs,
  taskDefinitionArn: string,
  definition: TaskDefinitionInput,
): Promise<void> {
  const task: TaskRun = { ...run, cluster: run.inputs.cluster, taskDefinitionArn, definition, settings };
  const arn = await startTask(task).catch((error: unknown) => {
    throw withNote(error, `${shortName(taskDefinitionArn)} is registered and was not run; nothing was deployed.`);
  });
  run.setOutputs({ "run-task-arn": JSON.stringify([arn]) });
  if (!waitForStop) return;
  try {
    await followTask(task, arn);
  } catch (error) {
    throwIfExpired(error, `task of ${shortName(taskDefinitionArn)}`, arn);
    if (error instanceof FailedError)
      await reportFailedTask(run, `task ${shortName(taskDefinitionArn)} failed, nothing was deployed`, error);
    throw error;
  }
}

/** The task itself is not affected: it has a role of its own. */
function throwIfExpired(error: unknown, what: string, taskArn: string): void {
  if (!isCredentialsExpired(error)) return;
  throw new FailedError(
    `The AWS credentials have expired while the ${what} was running. ECS continues it (${taskId(taskArn)}); nothing was deployed. Wait for its end before the job runs again. ${longerSession}`,
    { cause: error instanceof Error ? error.cause : error },
  );
}

async function reportFailedTask(run: Run, title: string, error: FailedError): Promise<void> {
  const text = explanationOf(error, "all");
  await appendSummary({ status: statusOf(error), title, content: [text], end: shownInputs(run.inputs) });
  markExplained(error);
}
