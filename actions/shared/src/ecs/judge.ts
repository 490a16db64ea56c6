// Whether a deployment has ended, and how: from what ECS says of ours alone. Pure.
import type { Deployment, Service, ServiceDeployment, ServiceDeploymentStatus } from "@aws-sdk/client-ecs";
import type { Outcome } from "../outcome.ts";
import { describePattern, hopelessPattern } from "./stopped-tasks.ts";
import type { StoppedTask } from "./task-ending.ts";
import { shortName } from "./task-definition.ts";

export interface Seen {
  deploymentId: string;
  previousTaskDefinitionArn: string;
  service: Service;
  /** ECS's own record of it, where there is one. */
  record: ServiceDeployment | undefined;
  /** Stops of our revision's tasks that speak against it, oldest first. */
  failures: StoppedTask[];
}

export interface Verdict {
  outcome: Outcome;
  /** In ECS's words where it has any. */
  reason: string;
}

export const ourDeployment = ({
  service,
  deploymentId,
}: Pick<Seen, "service" | "deploymentId">): Deployment | undefined =>
  service.deployments?.find(({ id }) => id === deploymentId);

export const primaryOf = (service: Service): Deployment | undefined =>
  service.deployments?.find(({ status }) => status === "PRIMARY");

export function judge(seen: Seen): Verdict | undefined {
  return judgeRecord(seen) ?? judgeService(seen);
}

type Judge = (record: ServiceDeployment, seen: Seen) => Verdict | undefined;

const rolledBack: Judge = (record) => ({ outcome: "rolled-back", reason: rollbackReason(record) });

/** A rollback is one from the moment it is asked for; waiting for its end would only cost time. */
const byStatus: Record<ServiceDeploymentStatus, Judge> = {
  PENDING: () => undefined,
  IN_PROGRESS: () => undefined,
  STOP_REQUESTED: () => undefined,
  SUCCESSFUL: (record) => ({ outcome: "succeeded", reason: record.statusReason ?? "" }),
  ROLLBACK_REQUESTED: rolledBack,
  ROLLBACK_IN_PROGRESS: rolledBack,
  ROLLBACK_SUCCESSFUL: rolledBack,
  ROLLBACK_FAILED: (record) => ({
    outcome: "failed",
    reason: `The rollback of ECS has failed too. ${rollbackReason(record)}`,
  }),
  STOPPED: (record, seen) => {
    const reason = record.statusReason ?? "It was stopped.";
    if (record.deploymentCircuitBreaker?.status === "TRIGGERED" || record.alarms?.status === "TRIGGERED")
      return { outcome: "failed", reason: rollbackReason(record) };
    return isReplaced(seen) ? superseded(seen) : { outcome: "failed", reason };
  },
};

function judgeRecord(seen: Seen): Verdict | undefined {
  const { record } = seen;
  return record?.status && Object.hasOwn(byStatus, record.status) ? byStatus[record.status](record, seen) : undefined;
}

function rollbackReason({
  rollback,
  statusReason,
  deploymentCircuitBreaker: breaker,
  alarms,
}: ServiceDeployment): string {
  const fired = alarms?.triggeredAlarmNames ?? [];
  return (
    [
      rollback?.reason ?? statusReason ?? "",
      breaker?.status === "TRIGGERED"
        ? `The circuit breaker has counted ${breaker.failureCount} of ${breaker.threshold} failures.`
        : "",
      fired.length > 0 ? `Alarms that fired: ${fired.join(", ")}.` : "",
    ]
      .filter((part) => part !== "")
      .join(" ") || "ECS gives no reason."
  );
}

function judgeService(seen: Seen): Verdict | undefined {
  const { service, failures, record } = seen;
  const ours = ourDeployment(seen);
  if (ours?.rolloutState === "FAILED") {
    const reason = ours.rolloutStateReason ?? "ECS gives no reason.";
    return { outcome: isReplaced(seen) || rollsBack(service) ? "rolled-back" : "failed", reason };
  }
  if (!ours || isReplaced(seen)) {
    // The record, where there is one, will say which of the two it is.
    if (record) return undefined;
    if (failures.length > 0 && primaryOf(service)?.taskDefinition === seen.previousTaskDefinitionArn)
      return { outcome: "rolled-back", reason: "ECS has gone back to the revision before after tasks failed." };
    return superseded(seen);
  }
  // Blue/green, canary and linear end with their bake time: only the record knows when.
  if (record && (service.deploymentConfiguration?.strategy ?? "ROLLING") !== "ROLLING") return undefined;
  if (ours.rolloutState === "COMPLETED" && (ours.runningCount ?? 0) >= (ours.desiredCount ?? 0))
    return { outcome: "succeeded", reason: ours.rolloutStateReason ?? "" };
  return hopeless(seen);
}

/** With a circuit breaker ECS ends it, and knows what to go back to; without one nobody would. */
function hopeless({ service, failures }: Seen): Verdict | undefined {
  if (service.deploymentConfiguration?.deploymentCircuitBreaker?.enable) return undefined;
  const pattern = hopelessPattern(failures);
  return (
    pattern && {
      outcome: "failed",
      reason: `Its tasks stop again and again in the same way (${describePattern(pattern)}), and the service has no circuit breaker that would end it.`,
    }
  );
}

const isReplaced = ({ service, deploymentId }: Seen): boolean => {
  const primary = primaryOf(service);
  return primary !== undefined && primary.id !== deploymentId;
};

const superseded = ({ service }: Seen): Verdict => ({
  outcome: "superseded",
  reason: `Another deployment (${shortName(primaryOf(service)?.taskDefinition)}) has taken the place of this one.`,
});

const rollsBack = ({ deploymentConfiguration: { deploymentCircuitBreaker, alarms } = {} }: Service): boolean =>
  (deploymentCircuitBreaker?.enable === true && deploymentCircuitBreaker.rollback === true) ||
  (alarms?.enable === true && alarms.rollback === true);
