// The same work in a one-off task inside the VPC, where the database is reachable.
import { StopTaskCommand, type ECSClient, type RunTaskCommandInput } from "@aws-sdk/client-ecs";
import { withAwsErrorContext } from "../../../shared/src/aws.ts";
import type { Clock } from "../../../shared/src/clock.ts";
import { followTask, startTask, type TaskRun } from "../../../shared/src/ecs/tasks/run-task.ts";
import { firstImageOf } from "../../../shared/src/ecs/task-definition/first-image.ts";
import { registerTaskDefinition } from "../../../shared/src/ecs/task-definition/register.ts";
import type { LogsClients } from "../../../shared/src/ecs/tasks/stopped-task.ts";
import { resolveTaskDefinition, type ResolvedTaskDefinition } from "../../../shared/src/ecs/task-definition/resolve.ts";
import { describeService } from "../../../shared/src/ecs/service.ts";
import { ConfigurationError, FailedError, messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError, nextSteps, type Code } from "../errors.ts";
import type { Remote } from "../remote-inputs.ts";

export interface RemoteDependencies {
  ecs: ECSClient;
  logs: LogsClients;
  clock: Clock;
  log: Log;
  signal?: AbortSignal | undefined;
}

/** The environment variable from which the task reads its inputs, instead of the runner's INPUT_ variables. */
export const inputsVariable = "DB_BACKUP_INPUTS";
/** Begins the log line with the outputs of the task. */
export const outputsMarker = "db-backup-outputs: ";

/** Runs the task to its end; the exit code of the given container counts. @returns the outputs from its log. */
export async function runRemotely(
  remote: Remote,
  id: string,
  dependencies: RemoteDependencies,
): Promise<Record<string, string>> {
  // The line with the outputs is not for people.
  const log: Log = (line) => void (line.includes(outputsMarker) || dependencies.log(line));
  const session = {
    clock: dependencies.clock,
    log,
    deadline: dependencies.clock.now() + remote.timeoutMinutes * 60_000,
  };
  const reader = { ...session, ecs: dependencies.ecs };
  const { arn, definition } = await resolveSource(remote, reader);
  const taskDefinitionArn = arn ?? (await registerTaskDefinition(reader, definition));
  const overrides = {
    containerOverrides: [
      {
        name: remote.container,
        environment: [{ name: inputsVariable, value: JSON.stringify({ ...remote.forwarded, id }) }],
      },
    ],
  };
  const settings = { ...(await launchSettings(remote, reader)), overrides, startedBy: "db-backup" };
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
    return parseOutputs(await followTask(run, task));
  } catch (error) {
    throw await toBackupError(error, { cluster: remote.cluster, task, dependencies });
  } finally {
    dependencies.signal?.removeEventListener("abort", stop);
  }
}

/**
 * The definition, with the image of another one if image-from is set: Terraform's first revision has no image yet.
 *
 * @throws ConfigurationError if there is none
 */
async function resolveSource(
  { taskDefinition, container, imageFrom }: Remote,
  reader: Parameters<typeof resolveTaskDefinition>[0],
): Promise<ResolvedTaskDefinition> {
  const source = await resolveTaskDefinition(reader, taskDefinition);
  const { definition } = imageFrom === undefined ? source : await resolveTaskDefinition(reader, imageFrom);
  const first = firstImageOf(definition);
  if (first !== undefined)
    throw new ConfigurationError(
      `${imageFrom === undefined ? "task-definition" : "image-from"}: ${imageFrom ?? taskDefinition} has no image yet: ${first} is what Terraform puts into the first revision. Make a backup first (gh workflow run backup.yml --field mode=backup): it builds the image, and registers a revision with it.`,
    );
  if (imageFrom === undefined) return source;
  const image = definition.containerDefinitions?.find(({ name }) => name === container)?.image;
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

async function launchSettings(
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
      `service: ${remote.service} has no awsvpc network configuration; set subnets and security-groups.`,
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

/** ECS sends SIGTERM; the task then stops pg_dump and aborts its upload. */
async function stopTask(cluster: string, task: string, { ecs, log }: RemoteDependencies): Promise<void> {
  log("stopping the task");
  await withAwsErrorContext(
    "ecs:StopTask",
    ecs.send(new StopTaskCommand({ cluster, task, reason: "db-backup was cancelled" })),
  ).catch((error: unknown) => log(messageOf(error)));
}

/** With the error code that the task logged, if there is one. */
async function toBackupError(
  error: unknown,
  { cluster, task, dependencies }: { cluster: string; task: string; dependencies: RemoteDependencies },
): Promise<unknown> {
  if (!(error instanceof FailedError)) return error;
  if (dependencies.signal?.aborted) return new BackupError("CANCELLED", "The task was stopped.", { cause: error });
  if (error.outcome === "timed-out") {
    await stopTask(cluster, task, dependencies);
    return new BackupError("TIMED_OUT", "The task did not finish within the time limit and was stopped.", {
      cause: error,
    });
  }
  const code = /\[([A-Z_]+)\]/.exec(error.message)?.[1];
  return new BackupError(
    code !== undefined && code in nextSteps ? (code as Code) : "TASK_FAILED",
    `The task failed: ${error.message}`,
    { cause: error },
  );
}

function parseOutputs(lines: string[]): Record<string, string> {
  const line = lines.findLast((one) => one.includes(outputsMarker));
  return line === undefined
    ? {}
    : (JSON.parse(line.slice(line.indexOf(outputsMarker) + outputsMarker.length)) as Record<string, string>);
}
