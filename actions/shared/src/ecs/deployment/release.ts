// One service to one revision: updated, followed to its end.
import type { ECSClient, Service } from "@aws-sdk/client-ecs";
import type { RetryContext } from "../../aws.ts";
import { updateService, type ServiceChange, type StartedUpdate } from "./update-service.ts";
import { shortName } from "../task-definition/task-definition.ts";
import { watchDeployment, type WatchResult } from "./watch-deployment.ts";

export interface ReleaseTarget extends RetryContext {
  ecs: ECSClient;
  cluster: string;
  service: string;
}

export async function startDeployment(
  target: ReleaseTarget,
  before: Service,
  change: ServiceChange,
): Promise<StartedUpdate> {
  const started = await updateService(target, before, change);
  const count = change.desiredCount === undefined ? "" : ` with ${change.desiredCount} tasks`;
  target.log(
    `${shortName(before.taskDefinition)} → ${shortName(change.taskDefinition)}${count}, deployment ${started.deploymentId}`,
  );
  return started;
}

export function followDeployment(
  target: ReleaseTarget,
  started: StartedUpdate,
  arns: { taskDefinitionArn: string; previousTaskDefinitionArn: string },
): Promise<WatchResult> {
  return watchDeployment({ ...target, ...started, ...arns });
}

/** Log lines of one of several services begin with its name. */
export function withLogPrefix<T extends RetryContext>(target: T, name: string | undefined): T {
  return name === undefined ? target : { ...target, log: (line: string) => target.log(`${name}: ${line}`) };
}
