// The same work as a one-off task inside the VPC, from where the database can be reached.
import { StopTaskCommand, type ECSClient, type RunTaskCommandInput } from "@aws-sdk/client-ecs";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { withAwsErrorContext } from "../../../shared/src/aws.ts";
import type { Clock } from "../../../shared/src/clock.ts";
import { followTask, startTask, type TaskRun } from "../../../shared/src/ecs/tasks/run-task.ts";
import { registerTaskDefinition } from "../../../shared/src/ecs/task-definition/register.ts";
import {
  describeService,
  resolveTaskDefinition,
  type ResolvedTaskDefinition,
} from "../../../shared/src/ecs/task-definition/resolve.ts";
import { ConfigurationError, FailedError, messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError, nextSteps, type Code } from "../errors.ts";
import type { Remote } from "../inputs.ts";

export interface RemoteDependencies {
  ecs: ECSClient;
  logs: CloudWatchLogsClient;
  clock: Clock;
  log: Log;
  signal?: AbortSignal | undefined;
}

/** The task reads its inputs from this variable, in the place of the runner's many. */
export const inputsVariable = "DB_BACKUP_INPUTS";
/** The line of the log that carries what the task has found. */
export const outputsMark = "db-backup-outputs: ";

/** Runs the task to its end. What counts is the exit code of the named container, and what it says of its work. */
export async function runRemotely(
  remote: Remote,
  id: string,
  dependencies: RemoteDependencies,
): Promise<Record<string, string>> {
  // The line for us is none for people.
  const log: Log = (line) => void (line.includes(outputsMark) || dependencies.log(line));
  const session = {
    clock: dependencies.clock,
    log,
    deadline: dependencies.clock.now() + remote.timeoutMinutes * 60_000,
  };
  const reader = { ...session, ecs: dependencies.ecs };
  const { arn, definition } = await sourceOf(remote, reader);
  const taskDefinitionArn = arn ?? (await registerTaskDefinition(reader, definition));
  const overrides = {
    containerOverrides: [
      {
        name: remote.container,
        environment: [{ name: inputsVariable, value: JSON.stringify({ ...remote.asked, id }) }],
      },
    ],
  };
  const settings = { ...(await placeOf(remote, reader)), overrides, startedBy: "db-backup" };
  const run: TaskRun = {
    ...session,
    ecs: dependencies.ecs,
    logs: dependencies.logs,
    cluster: remote.cluster,
    taskDefinitionArn,
    definition,
    settings,
    container: remote.container,
  };
  const task = await startTask(run);
  const stop = () => void stopTask(remote.cluster, task, dependencies);
  dependencies.signal?.addEventListener("abort", stop, { once: true });
  try {
    return outputsIn(await followTask(run, task));
  } catch (error) {
    throw await explain(error, { cluster: remote.cluster, task, dependencies });
  } finally {
    dependencies.signal?.removeEventListener("abort", stop);
  }
}

/** The definition, with the image of another one where that is wanted: Terraform's first revision has none yet. */
async function sourceOf(
  { taskDefinition, container, imageFrom }: Remote,
  reader: Parameters<typeof resolveTaskDefinition>[0],
): Promise<ResolvedTaskDefinition> {
  const source = await resolveTaskDefinition(reader, taskDefinition);
  if (imageFrom === undefined) return source;
  const other = await resolveTaskDefinition(reader, imageFrom);
  const image = other.definition.containerDefinitions?.find(({ name }) => name === container)?.image;
  if (image === undefined) throw new ConfigurationError(`image-from: ${imageFrom} has no container ${container}.`);
  return {
    arn: undefined,
    definition: {
      ...source.definition,
      containerDefinitions: (source.definition.containerDefinitions ?? []).map((one) =>
        one.name === container ? { ...one, image } : one,
      ),
    },
  };
}

async function placeOf(
  remote: Remote,
  session: Parameters<typeof describeService>[0],
): Promise<Pick<RunTaskCommandInput, "launchType" | "capacityProviderStrategy" | "networkConfiguration">> {
  if (remote.service === undefined)
    return {
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: remote.subnets,
          securityGroups: remote.securityGroups,
          assignPublicIp: "DISABLED",
        },
      },
    };
  const {
    capacityProviderStrategy,
    launchType = "FARGATE",
    networkConfiguration,
  } = await describeService(session, { cluster: remote.cluster, service: remote.service });
  if (!networkConfiguration?.awsvpcConfiguration)
    throw new ConfigurationError(
      `service: ${remote.service} has no network of its own (awsvpc); give subnets and security-groups.`,
    );
  const { subnets, securityGroups } = networkConfiguration.awsvpcConfiguration;
  const own = {
    ...networkConfiguration.awsvpcConfiguration,
    ...(remote.securityGroups.length > 0 ? { securityGroups: remote.securityGroups } : { securityGroups }),
    ...(remote.subnets.length > 0 ? { subnets: remote.subnets } : { subnets }),
  };
  return {
    ...(capacityProviderStrategy?.length ? { capacityProviderStrategy } : { launchType }),
    networkConfiguration: { awsvpcConfiguration: own },
  };
}

/** ECS sends SIGTERM, on which the task ends pg_dump and takes its upload back. */
async function stopTask(cluster: string, task: string, { ecs, log }: RemoteDependencies): Promise<void> {
  log("stopping the task");
  await withAwsErrorContext(
    "ecs:StopTask",
    ecs.send(new StopTaskCommand({ cluster, task, reason: "db-backup was cancelled" })),
  ).catch((error: unknown) => log(messageOf(error)));
}

/** The task's own code and words, where its log tells them. */
async function explain(
  error: unknown,
  { cluster, task, dependencies }: { cluster: string; task: string; dependencies: RemoteDependencies },
): Promise<unknown> {
  if (!(error instanceof FailedError)) return error;
  if (dependencies.signal?.aborted) return new BackupError("CANCELLED", "The task was stopped.", { cause: error });
  if (error.outcome === "timed-out") {
    await stopTask(cluster, task, dependencies);
    return new BackupError("TIMED_OUT", "The task has not ended within the time limit and was stopped.", {
      cause: error,
    });
  }
  const code = /\[([A-Z_]+)\]/.exec(error.message)?.[1];
  return new BackupError(
    code !== undefined && code in nextSteps ? (code as Code) : "TASK_FAILED",
    `The task has failed: ${error.message}`,
    { cause: error },
  );
}

function outputsIn(lines: string[]): Record<string, string> {
  const line = lines.findLast((one) => one.includes(outputsMark));
  return line === undefined
    ? {}
    : (JSON.parse(line.slice(line.indexOf(outputsMark) + outputsMark.length)) as Record<string, string>);
}
