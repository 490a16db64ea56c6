// How a deployment or rollback ended: outputs, summary, and an error where it did not go well.
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { formatDuration, type Clock } from "../../clock.ts";
import { FailedError } from "../../errors.ts";
import type { Outcome } from "../../outcome.ts";
import { appendSummary, factTable, type Log } from "../../report.ts";
import { explainResult } from "./explain-result.ts";
import { shortName, type TaskDefinitionInput } from "../task-definition/task-definition.ts";
import type { WatchResult } from "../deployment/watch-deployment.ts";

/** One service at the end; an empty outcome was not waited for. */
export interface ServiceResult {
  service: string;
  arn: string;
  previousArn: string;
  definition: TaskDefinitionInput;
  outcome: Outcome | "";
  deploymentId: string;
  result: WatchResult | undefined;
}

export interface ReportContext {
  logs: CloudWatchLogsClient;
  clock: Clock;
  log: Log;
  setOutputs: (outputs: Record<string, string | number>) => void;
  cluster: string;
  /** Milliseconds since the epoch. */
  started: number;
  /** "deployed", "rolled back": what has been done when it went well. */
  done: string;
  /** More facts of one service for summary and outputs. */
  facts?: (service: string) => Record<string, string>;
}

/** The worst first: that of several services counts. */
const outcomeSeverity: (Outcome | "")[] = [
  "failed",
  "rolled-back",
  "timed-out",
  "superseded",
  "cancelled",
  "",
  "succeeded",
  "unchanged",
];

/**
 * @throws FailedError with the explanation of every service that did not end well, after outputs and summary are
 * written.
 */
export async function reportResults(context: ReportContext, ended: ServiceResult[]): Promise<Outcome | ""> {
  const outcome = outcomeSeverity.find((one) => ended.some((service) => service.outcome === one)) ?? "";
  const each = ended.map((one) => ({
    service: one.service,
    outcome: one.outcome,
    "deployment-id": one.deploymentId,
    "task-definition-arn": one.arn,
    "previous-task-definition-arn": one.previousArn,
    ...context.facts?.(one.service),
  }));
  context.setOutputs({
    "deployment-id": ended[0]?.deploymentId ?? "",
    outcome,
    duration: Math.round((context.clock.now() - context.started) / 1000),
    services: JSON.stringify(each),
  });
  const problems: string[] = [];
  for (const one of ended) problems.push(...(await reportResult(context, one)));
  if (problems.length > 0)
    throw new FailedError(problems.join("\n\n"), { outcome: outcome === "" ? "failed" : outcome });
  return outcome;
}

async function reportResult(
  context: ReportContext,
  { service, definition, arn, previousArn, outcome, deploymentId, result }: ServiceResult,
): Promise<string[]> {
  const took = formatDuration(context.clock.now() - context.started);
  const facts = {
    Revision: shortName(arn),
    Before: shortName(previousArn),
    Deployment: deploymentId,
    Time: took,
    ...context.facts?.(service),
  };
  if (outcome === "unchanged") {
    await appendSummary(`### ${service}: unchanged\n\n${factTable({ Revision: shortName(arn) })}`);
    return [];
  }
  if (!result) {
    await appendSummary(`### ${service}: deployment started\n\n${factTable(facts)}`);
    return [];
  }
  if (outcome === "succeeded") {
    const { runningCount = 0, desiredCount = 0 } = result.service;
    const nothing = desiredCount === 0 ? "; its desired count is 0, so that nothing runs" : "";
    context.log(`${service} runs ${shortName(arn)}: ${runningCount} of ${desiredCount} tasks, after ${took}${nothing}`);
    await appendSummary(
      `### ${service}: ${context.done}\n\n${factTable({ ...facts, Tasks: `${runningCount} of ${desiredCount}${nothing}` })}`,
    );
    return [];
  }
  const explanation = await explainResult(result, {
    logs: context.logs,
    cluster: context.cluster,
    service,
    definition,
    revision: shortName(arn),
  });
  await appendSummary(`### ${service}: ${outcome}\n\n${factTable(facts)}\n\n${explanation.markdown}`);
  return [explanation.text];
}
