// One task, run to its end, with its log as it comes.
import { randomUUID } from "node:crypto";
import { FilterLogEventsCommand, type CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeTasksCommand,
  RunTaskCommand,
  type ECSClient,
  type RunTaskCommandInput,
  type Task,
} from "@aws-sdk/client-ecs";
import { goOnWithout, isAccessDenied, withRetry, type RetryContext } from "../../aws.ts";
import { formatDuration } from "../../clock.ts";
import { ConfigurationError, FailedError } from "../../errors.ts";
import { quotedLines } from "../../printable.ts";
import { withoutCommands } from "../../runner-commands.ts";
import { adviceFor } from "../report/advice.ts";
import {
  describeStop,
  lastLogLines,
  logStreamOf,
  toStoppedTask,
  taskId,
  type LogStream,
  type LogsClients,
} from "./stopped-task.ts";
import { shortName, type TaskDefinitionInput } from "../task-definition/task-definition.ts";

export interface TaskRun extends RetryContext {
  ecs: ECSClient;
  logs: LogsClients;
  cluster: string;
  taskDefinitionArn: string;
  definition: TaskDefinitionInput;
  /** Where and how it runs: network, launch type or capacity providers, overrides, tags. */
  settings: Omit<RunTaskCommandInput, "cluster" | "taskDefinition" | "clientToken" | "count">;
  /** Whose exit code decides; undefined: the first essential one. */
  container?: string | undefined;
}

const interval = 2000;

/** Starts it once, however often the answer gets lost on its way: ECS knows the token. Returns its ARN. */
export async function startTask(run: TaskRun): Promise<string> {
  const { ecs, cluster, taskDefinitionArn, settings } = run;
  const command = { ...settings, cluster, taskDefinition: taskDefinitionArn, clientToken: randomUUID(), count: 1 };
  const { tasks = [], failures = [] } = await withRetry(run, "ecs:RunTask", () =>
    ecs.send(new RunTaskCommand(command)),
  );
  const started = tasks[0]?.taskArn;
  if (started === undefined)
    throw new FailedError(
      `ECS did not start the task: ${failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(": ")).join("; ") || "no reason given"}`,
    );
  run.log(`task ${taskId(started)} of ${shortName(taskDefinitionArn)} is starting`);
  return started;
}

/**
 * Ends when the task has stopped with exit code 0 in the container that decides; anything else is an error that explains
 * why. Returns what it wrote.
 */
export const followTask = (run: TaskRun, arn: string): Promise<string[]> => withoutCommands(() => follow(run, arn));

async function follow(run: TaskRun, arn: string): Promise<string[]> {
  const { ecs, clock, cluster } = run;
  const container = decidingContainer(run);
  const id = taskId(arn);
  const place = logStreamOf(container, id);
  const watcher = new LogFollower(run, place);
  for (;;) {
    const { tasks = [] } = await withRetry(run, "ecs:DescribeTasks", () =>
      ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] })),
    );
    await watcher.read();
    const task = tasks[0];
    if (task?.lastStatus === "STOPPED") {
      await checkExit(run, task, container.name ?? "", place);
      return watcher.lines;
    }
    if (clock.now() >= run.deadline) {
      throw new FailedError(
        `The task ${id} did not finish within the time limit; it is ${task?.lastStatus ?? "unknown"} and was left running, so that nothing is interrupted half-way.`,
        { outcome: "timed-out" },
      );
    }
    await clock.sleep(interval);
  }
}

/** @param onStarted is called with the task's ARN as soon as there is one. */
export async function runTask(run: TaskRun, onStarted: (arn: string) => void = () => undefined): Promise<string[]> {
  decidingContainer(run);
  const arn = await startTask(run);
  onStarted(arn);
  return followTask(run, arn);
}

function decidingContainer({
  definition,
  container,
}: TaskRun): NonNullable<TaskDefinitionInput["containerDefinitions"]>[number] {
  const { containerDefinitions: containers = [] } = definition;
  const found =
    container === undefined
      ? containers.find(({ essential }) => essential !== false)
      : containers.find(({ name }) => name === container);
  if (!found)
    throw new ConfigurationError(
      `${definition.family} has no container "${container}". Its containers: ${containers.map(({ name }) => name).join(", ")}.`,
    );
  return found;
}

/** Prints log events that were not printed; their order of arrival is not guaranteed, their ids are. */
class LogFollower {
  readonly lines: string[] = [];
  private readonly run: TaskRun;
  private readonly place: LogStream | undefined;
  private readonly logs: CloudWatchLogsClient;
  private readonly printed = new Set<string>();
  private refused = false;

  constructor(run: TaskRun, place: LogStream | undefined) {
    this.run = run;
    this.place = place;
    this.logs = run.logs(place?.region);
    if (!place) run.log("  (its log cannot be shown: the container does not log through awslogs)");
  }

  async read(): Promise<void> {
    if (!this.place || this.refused) return;
    const { log } = this.run;
    const { group, stream } = this.place;
    // Before the first line there is no stream: not an error.
    const { events = [] } = await this.logs
      .send(new FilterLogEventsCommand({ logGroupName: group, logStreamNames: [stream] }))
      .catch((error: unknown) => {
        if (isAccessDenied(error))
          goOnWithout(
            this.run,
            "logs:FilterLogEvents",
            error,
            "the log of the task is not shown, and what a migration reports about the schema is unknown",
          );
        this.refused = isAccessDenied(error);
        return { events: [] };
      });
    for (const event of events) {
      const key = event.eventId ?? `${event.timestamp} ${event.message}`;
      if (this.printed.has(key)) continue;
      this.printed.add(key);
      this.lines.push((event.message ?? "").trimEnd());
      log(`  ${this.lines.at(-1)}`);
    }
  }
}

async function checkExit(run: TaskRun, task: Task, containerName: string, place: LogStream | undefined): Promise<void> {
  const stopped = toStoppedTask(task);
  const exitCode = stopped.containers.find(({ name }) => name === containerName)?.exitCode;
  if (exitCode === 0) {
    const took =
      task.stoppedAt && task.createdAt
        ? ` after ${formatDuration(task.stoppedAt.getTime() - task.createdAt.getTime())}`
        : "";
    return run.log(`task ${stopped.id} succeeded${took}`);
  }
  const lines = quotedLines(await lastLogLines(run.logs, place));
  const advice = adviceFor(stopped);
  throw new FailedError(
    [
      describeStop(stopped),
      ...(advice ? [`What to do: ${advice}`] : []),
      "Its last log lines:",
      ...lines.map((line) => `  ${line}`),
    ].join("\n"),
  );
}
