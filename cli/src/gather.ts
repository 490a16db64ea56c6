// Collects facts about a service, read-only. Missing permissions are recorded, and do not stop the rest.
import {
  DescribeTasksCommand,
  ListTasksCommand,
  type Service,
  type ServiceDeployment,
  type Task,
} from "@aws-sdk/client-ecs";
import { toUserError, isUnavailable, withRetry } from "../../actions/shared/src/aws.ts";
import { newestRecords } from "../../actions/shared/src/ecs/deployment/deployment-record.ts";
import { readRevision } from "../../actions/shared/src/ecs/task-definition/resolve.ts";
import type { EcsReader } from "../../actions/shared/src/ecs/service.ts";
import { isFailure } from "../../actions/shared/src/ecs/tasks/stopped-tasks.ts";
import {
  failedContainer,
  lastLogLines,
  logStreamOf,
  toStoppedTask,
  taskId,
  type LogsClients,
  type StoppedTask,
} from "../../actions/shared/src/ecs/tasks/stopped-task.ts";
import type { TaskDefinitionInput } from "../../actions/shared/src/ecs/task-definition/task-definition.ts";
import { findService } from "./find-service.ts";

export interface Facts {
  cluster: string;
  service: Service;
  running: { arn: string; definition: TaskDefinitionInput; tags: Map<string, string> };
  /** ECS's service deployments, newest first. */
  records: ServiceDeployment[];
  /** Newest first; ECS keeps them for about an hour. */
  stopped: (StoppedTask & { taskDefinitionArn: string | undefined; stoppedAt: Date | undefined })[];
  /** Tasks that should run. */
  tasks: Task[];
  /** Last lines of the container that failed last. */
  lastLines: { container: string; task: string; lines: string[] } | undefined;
  /** What could not be read because of missing permissions. */
  gaps: string[];
}

export async function gather(
  reader: EcsReader,
  logs: LogsClients,
  target: { service: string; cluster: string | undefined },
): Promise<Facts> {
  const { cluster, service } = await findService(reader, target.service, target.cluster);
  const gaps: string[] = [];
  const ifPermitted = async <T>(fallback: T, call: string, read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      gaps.push(...toUserError(call, error).message.split("\n", 1));
      return fallback;
    }
  };
  const place = { ...reader, cluster, service: service.serviceName ?? target.service };
  const [running, records, stoppedTasks, tasks] = await Promise.all([
    readRevision(reader, service.taskDefinition ?? service.taskSets?.[0]?.taskDefinition ?? ""),
    ifPermitted([], "ecs:ListServiceDeployments", () => newestRecords(place, 5)),
    ifPermitted([], "ecs:ListTasks", () => tasksOf(place, "STOPPED")),
    ifPermitted([], "ecs:ListTasks", () => tasksOf(place, "RUNNING")),
  ]);
  const stopped = stoppedTasks
    .map((task) => ({ ...toStoppedTask(task), taskDefinitionArn: task.taskDefinitionArn, stoppedAt: task.stoppedAt }))
    .toSorted((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0));
  const last = stopped.find(isFailure);
  const lastLines = last && (await linesOf(reader, logs, last));
  return { cluster, service, running, records, stopped, tasks, lastLines, gaps };
}

type Place = EcsReader & { cluster: string; service: string };

async function tasksOf(
  { ecs, cluster, service, ...session }: Place,
  desiredStatus: "STOPPED" | "RUNNING",
): Promise<Task[]> {
  const { taskArns = [] } = await withRetry(session, "ecs:ListTasks", () =>
    ecs.send(new ListTasksCommand({ cluster, serviceName: service, desiredStatus, maxResults: 100 })),
  );
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await withRetry(session, "ecs:DescribeTasks", () =>
    ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })),
  );
  return tasks;
}

async function linesOf(
  reader: EcsReader,
  logs: LogsClients,
  task: Facts["stopped"][number],
): Promise<Facts["lastLines"]> {
  const container = failedContainer(task) ?? "";
  const { definition } = await readRevision(reader, task.taskDefinitionArn ?? "");
  const place = logStreamOf(
    definition.containerDefinitions?.find(({ name }) => name === container),
    taskId(task.id),
  );
  return { container, task: task.id, lines: await lastLogLines(logs, place) };
}
