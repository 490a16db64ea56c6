// One task, run to its end, with its log as it comes.
import { FilterLogEventsCommand, type CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTasksCommand, RunTaskCommand, type ECSClient, type NetworkConfiguration, type Task } from "@aws-sdk/client-ecs";
import { explained } from "../aws.ts";
import { formatDuration, type Clock } from "../clock.ts";
import { FailedError } from "../errors.ts";
import type { Log } from "../report.ts";
import { describeStop, lastLogLines, logPlace, summarise, taskId, type LogPlace } from "./stopped-tasks.ts";
import { shortName, type Registrable } from "./task-definition.ts";

export interface TaskRun {
  ecs: ECSClient;
  logs: CloudWatchLogsClient;
  clock: Clock;
  log: Log;
  cluster: string;
  taskDefinitionArn: string;
  definition: Registrable;
  network: NetworkConfiguration | undefined;
  startedBy: string;
  /** Milliseconds since the epoch. */
  deadline: number;
}

const interval = 2000;

/** Ends when the task has stopped with exit code 0 in its first essential container; anything else is an error that says why. */
export async function runTask(run: TaskRun): Promise<void> {
  const { ecs, clock, cluster, log } = run;
  const container = run.definition.containerDefinitions!.find(({ essential }) => essential !== false)!;
  const started = await start(run);
  const id = taskId(started.taskArn!);
  const place = logPlace(container, id);
  const printed = new Set<string>();
  log(`task ${id} of ${shortName(run.taskDefinitionArn)} is starting`);

  for (;;) {
    const { tasks = [] } = await explained("ecs:DescribeTasks", ecs.send(new DescribeTasksCommand({ cluster, tasks: [started.taskArn!] })));
    await follow(run, place, printed);
    const task = tasks[0];
    if (task?.lastStatus === "STOPPED") return conclude(run, task, container.name!, place);
    if (clock.now() >= run.deadline) throw new FailedError(`The task ${id} has not ended within the time limit; it is ${task?.lastStatus ?? "unknown"} and was left running, so that nothing is cut off half-way.`);
    await clock.sleep(interval);
  }
}

async function start(run: TaskRun): Promise<Task> {
  const { ecs, cluster, taskDefinitionArn, network, startedBy } = run;
  const command = new RunTaskCommand({ cluster, taskDefinition: taskDefinitionArn, launchType: "FARGATE", networkConfiguration: network, startedBy, count: 1 });
  const { tasks = [], failures = [] } = await explained("ecs:RunTask", ecs.send(command));
  if (tasks[0]) return tasks[0];
  throw new FailedError(`ECS did not start the task: ${failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(": ")).join("; ") || "no reason given"}`);
}

/** Prints log events that were not printed; their order of arrival is not guaranteed, their ids are. */
async function follow({ logs, log }: TaskRun, place: LogPlace | undefined, printed: Set<string>): Promise<void> {
  if (!place) return;
  const command = new FilterLogEventsCommand({ logGroupName: place.group, logStreamNames: [place.stream] });
  // Before the first line there is no stream: not an error.
  const { events = [] } = await logs.send(command).catch(() => ({ events: [] }));
  for (const event of events) {
    const key = event.eventId ?? `${event.timestamp} ${event.message}`;
    if (printed.has(key)) continue;
    printed.add(key);
    log(`  ${(event.message ?? "").trimEnd()}`);
  }
}

async function conclude(run: TaskRun, task: Task, containerName: string, place: LogPlace | undefined): Promise<void> {
  const stopped = summarise(task);
  const exitCode = stopped.containers.find(({ name }) => name === containerName)?.exitCode;
  if (exitCode === 0) {
    const took = task.stoppedAt && task.createdAt ? ` after ${formatDuration(task.stoppedAt.getTime() - task.createdAt.getTime())}` : "";
    return run.log(`task ${stopped.id} has ended well${took}`);
  }
  const lines = await lastLogLines(run.logs, place);
  throw new FailedError(`${describeStop(stopped)}\nIts last log lines:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}
