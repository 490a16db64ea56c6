// What happened to a service, in one sentence, for the heading of its section.
import type { Outcome } from "../../outcome.ts";
import { markup, type Markup } from "../../summary/markup.ts";
import { primaryOf, taskCounts } from "../deployment/completion.ts";
import type { WatchResult } from "../deployment/watch-deployment.ts";
import { failedContainer } from "../tasks/stopped-task.ts";

export interface Happened {
  service: string;
  outcome: Outcome | "";
  arn: string;
  previousArn: string;
  deploymentId: string;
  result: WatchResult | undefined;
  done: "deployed" | "rolled back";
  /** "3 min 20 s" */
  took: string;
}

/** "revision 42" of an ARN or family:revision. */
export const revisionOf = (arn: string): string => {
  const number = /:(\d+)$/.exec(arn)?.[1];
  return number === undefined ? (arn.split("/").at(-1) ?? arn) : `revision ${number}`;
};

export function headlineOf(happened: Happened): Markup {
  const { service, outcome, arn, previousArn, result, done, took } = happened;
  const revision = revisionOf(arn);
  const isRollback = done === "rolled back";
  const subject = isRollback ? `rollback to ${revision}` : revision;
  const primary = result && primaryOf(result.service)?.taskDefinition;
  const other = primary === arn ? undefined : primary;
  const sentences: Record<Outcome | "", () => string> = {
    succeeded: () => `${isRollback ? `rolled back to ${revision}` : `${revision} deployed`}${tasksOf(happened)}`,
    unchanged: () => `already runs ${revision}, nothing was changed`,
    "": () => `${isRollback ? "" : "deployment of "}${subject} started, not waited for`,
    failed: () => `${subject} failed${causeOf(result)}`,
    "rolled-back": () =>
      `${subject} failed and was rolled back to ${revisionOf(other ?? previousArn)}${causeOf(result)}`,
    superseded: () => `${subject} was superseded${other === undefined ? "" : ` by ${revisionOf(other)}`}`,
    "timed-out": () => `${subject} did not reach a steady state within ${took}`,
    cancelled: () => `${subject} was cancelled`,
  };
  return markup`${service}: ${sentences[outcome]()}`;
}

/** ", 3 of 3 tasks running" */
function tasksOf({ result, deploymentId }: Happened): string {
  if (!result) return "";
  const { runningCount, desiredCount } = taskCounts(result.service, deploymentId);
  return desiredCount === 0 ? ", desired count 0" : `, ${runningCount} of ${desiredCount} tasks running`;
}

/** ": container api exited with code 78" */
function causeOf(result: WatchResult | undefined): string {
  if (!result) return "";
  const alarms = result.record?.alarms?.triggeredAlarmNames ?? [];
  if (alarms.length > 0) return `: alarms fired: ${alarms.join(", ")}`;
  const task = result.failures.at(-1);
  if (!task) return "";
  const name = failedContainer(task);
  const code = task.containers.find((container) => container.name === name)?.exitCode;
  if (name !== undefined && code !== undefined) return `: container ${name} exited with code ${code}`;
  // "CannotPullContainerError: pull image manifest …"
  const kind = /^[A-Za-z]+(?=:)/.exec(task.reason)?.[0];
  return `: task failed to start${kind === undefined ? "" : ` (${kind})`}`;
}
