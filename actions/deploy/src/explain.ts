// What went wrong, for the person who is woken by it: which container, how it ended, its last lines, what runs now.
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { culprit, describeStop, lastLogLines, logPlace, type StoppedTask } from "../../shared/src/ecs/stopped-tasks.ts";
import { shortName, type Registrable } from "../../shared/src/ecs/task-definition.ts";
import type { Ending, Outcome } from "../../shared/src/ecs/watch-deployment.ts";
import { codeBlock } from "../../shared/src/report.ts";

const headlines: Record<Exclude<Outcome, "succeeded">, string> = {
  failed: "did not become steady",
  "rolled-back": "failed and was rolled back by ECS",
  superseded: "was overtaken by another deployment",
  "timed-out": "was not steady in time; it goes on without us",
};

export async function explainEnding(
  ending: Ending,
  about: { logs: CloudWatchLogsClient; service: string; definition: Registrable; revision: string },
): Promise<{ text: string; markdown: string }> {
  const headline = `${about.service}: ${about.revision} ${headlines[ending.outcome as Exclude<Outcome, "succeeded">]}. ${ending.reason}`;
  const now = `What runs now: ${whatRuns(ending)}.`;
  const last = ending.failures.at(-1);
  if (!last) return { text: `${headline}\n${now}`, markdown: `${headline}\n\n${now}` };

  const { container, lines } = await lastWords(last, about);
  const stop = describeStop(last);
  const title = `Last log lines of container ${container}:`;
  return {
    text: [headline, `${stop} (${ending.failures.length} such tasks)`, title, ...lines.map((line) => `  ${line}`), now].join("\n"),
    markdown: [headline, stop, title, codeBlock(lines.join("\n")), now].join("\n\n"),
  };
}

async function lastWords(task: StoppedTask, about: { logs: CloudWatchLogsClient; definition: Registrable }): Promise<{ container: string; lines: string[] }> {
  const container = culprit(task) ?? "unknown";
  const definition = about.definition.containerDefinitions?.find(({ name }) => name === container);
  return { container, lines: await lastLogLines(about.logs, logPlace(definition, task.id)) };
}

function whatRuns({ service }: Ending): string {
  const running = (service.deployments ?? []).filter(({ runningCount = 0 }) => runningCount > 0);
  if (running.length === 0) return "nothing";
  return running.map(({ taskDefinition, runningCount }) => `${shortName(taskDefinition)} (${runningCount} tasks)`).join(", ");
}
