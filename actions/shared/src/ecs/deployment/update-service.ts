// The write that starts a deployment: exactly one UpdateService takes effect, even if its response is lost.
import {
  DescribeServicesCommand,
  UpdateServiceCommand,
  type ECSClient,
  type Service,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import { isThrottled, isTransient, withRetry, type RetryContext } from "../../aws.ts";
import { FailedError } from "../../errors.ts";
import { primaryOf } from "./completion.ts";
import { DeploymentRecord } from "./deployment-record.ts";
import { required } from "../../required.ts";

export interface UpdateTarget extends RetryContext {
  ecs: ECSClient;
  cluster: string;
  service: string;
}

export interface StartedUpdate {
  deploymentId: string;
  record: DeploymentRecord;
  /** Events that were there before. */
  knownEvents: Set<string>;
}

export type ServiceChange = Omit<UpdateServiceCommandInput, "cluster" | "service"> & { taskDefinition: string };

/** @param before the service as it was; what changes from there is our doing. */
export async function updateService(
  target: UpdateTarget,
  before: Service,
  change: ServiceChange,
): Promise<StartedUpdate> {
  const watched = { ...target, strategy: before.deploymentConfiguration?.strategy };
  const known = await DeploymentRecord.known(watched);
  const after = await update(target, before, change);
  const id = primaryOf(after)?.id;
  if (id === undefined)
    throw new FailedError(`The response of ecs:UpdateService has no deployment of ${target.service}.`);
  const knownEvents = new Set((before.events ?? []).map((event) => event.id ?? ""));
  return { deploymentId: id, record: DeploymentRecord.ofUpdate(watched, known, change.taskDefinition), knownEvents };
}

async function update(target: UpdateTarget, before: Service, change: ServiceChange): Promise<Service> {
  const { ecs, cluster, service } = target;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const send = () => ecs.send(new UpdateServiceCommand({ ...change, cluster, service }));
      // A throttled call certainly had no effect and may be retried.
      const answer = await withRetry(target, "ecs:UpdateService", send, isThrottled);
      return required(answer.service, "ecs:UpdateService: service");
    } catch (error) {
      // The response was lost: the update may or may not have been applied.
      if (!isTransient(error) || isThrottled(error) || attempt === 3) throw error;
      const done = await findAppliedUpdate(target, before, change);
      if (done) return done;
      target.log("the response of ecs:UpdateService was lost, and it had no effect; retrying");
    }
  }
}

async function findAppliedUpdate(
  target: UpdateTarget,
  before: Service,
  change: ServiceChange,
): Promise<Service | undefined> {
  const { ecs, cluster, service } = target;
  await target.clock.sleep(1000);
  const { services = [] } = await withRetry(target, "ecs:DescribeServices", () =>
    ecs.send(new DescribeServicesCommand({ cluster, services: [service] })),
  );
  const primary = services[0] && primaryOf(services[0]);
  const isOurs = primary?.taskDefinition === change.taskDefinition && primary.id !== primaryOf(before)?.id;
  if (isOurs) target.log("the response of ecs:UpdateService was lost, but it took effect");
  return isOurs ? services[0] : undefined;
}
