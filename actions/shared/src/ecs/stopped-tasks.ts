// Why tasks stopped, in ECS's words, with the last lines of what ran in them.
import { GetLogEventsCommand, type CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTasksCommand, ListTasksCommand, type Container, type ContainerDefinition, type ECSClient, type Task } from "@aws-sdk/client-ecs";
import { naming } from "../aws.ts";
import { messageOf } from "../errors.ts";

export interface StoppedTask {
  id: string;
  stopCode: string;
  reason: string;
  containers: { name: string; exitCode: number | undefined; reason: string | undefined }[];
}

export const taskId = (arn: string): string => arn.split("/").at(-1)!;

export interface StopTarget {
  cluster: string;
  service: string;
  taskDefinitionArn: string;
  /** On AWS the tasks of a deployment say so in `startedBy`; emulators write the service's name there. */
  deploymentId?: string;
}

/** ECS forgets stopped tasks within about an hour; here they are minutes old. Oldest first. */
export async function stoppedTasks(ecs: ECSClient, target: StopTarget): Promise<StoppedTask[]> {
  const { cluster, service, taskDefinitionArn, deploymentId } = target;
  const list = new ListTasksCommand({ cluster, serviceName: service, desiredStatus: "STOPPED", maxResults: 100 });
  const { taskArns = [] } = await naming("ecs:ListTasks", ecs.send(list));
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await naming("ecs:DescribeTasks", ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })));
  const isOurs = ({ startedBy }: Task) => deploymentId === undefined || !startedBy?.startsWith("ecs-svc/") || startedBy === deploymentId;
  return tasks
    .filter((task) => task.taskDefinitionArn === taskDefinitionArn && task.lastStatus === "STOPPED" && isOurs(task))
    .toSorted((a, b) => (a.stoppedAt?.getTime() ?? 0) - (b.stoppedAt?.getTime() ?? 0))
    .map(summarise);
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

/** How often tasks stopped in one way, and that way. */
export interface Pattern {
  count: number;
  stopCode: string;
  /** What they have in common: the reason without ids, numbers of attempts and addresses. */
  way: string;
}

/** A task that cannot even start fails the same way each time; one whose container exits may have met a passing trouble. */
const proofs: Record<string, number> = { TaskFailedToStart: 2, EssentialContainerExited: 3 };

/** Stops that are alike and as many as prove that waiting on makes no sense, or `missing` fewer. */
export function hopelessPattern(tasks: StoppedTask[], missing = 0): Pattern | undefined {
  const patterns = new Map<string, Pattern>();
  for (const task of tasks) {
    const way = task.stopCode === "TaskFailedToStart" ? general(task.reason) : task.containers.map(({ name, exitCode }) => `${name}: ${exitCode}`).join();
    const key = `${task.stopCode} ${way}`;
    patterns.set(key, { stopCode: task.stopCode, way, count: (patterns.get(key)?.count ?? 0) + 1 });
  }
  return [...patterns.values()].find(({ stopCode, count }) => count + missing >= (proofs[stopCode] ?? Number.POSITIVE_INFINITY));
}

export const describePattern = ({ count, stopCode }: Pattern): string => `${count} times ${stopCode}`;

const general = (reason: string): string => reason.replaceAll(/[0-9a-f]{8,}|\d+/gi, "#");

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
