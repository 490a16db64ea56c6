// What went wrong, for the person who is woken by it: which container, how it ended, its last lines, what runs now,
// what to do.
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { Service } from "@aws-sdk/client-ecs";
import { commandLine } from "../../command-line.ts";
import type { Outcome } from "../../outcome.ts";
import { codeBlock } from "../../report.ts";
import { adviceFor } from "./advice.ts";
import { failedContainer, describeStop, lastLogLines, logStreamOf, type StoppedTask } from "../tasks/stopped-task.ts";
import { shortName, type TaskDefinitionInput } from "../task-definition/task-definition.ts";
import type { WatchResult } from "../deployment/watch-deployment.ts";

const headlines: Record<Outcome, string> = {
  succeeded: "runs",
  unchanged: "runs already",
  failed: "did not become steady",
  "rolled-back": "failed and was rolled back",
  superseded: "was overtaken by another deployment",
  "timed-out": "was not steady in time; it goes on without us",
  cancelled: "was cancelled",
};

export interface Explanation {
  text: string;
  markdown: string;
}

export interface ExplainContext {
  logs: CloudWatchLogsClient;
  cluster: string;
  service: string;
  definition: TaskDefinitionInput;
  revision: string;
}

export async function explainResult(ending: WatchResult, about: ExplainContext): Promise<Explanation> {
  const headline = [`${about.service}: ${about.revision} ${headlines[ending.outcome]}.`, ending.reason]
    .filter(Boolean)
    .join(" ");
  const breaker = ending.record?.deploymentCircuitBreaker;
  const counted =
    breaker?.failureCount && !ending.reason.includes("circuit breaker has counted")
      ? [`Circuit breaker: ${breaker.failureCount} of ${breaker.threshold} failures.`]
      : [];
  const last = ending.failures.at(-1);
  // Without a stopped task the service's own words are all there is.
  const evidence = last ? await explainStop(last, ending.failures.length, about) : describeEvents(ending.events);
  const after = [`What runs now: ${describeRunning(ending.service)}.`, ...nextSteps(ending, about)];
  return {
    text: [headline, ...counted, evidence.text, ...after].filter(Boolean).join("\n"),
    markdown: [headline, ...counted, evidence.markdown, ...after].filter(Boolean).join("\n\n"),
  };
}

async function explainStop(task: StoppedTask, count: number, about: ExplainContext): Promise<Explanation> {
  const { container, lines } = await lastLogs(task, about);
  const stop = describeStop(task);
  const advice = adviceFor(task);
  const title = `Last log lines of container ${container}:`;
  const what = advice ? [`What to do: ${advice}`] : [];
  return {
    text: [`${stop} (${count} such tasks)`, title, ...lines.map((line) => `  ${line}`), ...what].join("\n"),
    markdown: [stop, title, codeBlock(lines.join("\n")), ...what].join("\n\n"),
  };
}

function describeEvents(events: string[]): Explanation {
  const lines = events.slice(-3);
  if (lines.length === 0) return { text: "", markdown: "" };
  return {
    text: ["ECS said last:", ...lines.map((line) => `  ${line}`)].join("\n"),
    markdown: `ECS said last:\n\n${codeBlock(lines.join("\n"))}`,
  };
}

async function lastLogs(
  task: StoppedTask,
  about: Pick<ExplainContext, "logs" | "definition">,
): Promise<{ container: string; lines: string[] }> {
  const container = failedContainer(task) ?? "unknown";
  const definition = about.definition.containerDefinitions?.find(({ name }) => name === container);
  return { container, lines: await lastLogLines(about.logs, logStreamOf(definition, task.id)) };
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

/** Where nothing has put the service right yet, the command that does. */
function nextSteps({ outcome, service, record }: WatchResult, about: ExplainContext): string[] {
  if (outcome === "rolled-back" || outcome === "superseded") return [];
  const hook = record?.lifecycleHookDetails?.find(({ status }) => status === "AWAITING_ACTION");
  if (record && hook)
    return [
      `The hook ${hook.hookId} waits for a decision: aws ecs continue-service-deployment --service-deployment-arn ${record.serviceDeploymentArn} --hook-id ${hook.hookId} --action CONTINUE (or ROLLBACK)`,
    ];
  const target = { cluster: about.cluster, service: about.service };
  const explain = `To see why it is not steady: ${commandLine("explain", target)}`;
  const others = (service.deployments ?? []).some(({ taskDefinition }) => shortName(taskDefinition) !== about.revision);
  return outcome === "failed" || outcome === "timed-out"
    ? [
        `To go back to the last revision that was healthy: ${commandLine("rollback", target)}`,
        ...(others ? [] : [explain]),
      ]
    : [];
}
