// How a deployment or rollback ended: outputs, summary, and an error unless it succeeded.
import { formatDuration, type Clock } from "../../clock.ts";
import { FailedError } from "../../errors.ts";
import type { Outcome } from "../../outcome.ts";
import type { Log } from "../../report.ts";
import { markExplained } from "../../summary/failure.ts";
import { markup, type Markup } from "../../summary/markup.ts";
import type { Section } from "../../summary/section.ts";
import { appendSummary } from "../../summary/write.ts";
import type { LogsClients } from "../tasks/stopped-task.ts";
import { taskCounts } from "../deployment/completion.ts";
import { explainResult } from "./explain-result.ts";
import type { Happened } from "./headline.ts";
import { serviceSection, statusOf, type ServiceDetails } from "./service-section.ts";
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
  logs: LogsClients;
  clock: Clock;
  log: Log;
  setOutputs: (outputs: Record<string, string | number>) => void;
  cluster: string;
  /** Milliseconds since the epoch. */
  started: number;
  done: Happened["done"];
  /** More facts of one service, for the output services. */
  facts?: (service: string) => Record<string, string>;
  /** More facts of one service, for the summary. */
  details: (service: string) => ServiceDetails;
  /** The inputs of the step, for the end of the summary. */
  shownInputs?: Markup | undefined;
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
 * Writes outputs and summary.
 *
 * @throws FailedError with the explanation of every service that did not succeed.
 */
export async function reportResults(context: ReportContext, results: ServiceResult[]): Promise<Outcome | ""> {
  const outcome = outcomeSeverity.find((one) => results.some((service) => service.outcome === one)) ?? "";
  const each = results.map((one) => ({
    service: one.service,
    outcome: one.outcome,
    "deployment-id": one.deploymentId,
    "task-definition-arn": one.arn,
    "previous-task-definition-arn": one.previousArn,
    ...context.facts?.(one.service),
  }));
  context.setOutputs({
    "deployment-id": results[0]?.deploymentId ?? "",
    outcome,
    duration: Math.round((context.clock.now() - context.started) / 1000),
    services: JSON.stringify(each),
  });
  const reports: Report[] = [];
  for (const one of results) reports.push(await reportResult(context, one));
  await writeSummary(context, reports, outcome);
  const problems = reports.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0)
    throw markExplained(new FailedError(problems.join("\n\n"), { outcome: outcome === "" ? "failed" : outcome }));
  return outcome;
}

interface Report {
  service: string;
  outcome: Outcome | "";
  section: Section;
  isDone: boolean;
  /** undefined: it succeeded, or was not waited for. */
  problem: string | undefined;
}

async function reportResult(context: ReportContext, one: ServiceResult): Promise<Report> {
  const { service, definition, arn, outcome, result } = one;
  const took = formatDuration(context.clock.now() - context.started);
  const isDone = outcome === "succeeded" || outcome === "unchanged";
  if (outcome === "succeeded" && result) {
    const { runningCount, desiredCount } = taskCounts(result.service, one.deploymentId);
    const nothing = desiredCount === 0 ? "; its desired count is 0, so that nothing runs" : "";
    context.log(`${service} runs ${shortName(arn)}: ${runningCount} of ${desiredCount} tasks, after ${took}${nothing}`);
  }
  const explanation =
    isDone || !result
      ? undefined
      : await explainResult(result, { logs: context.logs, cluster: context.cluster, service, definition, arn });
  const { cluster, done } = context;
  const section = serviceSection({ ...one, cluster, done, took, explanation, details: context.details(service) });
  return { service, outcome, section, isDone, problem: explanation?.text };
}

/** One service is the summary; of several each is a part, below what became of all. */
async function writeSummary(context: ReportContext, reports: Report[], outcome: Outcome | ""): Promise<void> {
  const [first] = reports;
  if (!first) return;
  if (reports.length === 1) return appendSummary({ ...first.section, end: context.shownInputs });
  const bySeverity = reports.toSorted(
    (a, b) => outcomeSeverity.indexOf(a.outcome) - outcomeSeverity.indexOf(b.outcome),
  );
  await appendSummary({
    status: statusOf(outcome),
    title: markup`${context.cluster}: ${headlineOfAll(context, reports)}`,
    content: [],
    parts: bySeverity.map(({ section }) => section),
    end: context.shownInputs,
  });
}

/** "1 of 2 services deployed; ml failed" */
function headlineOfAll({ done }: ReportContext, reports: Report[]): string {
  const all = `${reports.length} services`;
  if (reports.every(({ outcome }) => outcome === "unchanged")) return `${all} unchanged`;
  if (reports.every(({ outcome }) => outcome === "")) return `${all} started, not waited for`;
  const others = reports
    .filter(({ isDone }) => !isDone)
    .map(({ service, outcome }) => `; ${service} ${outcome === "" ? "not waited for" : outcome.replace("-", " ")}`);
  return `${reports.length - others.length} of ${all} ${done}${others.join("")}`;
}
