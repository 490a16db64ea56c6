// How many tasks a deployment needs, and how many may fail: by the deployment configuration of the service. Pure.
import type { Deployment, DeploymentCircuitBreaker, Service, ThresholdConfiguration } from "@aws-sdk/client-ecs";

export const primaryOf = (service: Service): Deployment | undefined =>
  service.deployments?.find(({ status }) => status === "PRIMARY");

/**
 * Tasks with which ECS calls a deployment complete: all of them, or with early success criteria a share, rounded up. The
 * others start afterwards, outside of the deployment.
 * Source: Amazon ECS developer guide, "Complete Amazon ECS rolling deployments early with early success criteria".
 */
export function tasksNeeded(service: Service, desiredCount: number): number {
  const { enable, healthyPercent = 100 } = service.deploymentConfiguration?.earlySuccessCriteria ?? {};
  return enable === true ? Math.ceil((desiredCount * healthyPercent) / 100) : desiredCount;
}

/** Behind a Classic Load Balancer a deployment has no rollout state; there it is complete when it is alone. */
function isRolledOut({ deployments = [] }: Service, { rolloutState }: Deployment): boolean {
  return rolloutState === undefined ? deployments.length === 1 : rolloutState === "COMPLETED";
}

/** Whether ECS calls a deployment complete, and enough of its tasks run. */
export function isDeploymentComplete(service: Service, deployment: Deployment): boolean {
  const { runningCount = 0, desiredCount = 0 } = deployment;
  return isRolledOut(service, deployment) && runningCount >= tasksNeeded(service, desiredCount);
}

export function isComplete(service: Service): boolean {
  const primary = primaryOf(service);
  return primary !== undefined && isDeploymentComplete(service, primary);
}

/**
 * The tasks of a deployment, by its ID. Those of the service include tasks of earlier deployments, which early success may
 * leave for later; they are all there is where CodeDeploy deploys.
 */
export function taskCounts(service: Service, deploymentId: string): { runningCount: number; desiredCount: number } {
  const { runningCount = 0, desiredCount = 0 } = service.deployments?.find(({ id }) => id === deploymentId) ?? service;
  return { runningCount, desiredCount };
}

type ThresholdRule = (value: number, desiredCount: number) => number;

const share: ThresholdRule = (value, desiredCount) => Math.ceil((desiredCount * value) / 100);
const bounded: ThresholdRule = (value, desiredCount) => Math.min(200, Math.max(3, share(value, desiredCount)));

/** By type of a threshold; a type that is new is counted like the default, as far as it matters here. */
const thresholds: Record<NonNullable<ThresholdConfiguration["type"]>, ThresholdRule> = {
  BOUNDED_PERCENT: bounded,
  UNBOUNDED_PERCENT: (value, desiredCount) => Math.max(1, share(value, desiredCount)),
  COUNT: (value) => value,
};

/**
 * Failures after which ECS's circuit breaker ends a deployment. Without a configuration: half of the desired count.
 * Source: Amazon ECS API reference, ThresholdConfiguration.
 */
export function breakerThreshold(breaker: DeploymentCircuitBreaker | undefined, desiredCount: number): number {
  const { type = "BOUNDED_PERCENT", value = 50 } = breaker?.thresholdConfiguration ?? {};
  return (Object.hasOwn(thresholds, type) ? thresholds[type] : bounded)(value, desiredCount);
}
