// The stopped tasks of a deployment, and what they have in common.
import { DescribeTasksCommand, ListTasksCommand, type ECSClient, type Task } from "@aws-sdk/client-ecs";
import { tagError } from "../../aws.ts";
import { toStoppedTask, type StoppedTask } from "./stopped-task.ts";

export interface StoppedTaskQuery {
  cluster: string;
  service: string;
  taskDefinitionArn: string;
  /** On AWS the tasks of a deployment say so in `startedBy`; emulators write the service's name there. */
  deploymentId?: string;
}

/** ECS forgets stopped tasks within about an hour; here they are minutes old. Oldest first. */
export async function stoppedTasks(ecs: ECSClient, target: StoppedTaskQuery): Promise<StoppedTask[]> {
  const { cluster, service, taskDefinitionArn, deploymentId } = target;
  const list = new ListTasksCommand({ cluster, serviceName: service, desiredStatus: "STOPPED", maxResults: 100 });
  const { taskArns = [] } = await tagError("ecs:ListTasks", ecs.send(list));
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await tagError(
    "ecs:DescribeTasks",
    ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })),
  );
  const isOurs = ({ startedBy }: Task) =>
    deploymentId === undefined || !startedBy?.startsWith("ecs-svc/") || startedBy === deploymentId;
  return tasks
    .filter((task) => task.taskDefinitionArn === taskDefinitionArn && task.lastStatus === "STOPPED" && isOurs(task))
    .toSorted((a, b) => (a.stoppedAt?.getTime() ?? 0) - (b.stoppedAt?.getTime() ?? 0))
    .map(toStoppedTask);
}

/** Stops that ECS or a person caused on purpose say nothing about the revision. */
const harmless = new Set(["ServiceSchedulerInitiated", "UserInitiated", "SpotInterruption", "TerminationNotice"]);

export const isFailure = (task: StoppedTask): boolean => !harmless.has(task.stopCode);

/** How often tasks stopped in one way, and that way. */
export interface FailurePattern {
  count: number;
  stopCode: string;
  /** What they have in common: the reason without ids, numbers of attempts and addresses. */
  signature: string;
}

/**
 * A task that cannot even start fails the same way each time; one whose container exits may have met a passing trouble.
 */
const repeatsUntilHopeless: Record<string, number> = { TaskFailedToStart: 2, EssentialContainerExited: 3 };

/** Stops that are alike and as many as prove that waiting on makes no sense, or `missing` fewer. */
export function crashLoopPattern(tasks: StoppedTask[], missing = 0): FailurePattern | undefined {
  const patterns = new Map<string, FailurePattern>();
  for (const task of tasks) {
    const signature =
      task.stopCode === "TaskFailedToStart"
        ? withoutVariableParts(task.reason)
        : task.containers.map(({ name, exitCode }) => `${name}: ${exitCode}`).join();
    const key = `${task.stopCode} ${signature}`;
    patterns.set(key, { stopCode: task.stopCode, signature, count: (patterns.get(key)?.count ?? 0) + 1 });
  }
  return [...patterns.values()].find(
    ({ stopCode, count }) => count + missing >= (repeatsUntilHopeless[stopCode] ?? Number.POSITIVE_INFINITY),
  );
}

export const describePattern = ({ count, stopCode }: FailurePattern): string => `${count} times ${stopCode}`;

const withoutVariableParts = (reason: string): string => reason.replaceAll(/[0-9a-f]{8,}|\d+/gi, "#");
