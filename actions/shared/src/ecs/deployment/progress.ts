// Progress of a deployment: one log line for each change.
import type { Deployment, ServiceDeployment } from "@aws-sdk/client-ecs";

export function progressLine(ours: Deployment | undefined, record: ServiceDeployment | undefined): string {
  return [ours ? counts(ours) : "our deployment is no longer listed", ...(record ? details(record) : [])].join("; ");
}

function counts({
  desiredCount = 0,
  runningCount = 0,
  pendingCount = 0,
  failedTasks = 0,
  rolloutState,
}: Deployment): string {
  const failed = failedTasks > 0 ? `, ${failedTasks} failed` : "";
  return `${runningCount} of ${desiredCount} running, ${pendingCount} pending${failed} (${rolloutState ?? "no rollout state"})`;
}

function details(record: ServiceDeployment): string[] {
  const {
    status,
    lifecycleStage,
    deploymentCircuitBreaker: breaker,
    alarms,
    targetServiceRevision: target,
    deploymentConfiguration,
    lifecycleHookDetails = [],
  } = record;
  const shifts = (deploymentConfiguration?.strategy ?? "ROLLING") !== "ROLLING";
  const waiting = lifecycleHookDetails
    .filter(({ status: hook }) => hook === "AWAITING_ACTION")
    .map(({ hookId }) => hookId);
  return [
    status !== "IN_PROGRESS" && status !== "PENDING" ? `ECS status ${status}` : "",
    shifts && lifecycleStage ? lifecycleStage.toLowerCase().replaceAll("_", " ") : "",
    shifts && target?.requestedProductionTrafficWeight !== undefined
      ? `${target.requestedProductionTrafficWeight} % of the traffic`
      : "",
    breaker?.failureCount ? `circuit breaker ${breaker.failureCount} of ${breaker.threshold}` : "",
    alarms?.triggeredAlarmNames?.length ? `alarms fired: ${alarms.triggeredAlarmNames.join(", ")}` : "",
    waiting.length > 0 ? `a lifecycle hook is waiting for a decision (${waiting.join(", ")})` : "",
  ].filter((part) => part !== "");
}
