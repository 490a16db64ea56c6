// How a task has ended: in ECS's words, with the last lines of what ran in it.
import { GetLogEventsCommand, type CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { Container, ContainerDefinition, Task } from "@aws-sdk/client-ecs";
import { isAccessDenied } from "../../aws.ts";
import { messageOf } from "../../errors.ts";
import { oneLine } from "../../printable.ts";
import { deniedOf, remedyFor } from "../../permissions.ts";

export interface StoppedTask {
  id: string;
  stopCode: string;
  reason: string;
  containers: { name: string; exitCode: number | undefined; reason: string | undefined }[];
}

export const taskId = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

export function toStoppedTask(task: Task): StoppedTask {
  return {
    id: taskId(task.taskArn ?? ""),
    stopCode: task.stopCode ?? "unknown",
    reason: oneLine(task.stoppedReason ?? "no reason given"),
    containers: (task.containers ?? []).map((container: Container) => ({
      name: container.name ?? "",
      exitCode: container.exitCode,
      reason: container.reason && oneLine(container.reason),
    })),
  };
}

/** "container api exited with code 1 (EssentialContainerExited: …)" */
export function describeStop(task: StoppedTask): string {
  const containers = task.containers
    .filter(({ exitCode, reason }) => exitCode !== undefined || reason)
    .map(
      ({ name, exitCode, reason }) =>
        `container ${name} ${exitCode === undefined ? "did not start" : `exited with code ${exitCode}`}${reason ? ` (${reason})` : ""}`,
    );
  return [...containers, `task ${task.id}: ${task.stopCode}: ${task.reason}`].join("; ");
}

/** The container to blame: the one with an exit code other than 0, else the first. */
export function failedContainer(task: StoppedTask): string | undefined {
  return (task.containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0) ?? task.containers[0])?.name;
}

export interface LogStream {
  group: string;
  stream: string;
  /** undefined: that of the service. */
  region: string | undefined;
}

/** A group may lie in another region than the service. */
export type LogsClients = (region?: string) => CloudWatchLogsClient;

/** Where the awslogs driver writes; undefined for another driver or without a stream prefix. */
export function logStreamOf(container: ContainerDefinition | undefined, id: string): LogStream | undefined {
  const { name = "", logConfiguration: { logDriver, options } = {} } = container ?? {};
  const group = options?.["awslogs-group"];
  const prefix = options?.["awslogs-stream-prefix"];
  if (logDriver !== "awslogs" || !group || !prefix) return undefined;
  return { group, stream: `${prefix}/${name}/${id}`, region: options["awslogs-region"] || undefined };
}

/** The last lines, or a sentence with the reason why there are none: explaining a failure must not fail. */
export async function lastLogLines(logs: LogsClients, place: LogStream | undefined, limit = 20): Promise<string[]> {
  if (!place) return ["(no log lines: the container does not log through awslogs)"];
  try {
    const { group: logGroupName, stream: logStreamName, region } = place;
    const { events = [] } = await logs(region).send(
      new GetLogEventsCommand({ logGroupName, logStreamName, limit, startFromHead: false }),
    );
    return events.length === 0
      ? ["(the container logged nothing)"]
      : events.map(({ message }) => (message ?? "").trimEnd());
  } catch (error) {
    if (!isAccessDenied(error)) return [`(no log lines: ${place.group} ${place.stream}: ${messageOf(error)})`];
    const denied = deniedOf("logs:GetLogEvents", messageOf(error));
    return [`(no log lines: the job's role lacks ${denied.action}. ${remedyFor(denied)})`];
  }
}
