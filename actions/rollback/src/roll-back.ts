// One service back to its target: a deployment in flight is undone by ECS itself where it leads there, else replaced.
import {
  ContinueServiceDeploymentCommand,
  StopServiceDeploymentCommand,
  TagResourceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  type ServiceDeployment,
} from "@aws-sdk/client-ecs";
import { goOnWithout, isAccessDenied, isTransient, toUserError, withNote, withRetry } from "../../shared/src/aws.ts";
import type { ServiceResult } from "../../shared/src/ecs/report/report-result.ts";
import { primaryOf } from "../../shared/src/ecs/deployment/completion.ts";
import { PollScheduler } from "../../shared/src/ecs/deployment/poll-scheduler.ts";
import {
  startDeployment,
  followDeployment,
  withLogPrefix,
  type ReleaseTarget,
} from "../../shared/src/ecs/deployment/release.ts";
import { leftRunning } from "../../shared/src/ecs/deployment/left-running.ts";
import { DeploymentRecord } from "../../shared/src/ecs/deployment/deployment-record.ts";
import { schemaOf, tagsOf } from "../../shared/src/ecs/task-definition/database-schema.ts";
import { describeService } from "../../shared/src/ecs/service.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import type { WatchResult } from "../../shared/src/ecs/deployment/watch-deployment.ts";
import { tagValue } from "../../shared/src/ecs/tag-value.ts";
import { rolledBackTag } from "../../shared/src/ecs/task-definition/marks.ts";
import type { ServicePlan } from "./plan.ts";
import { warn } from "../../shared/src/warn.ts";
import type { Run } from "./dependencies.ts";
import { required } from "../../shared/src/required.ts";

export interface RollbackResult extends ServiceResult {
  /** What did not go back with the revision. */
  warning?: string | undefined;
}

export async function rollBack(run: Run, plan: ServicePlan): Promise<RollbackResult> {
  const {
    name,
    service,
    running,
    target: { revision },
  } = plan;
  const target: ReleaseTarget = withLogPrefix(
    { ...run, cluster: run.inputs.cluster, service: name },
    run.inputs.services.length > 1 ? name : undefined,
  );
  const about = { service: name, arn: revision.arn, previousArn: running.arn, definition: revision.definition };
  if (plan.action === "unchanged")
    return { ...about, outcome: "unchanged", deploymentId: primaryOf(service)?.id ?? "", result: undefined };

  const stopped = plan.inFlight ? await requestEcsRollback(target, plan) : undefined;
  const follow = async (deploymentId: string, watch: () => Promise<WatchResult>): Promise<RollbackResult> => {
    await markRevisions(run, target, plan);
    const result = await watch().catch((error: unknown) => {
      const expired = leftRunning(error, { ...about, cluster: run.inputs.cluster, deploymentId, kind: "rollback" });
      if (expired) run.setOutputs({ outcome: expired.outcome, "deployment-id": deploymentId });
      throw expired ?? error;
    });
    return { ...about, outcome: result.outcome, deploymentId, result };
  };
  if (stopped) return follow(stopped, () => followEcsRollback(target, stopped));
  const started = await startDeployment(target, service, { taskDefinition: revision.arn }).catch((error: unknown) => {
    throw withNote(error, `The service ${name} was left as it is.`);
  });
  // ECS's own rollback, above, goes back to the digests of its service revision.
  warnMovingTags(run, plan);
  const result = await follow(started.deploymentId, () =>
    followDeployment(target, started, { taskDefinitionArn: revision.arn, previousTaskDefinitionArn: running.arn }),
  );
  return { ...result, warning: plan.movingTags };
}

function warnMovingTags(run: Run, { name, movingTags }: ServicePlan): void {
  if (movingTags === undefined) return;
  warn(run, "moving tag", `${name}: ${movingTags}`);
}

/**
 * The one that is left is not healthy, for the next who asks; the one that comes now lives with the schema as it is.
 */
