// One service to one revision: updated, followed to its end.
import type { ECSClient, Service } from "@aws-sdk/client-ecs";
import type { Session } from "../aws.ts";
import { updateService, type ServiceChange, type Started } from "./update-service.ts";
import { shortName } from "./task-definition.ts";
import { watchDeployment, type Ending } from "./watch-deployment.ts";

export interface ReleaseTarget extends Session {
  ecs: ECSClient;
  cluster: string;
  service: string;
}

export async function begin(target: ReleaseTarget, before: Service, change: ServiceChange): Promise<Started> {
  const started = await updateService(target, before, change);
  const count = change.desiredCount === undefined ? "" : ` with ${change.desiredCount} tasks`;
  target.log(
    `${shortName(before.taskDefinition)} → ${shortName(change.taskDefinition)}${count}, deployment ${started.deploymentId}`,
  );
  return started;
}

export function follow(
  target: ReleaseTarget,
  started: Started,
  arns: { taskDefinitionArn: string; previousTaskDefinitionArn: string },
): Promise<Ending> {
  return watchDeployment({ ...target, ...started, ...arns });
}

/** Log lines of one of several services begin with its name. */
export function prefixed<T extends Session>(target: T, name: string | undefined): T {
  return name === undefined ? target : { ...target, log: (line: string) => target.log(`${name}: ${line}`) };
}
