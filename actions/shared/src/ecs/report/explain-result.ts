// What went wrong, for the person on call: which container, how it ended, its last lines, what is running, what to do.
import type { Service } from "@aws-sdk/client-ecs";
import { commandLine } from "../../command-line.ts";
import type { Outcome } from "../../outcome.ts";
import { oneLine, quotedLines } from "../../printable.ts";
import { codeBlock, command, type Facts } from "../../summary/blocks.ts";
import { logsLink } from "../../summary/console-links.ts";
import { code, markup, type Markup } from "../../summary/markup.ts";
import { adviceFor } from "./advice.ts";
import {
  failedContainer,
  describeStop,
  lastLogLines,
  logStreamOf,
  type LogsClients,
  type StoppedTask,
} from "../tasks/stopped-task.ts";
import { shortName, type TaskDefinitionInput } from "../task-definition/task-definition.ts";
import type { WatchResult } from "../deployment/watch-deployment.ts";

const headlines: Record<Outcome, string> = {
  succeeded: "is running",
  unchanged: "is already running",
  failed: "did not reach a steady state",
  "rolled-back": "failed and was rolled back",
  superseded: "was superseded by another deployment",
  "timed-out": "did not reach a steady state in time; ECS continues the deployment",
  cancelled: "was cancelled",
};

/** The same for the log and for the summary. */
interface Evidence {
  text: string;
  /** Lines of a log or events, which come last: an annotation has no room for all of them. */
  quoted: string[];
  facts: Facts;
  /** Into the console. */
  links: Markup[];
  content: Markup[];
}

export type Explanation = Omit<Evidence, "quoted">;

export interface ExplainContext {
  logs: LogsClients;
  cluster: string;
  service: string;
  definition: TaskDefinitionInput;
  /** ARN of the revision. */
  arn: string;
}

export async function explainResult(result: WatchResult, context: ExplainContext): Promise<Explanation> {
  const revision = shortName(context.arn);
  const why = oneLine(result.reason);
  const headline = [`${context.service}: ${revision} ${headlines[result.outcome]}.`, why].filter(Boolean).join(" ");
  const breaker = result.record?.deploymentCircuitBreaker;
  const counted = breaker?.failureCount ? `${breaker.failureCount} of ${breaker.threshold} failures` : undefined;
  const isCounted = counted === undefined || result.reason.includes("circuit breaker has counted");
  const last = result.failures.at(-1);
  // Without a stopped task the service's events are all there is.
  const evidence = last ? await explainStop(last, result.failures.length, context) : describeEvents(result.events);
  const running = describeRunning(result.service);
  const steps = nextSteps(result, context);
  return {
    text: [
      headline,
      ...(isCounted ? [] : [`Circuit breaker: ${counted}.`]),
      evidence.text,
      `Currently running: ${running}.`,
      ...steps.map(({ purpose, line }) => `${purpose}: ${line}`),
      ...evidence.quoted,
    ]
      .filter(Boolean)
      .join("\n"),
    facts: {
      Reason: [why, ...(isCounted ? [] : [`Circuit breaker: ${counted}.`])].filter(Boolean).join(" "),
      ...evidence.facts,
      "Currently running": running,
    },
    links: evidence.links,
    content: [...evidence.content, ...steps.map(({ purpose, line }) => command(`${purpose}:`, line))],
  };
}

async function explainStop(task: StoppedTask, count: number, context: ExplainContext): Promise<Evidence> {
  const container = failedContainer(task) ?? "unknown";
  const definition = context.definition.containerDefinitions?.find(({ name }) => name === container);
  const stream = logStreamOf(definition, task.id);
  const lines = quotedLines(await lastLogLines(context.logs, stream));
  const stop = describeStop(task);
  const advice = adviceFor(task);
  const title = `Last log lines of container ${container}:`;
  const counted = `${stop} (${count} such ${count === 1 ? "task" : "tasks"})`;
  return {
    text: [counted, ...(advice ? [`What to do: ${advice}`] : [])].join("\n"),
    quoted: [title, ...lines.map((line) => `  ${line}`)],
    facts: { "Stopped task": counted, "What to do": advice, "Log group": stream && code(stream.group) },
    links: stream
      ? [
          logsLink("log group", context.arn, { group: stream.group, region: stream.region }),
          logsLink("log of the stopped task", context.arn, stream),
        ].filter((link) => link !== undefined)
      : [],
    content: [markup`Last log lines of container ${code(container)}:`, codeBlock(lines.join("\n"), { keep: "last" })],
  };
}

function describeEvents(events: string[]): Evidence {
  const lines = quotedLines(events.slice(-3));
  if (lines.length === 0) return { text: "", quoted: [], facts: {}, links: [], content: [] };
  return {
    text: "",
    quoted: ["Recent ECS events:", ...lines.map((line) => `  ${line}`)],
    facts: {},
    links: [],
    content: [markup`Recent ECS events:`, codeBlock(lines.join("\n"), { keep: "last" })],
  };
}

export function describeRunning(service: Service): string {
  const running = (service.deployments ?? []).filter(({ runningCount = 0 }) => runningCount > 0);
  if (running.length === 0) return "nothing";
  return running
    .map(
      ({ taskDefinition, runningCount }) =>
        `${shortName(taskDefinition)} (${runningCount} ${runningCount === 1 ? "task" : "tasks"})`,
    )
    .join(", ");
}

/** What to do where ECS has not put the service right, with the command that does it. */
function nextSteps(
  { outcome, service, record }: WatchResult,
  context: ExplainContext,
): { purpose: string; line: string }[] {
  if (outcome === "rolled-back" || outcome === "superseded") return [];
  const hook = record?.lifecycleHookDetails?.find(({ status }) => status === "AWAITING_ACTION");
  if (hook) {
    const options = `--service-deployment-arn ${record?.serviceDeploymentArn} --hook-id ${hook.hookId} --action CONTINUE`;
    return [
      {
        purpose: `The hook ${hook.hookId} waits for a decision (CONTINUE or ROLLBACK)`,
        line: `aws ecs continue-service-deployment ${options}`,
      },
    ];
  }
  if (outcome !== "failed" && outcome !== "timed-out") return [];
  const target = { cluster: context.cluster, service: context.service };
  const others = (service.deployments ?? []).some(
    ({ taskDefinition }) => shortName(taskDefinition) !== shortName(context.arn),
  );
  return [
    { purpose: "To roll back to the last healthy revision", line: commandLine("rollback", target) },
    ...(others
      ? []
      : [{ purpose: "To see why it does not reach a steady state", line: commandLine("explain", target) }]),
  ];
}
