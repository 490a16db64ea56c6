// Why tasks stopped, in ECS's words, with the last lines of what ran in them.
import { GetLogEventsCommand, type CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTasksCommand, ListTasksCommand, type Container, type ContainerDefinition, type ECSClient, type Task } from "@aws-sdk/client-ecs";
import { explained } from "../aws.ts";
import { messageOf } from "../errors.ts";

export interface StoppedTask {
  id: string;
  stopCode: string;
  reason: string;
  containers: { name: string; exitCode: number | undefined; reason: string | undefined }[];
}

export const taskId = (arn: string): string => arn.split("/").at(-1)!;

/** ECS forgets stopped tasks within about an hour; here they are minutes old. */
export async function stoppedTasks(ecs: ECSClient, target: { cluster: string; service: string; taskDefinitionArn: string }): Promise<StoppedTask[]> {
  const { cluster, service, taskDefinitionArn } = target;
  const list = new ListTasksCommand({ cluster, serviceName: service, desiredStatus: "STOPPED", maxResults: 100 });
  const { taskArns = [] } = await explained("ecs:ListTasks", ecs.send(list));
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await explained("ecs:DescribeTasks", ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })));
  return tasks.filter((task) => task.taskDefinitionArn === taskDefinitionArn && task.lastStatus === "STOPPED").map(summarise);
}

export function summarise(task: Task): StoppedTask {
  return {
    id: taskId(task.taskArn ?? ""),
    stopCode: task.stopCode ?? "unknown",
    reason: task.stoppedReason ?? "no reason given",
    containers: (task.containers ?? []).map((container: Container) => ({ name: container.name ?? "", exitCode: container.exitCode, reason: container.reason })),
  };
}

/** Stops that ECS or a person caused on purpose say nothing about the revision. */
const harmless = new Set(["ServiceSchedulerInitiated", "UserInitiated", "SpotInterruption", "TerminationNotice"]);

export const isFailure = (task: StoppedTask): boolean => !harmless.has(task.stopCode);

/**
 * Whether waiting on makes no sense: a task that cannot even start fails the same way each time (two are proof),
 * one whose container exits may have met a passing trouble (three are proof).
 */
export function isHopeless(tasks: StoppedTask[]): boolean {
  const count = (stopCode: string) => tasks.filter((task) => task.stopCode === stopCode).length;
  return count("TaskFailedToStart") >= 2 || count("EssentialContainerExited") >= 3;
}

/** "container api exited with code 1 (EssentialContainerExited: …)" */
export function describeStop(task: StoppedTask): string {
  const containers = task.containers
    .filter(({ exitCode, reason }) => exitCode !== undefined || reason)
    .map(({ name, exitCode, reason }) => `container ${name} ${exitCode === undefined ? "did not start" : `exited with code ${exitCode}`}${reason ? ` (${reason})` : ""}`);
  return [...containers, `task ${task.id}: ${task.stopCode}: ${task.reason}`].join("; ");
}

/** The container to blame: the one with an exit code other than 0, else the first. */
export function culprit(task: StoppedTask): string | undefined {
  return (task.containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0) ?? task.containers[0])?.name;
}

export interface LogPlace {
  group: string;
  stream: string;
}

/** Where the awslogs driver writes; undefined for another driver or without a stream prefix. */
export function logPlace(container: ContainerDefinition | undefined, id: string): LogPlace | undefined {
  const { logDriver, options } = container?.logConfiguration ?? {};
  const group = options?.["awslogs-group"];
  const prefix = options?.["awslogs-stream-prefix"];
  if (logDriver !== "awslogs" || !group || !prefix) return undefined;
  return { group, stream: `${prefix}/${container!.name}/${id}` };
}

/** The last lines, or a sentence that says why there are none: explaining a failure must not fail. */
export async function lastLogLines(logs: CloudWatchLogsClient, place: LogPlace | undefined, limit = 20): Promise<string[]> {
  if (!place) return ["(no log lines: the container does not log through awslogs)"];
  try {
    const { events = [] } = await logs.send(new GetLogEventsCommand({ logGroupName: place.group, logStreamName: place.stream, limit, startFromHead: false }));
    return events.length === 0 ? ["(the container wrote nothing)"] : events.map(({ message }) => (message ?? "").trimEnd());
  } catch (error) {
    return [`(no log lines: ${place.group} ${place.stream}: ${messageOf(error)})`];
  }
}
