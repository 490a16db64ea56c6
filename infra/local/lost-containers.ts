// Containers that MiniStack believes in although they are gone: removed with docker rm, or stopped with the engine.
// MiniStack takes only an exit that Docker reports for an end (_maybe_mark_stopped in services/ecs.py of MiniStack
// 1.5.33), and does not look after its databases at all.
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { DescribeTasksCommand, ECSClient, ListTasksCommand, StopTaskCommand, type Task } from "@aws-sdk/client-ecs";
import { ministackContainers, type Container } from "./containers.ts";
import { awsClient, root, stateDir } from "./paths.ts";

/** What the containers that keep data were when Terraform had created them. */
const dataFile = join(stateDir, "data-containers");
const names: Record<string, string> = { rds: "the database", elasticache: "Redis" };

export const isData = ({ service, owner }: Container): boolean => service in names && owner === root;

/** Notes the containers that keep data, after each apply. */
export async function recordDataContainers(): Promise<void> {
  const found = (await ministackContainers()).filter(isData);
  await writeFile(dataFile, found.map(({ id, service }) => `${service} ${id}\n`).join(""));
}

/** Names of what has lost its container since the last apply, and with it its data. */
export async function lostContainers(): Promise<string[]> {
  const recorded = await readFile(dataFile, "utf8").catch(() => "");
  return lostOf(recorded, await ministackContainers());
}

/** @param recorded lines with service and ID */
export function lostOf(recorded: string, containers: Container[]): string[] {
  const alive = containers.filter(({ state }) => ["running", "paused", "restarting"].includes(state));
  const expected = recorded
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" ") as [string, string]);
  // Nothing recorded: the apply was of another version of these commands.
  if (expected.length === 0) return Object.values(names);
  const lost = expected.filter(([, id]) => !alive.some((container) => container.id === id));
  return [...new Set(lost.map(([service]) => names[service] ?? service))];
}

/** Name of a task's container, which MiniStack derives from both. */
export const containerName = (taskArn: string, container: string): string =>
  `ministack-ecs-${basename(taskArn).slice(0, 8)}-${container}`;

/** Tasks that count as running and have a container that does not exist. */
export function tasksWithoutContainer(tasks: Task[], containers: Pick<Container, "name">[]): string[] {
  const existing = new Set(containers.map(({ name }) => name));
  return tasks.flatMap(({ taskArn, containers: parts = [] }) =>
    taskArn !== undefined && parts.some(({ name = "" }) => !existing.has(containerName(taskArn, name)))
      ? [taskArn]
      : [],
  );
}

/** Stops tasks whose container was removed, so that ECS replaces them; returns how many. */
export async function replaceLostTasks(cluster: string): Promise<number> {
  const ecs = new ECSClient(awsClient);
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus: "RUNNING" }));
  if (taskArns.length === 0) return 0;
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  // A task that is starting has no container yet.
  const running = tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
  const lost = tasksWithoutContainer(running, await ministackContainers());
  for (const task of lost) await ecs.send(new StopTaskCommand({ cluster, task, reason: "Its container was removed" }));
  return lost.length;
}