async function markRevisions(
  run: Run,
  target: ReleaseTarget,
  { running, target: { revision } }: ServicePlan,
): Promise<void> {
  const reason =
    run.inputs.reason === undefined ? [] : [{ key: "deploy:rolled-back-reason", value: tagValue(run.inputs.reason) }];
  const left = [{ key: rolledBackTag, value: new Date(run.clock.now()).toISOString() }, ...reason];
  const contracted = schemaOf(running.tags)?.contracted;
  const deployedWith = schemaOf(revision.tags);
  const schema = tagsOf(deployedWith && { ...deployedWith, contracted }).filter(
    ({ key, value }) => revision.tags.get(key) !== value,
  );
  try {
    await withRetry(target, "ecs:TagResource", () =>
      target.ecs.send(new TagResourceCommand({ resourceArn: running.arn, tags: left })),
    );
    if (schema.length > 0)
      await withRetry(target, "ecs:TagResource", () =>
        target.ecs.send(new TagResourceCommand({ resourceArn: revision.arn, tags: schema })),
      );
  } catch (error) {
    // The rollback itself is under way: it does not fail for a note about it.
    const consequence = `${shortName(running.arn)} is not marked as rolled back, so that a later rollback may choose it`;
    if (isAccessDenied(error)) return goOnWithout(target, "ecs:TagResource", error, consequence);
    target.log(
      `${shortName(running.arn)} could not be marked as rolled back: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
  }
}

/** Requests a rollback of the deployment in flight, if that leads to the target. @returns the ARN of its record. */
async function requestEcsRollback(
  target: ReleaseTarget,
  { running, target: { revision } }: ServicePlan,
): Promise<string | undefined> {
  try {
    const record = await DeploymentRecord.ofRunning(target, running.arn).look(() => undefined);
    if (
      !record ||
      !["PENDING", "IN_PROGRESS"].includes(record.status ?? "") ||
      !(await rollsBackTo(target, record, revision.arn))
    )
      return undefined;
    const serviceDeploymentArn = required(record.serviceDeploymentArn, "ecs:DescribeServiceDeployments: ARN");
    const hook = record.lifecycleHookDetails?.find(({ status }) => status === "AWAITING_ACTION");
    if (hook?.hookId) {
      await withRetry(target, "ecs:ContinueServiceDeployment", () =>
        target.ecs.send(
          new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId: hook.hookId, action: "ROLLBACK" }),
        ),
      );
      target.log(`the hook ${hook.hookId} was waiting for a decision: answered with ROLLBACK`);
    } else {
      await withRetry(target, "ecs:StopServiceDeployment", () =>
        target.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ROLLBACK" })),
      );
      target.log(`the deployment of ${shortName(running.arn)} is in flight: ECS is stopping it and rolling it back`);
    }
    return serviceDeploymentArn;
  } catch (error) {
    const consequence = "the deployment in flight is not undone by ECS itself; the target is deployed in its place";
    goOnWithout(target, "ecs:StopServiceDeployment", error, consequence);
    return undefined;
  }
}

/** Whether ECS's own rollback, to the revision that its deployment started from, leads to the target. */
async function rollsBackTo(
  target: ReleaseTarget,
  { sourceServiceRevisions = [] }: ServiceDeployment,
  arn: string,
): Promise<boolean> {
  const serviceRevisionArns = sourceServiceRevisions.flatMap((source) => source.arn ?? []);
  if (serviceRevisionArns.length !== 1) return false;
  const { serviceRevisions = [] } = await withRetry(target, "ecs:DescribeServiceRevisions", () =>
    target.ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns })),
  );
  return serviceRevisions[0]?.taskDefinition === arn;
}

/** Final statuses of a deployment whose rollback was requested. */
const rollbackOutcomes: Record<string, WatchResult["outcome"]> = {
  ROLLBACK_SUCCESSFUL: "succeeded",
  ROLLBACK_FAILED: "failed",
  SUCCESSFUL: "failed",
  STOPPED: "failed",
};

async function followEcsRollback(target: ReleaseTarget, serviceDeploymentArn: string): Promise<WatchResult> {
  const scheduler = new PollScheduler(target.clock);
  let last = "";
  for (;;) {
    try {
      scheduler.recordCall();
      const { serviceDeployments = [] } = await target.ecs.send(
        new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [serviceDeploymentArn] }),
      );
      const record = serviceDeployments[0];
      const line = `ECS status: ${record?.status ?? "unknown"}`;
      if (line !== last) target.log(line);
      last = line;
      const outcome = rollbackOutcomes[record?.status ?? ""];
      const reason =
        outcome === "failed" ? `ECS reports ${record?.status}: ${record?.statusReason ?? "no reason given"}` : "";
      if (outcome) return await toResult(target, outcome, reason, record);
    } catch (error) {
      if (!isTransient(error)) throw toUserError("ecs:DescribeServiceDeployments", error);
    }
    if (target.clock.now() >= target.deadline)
      return toResult(target, "timed-out", `The time limit has passed. Last seen: ${last}`, undefined);
    await target.clock.sleep(Math.min(scheduler.nextDelay(false), Math.max(target.deadline - target.clock.now(), 1)));
  }
}

async function toResult(
  target: ReleaseTarget,
  outcome: WatchResult["outcome"],
  reason: string,
  record: ServiceDeployment | undefined,
): Promise<WatchResult> {
  return { outcome, reason, failures: [], service: await describeService(target, target), record, events: [] };
}
