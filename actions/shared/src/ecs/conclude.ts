// How a deployment or rollback ended: outputs, summary, and an error where it did not go well.
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { formatDuration, type Clock } from "../clock.ts";
import { FailedError } from "../errors.ts";
import type { Outcome } from "../outcome.ts";
import { appendSummary, factTable, type Log } from "../report.ts";
import { explainEnding } from "./explain-ending.ts";
import { shortName, type Registrable } from "./task-definition.ts";
import type { Ending } from "./watch-deployment.ts";

/** One service at the end; an empty outcome was not waited for. */
export interface Ended {
  service: string;
  arn: string;
  previousArn: string;
  definition: Registrable;
  outcome: Outcome | "";
  deploymentId: string;
  ending: Ending | undefined;
}

export interface Told {
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
const badness: (Outcome | "")[] = [
  "failed",
  "rolled-back",
  "timed-out",
  "superseded",
  "cancelled",
  "",
  "succeeded",
  "unchanged",
];

/** @throws FailedError with the explanation of every service that did not end well, after outputs and summary are written. */
export async function concludeAll(told: Told, ended: Ended[]): Promise<Outcome | ""> {
  const outcome = badness.find((one) => ended.some((service) => service.outcome === one)) ?? "";
  const each = ended.map((one) => ({
    service: one.service,
    outcome: one.outcome,
    "deployment-id": one.deploymentId,
    "task-definition-arn": one.arn,
    "previous-task-definition-arn": one.previousArn,
    ...told.facts?.(one.service),
  }));
  told.setOutputs({
    "deployment-id": ended[0]?.deploymentId ?? "",
    outcome,
    duration: Math.round((told.clock.now() - told.started) / 1000),
    services: JSON.stringify(each),
  });
  const problems: string[] = [];
  for (const one of ended) problems.push(...(await concludeOne(told, one)));
  if (problems.length > 0)
    throw new FailedError(problems.join("\n\n"), { outcome: outcome === "" ? "failed" : outcome });
  return outcome;
}

async function concludeOne(
  told: Told,
  { service, definition, arn, previousArn, outcome, deploymentId, ending }: Ended,
): Promise<string[]> {
  const took = formatDuration(told.clock.now() - told.started);
  const facts = {
    Revision: shortName(arn),
    Before: shortName(previousArn),
    Deployment: deploymentId,
    Time: took,
    ...told.facts?.(service),
  };
  if (outcome === "unchanged") {
    await appendSummary(`### ${service}: unchanged\n\n${factTable({ Revision: shortName(arn) })}`);
    return [];
  }
  if (!ending) {
    await appendSummary(`### ${service}: deployment started\n\n${factTable(facts)}`);
    return [];
  }
  if (outcome === "succeeded") {
    const { runningCount = 0, desiredCount = 0 } = ending.service;
    const nothing = desiredCount === 0 ? "; its desired count is 0, so that nothing runs" : "";
    told.log(`${service} runs ${shortName(arn)}: ${runningCount} of ${desiredCount} tasks, after ${took}${nothing}`);
    await appendSummary(
      `### ${service}: ${told.done}\n\n${factTable({ ...facts, Tasks: `${runningCount} of ${desiredCount}${nothing}` })}`,
    );
    return [];
  }
  const explanation = await explainEnding(ending, {
    logs: told.logs,
    cluster: told.cluster,
    service,
    definition,
    revision: shortName(arn),
  });
  await appendSummary(`### ${service}: ${outcome}\n\n${factTable(facts)}\n\n${explanation.markdown}`);
  return [explanation.text];
}
