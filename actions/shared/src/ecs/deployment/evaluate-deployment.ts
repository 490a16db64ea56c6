// Whether our deployment has ended, and how, from what ECS reports about it alone. Pure.
import type { Deployment, Service, ServiceDeployment, ServiceDeploymentStatus } from "@aws-sdk/client-ecs";
import type { Outcome } from "../../outcome.ts";
import { describePattern, crashLoopPattern } from "../tasks/stopped-tasks.ts";
import type { StoppedTask } from "../tasks/stopped-task.ts";
import { shortName } from "../task-definition/task-definition.ts";
import { breakerThreshold, isDeploymentComplete, primaryOf } from "./completion.ts";

export interface DeploymentSnapshot {
  deploymentId: string;
  previousTaskDefinitionArn: string;
  service: Service;
  /** ECS's own record of it, where there is one. */
  record: ServiceDeployment | undefined;
  /** Stops of our revision's tasks that speak against it, oldest first. */
  failures: StoppedTask[];
  /** The role may not see tasks: that there are no failures says nothing. */
  isBlind?: boolean;
}

export interface Decision {
  outcome: Outcome;
  /** In ECS's words where it has any. */
  reason: string;
}

export const ourDeployment = ({
  service,
  deploymentId,
}: Pick<DeploymentSnapshot, "service" | "deploymentId">): Deployment | undefined =>
  service.deployments?.find(({ id }) => id === deploymentId);

export function evaluateDeployment(snapshot: DeploymentSnapshot): Decision | undefined {
  return evaluateRecord(snapshot) ?? evaluateService(snapshot);
}

type StatusRule = (record: ServiceDeployment, snapshot: DeploymentSnapshot) => Decision | undefined;

const rolledBack: StatusRule = (record) => ({ outcome: "rolled-back", reason: rollbackReason(record) });

/** A rollback counts from the moment it is requested; waiting for its end would only cost time. */
const byStatus: Record<ServiceDeploymentStatus, StatusRule> = {
  PENDING: () => undefined,
  IN_PROGRESS: () => undefined,
  STOP_REQUESTED: () => undefined,
  SUCCESSFUL: (record) => ({ outcome: "succeeded", reason: record.statusReason ?? "" }),
  ROLLBACK_REQUESTED: rolledBack,
  ROLLBACK_IN_PROGRESS: rolledBack,
  ROLLBACK_SUCCESSFUL: rolledBack,
  ROLLBACK_FAILED: (record) => ({
    outcome: "failed",
    reason: `ECS's rollback has failed too. ${rollbackReason(record)}`,
  }),
  STOPPED: (record, snapshot) => {
    const reason = record.statusReason ?? "It was stopped.";
    if (record.deploymentCircuitBreaker?.status === "TRIGGERED" || record.alarms?.status === "TRIGGERED")
      return { outcome: "failed", reason: rollbackReason(record) };
    return isReplaced(snapshot) ? superseded(snapshot) : { outcome: "failed", reason };
  },
};

function evaluateRecord(snapshot: DeploymentSnapshot): Decision | undefined {
  const { record } = snapshot;
  return record?.status && Object.hasOwn(byStatus, record.status)
    ? byStatus[record.status](record, snapshot)
    : undefined;
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

function evaluateService(snapshot: DeploymentSnapshot): Decision | undefined {
  const { service, record } = snapshot;
  const ours = ourDeployment(snapshot);
  if (ours?.rolloutState === "FAILED") {
    const reason = ours.rolloutStateReason ?? "ECS gives no reason.";
    return { outcome: isReplaced(snapshot) || rollsBack(service) ? "rolled-back" : "failed", reason };
  }
  // Where there is a record, it will say whether ours was rolled back or superseded.
  if (!ours || isReplaced(snapshot)) return record ? undefined : evaluateReplaced(snapshot);
  // Blue/green, canary and linear end with their bake time: only the record knows when.
  if (record && (service.deploymentConfiguration?.strategy ?? "ROLLING") !== "ROLLING") return undefined;
  if (isDeploymentComplete(service, ours)) return { outcome: "succeeded", reason: ours.rolloutStateReason ?? "" };
  return crashLooping(snapshot);
}

/** Another deployment is the primary one: ECS's rollback where tasks had failed and it is of the previous revision. */
function evaluateReplaced(snapshot: DeploymentSnapshot): Decision {
  const { service, failures, previousTaskDefinitionArn } = snapshot;
  if (failures.length > 0 && primaryOf(service)?.taskDefinition === previousTaskDefinitionArn)
    return { outcome: "rolled-back", reason: "ECS rolled back to the previous revision after tasks failed." };
  return superseded(snapshot);
}

/** With a circuit breaker ECS ends the deployment and knows what to roll back to; without one, nothing would end it. */
function crashLooping(snapshot: DeploymentSnapshot): Decision | undefined {
  const { service, failures } = snapshot;
  if (service.deploymentConfiguration?.deploymentCircuitBreaker?.enable) return undefined;
  if (snapshot.isBlind) return failedInARow(snapshot);
  const pattern = crashLoopPattern(failures);
  return (
    pattern && {
      outcome: "failed",
      reason: `Its tasks keep stopping in the same way (${describePattern(pattern)}), and the service has no circuit breaker that would end the deployment.`,
    }
  );
}

/**
 * What a circuit breaker would decide, where the tasks themselves cannot be seen: `failedTasks` counts those that failed
 * in a row (API reference of Deployment).
 */
function failedInARow(snapshot: DeploymentSnapshot): Decision | undefined {
  const { failedTasks = 0, desiredCount = 0 } = ourDeployment(snapshot) ?? {};
  const breaker = snapshot.service.deploymentConfiguration?.deploymentCircuitBreaker;
  if (failedTasks < breakerThreshold(breaker, desiredCount)) return undefined;
  return {
    outcome: "failed",
    reason: `${failedTasks} of its tasks failed in a row, and the service has no circuit breaker that would end the deployment. Why they failed is unknown, because the role may not see tasks.`,
  };
}

const isReplaced = ({ service, deploymentId }: DeploymentSnapshot): boolean => {
  const primary = primaryOf(service);
  return primary !== undefined && primary.id !== deploymentId;
};

const superseded = ({ service }: DeploymentSnapshot): Decision => ({
  outcome: "superseded",
  reason: `Another deployment (${shortName(primaryOf(service)?.taskDefinition)}) has replaced this one.`,
});

const rollsBack = ({ deploymentConfiguration: { deploymentCircuitBreaker, alarms } = {} }: Service): boolean =>
  (deploymentCircuitBreaker?.enable === true && deploymentCircuitBreaker.rollback === true) ||
  (alarms?.enable === true && alarms.rollback === true);
