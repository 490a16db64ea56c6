// One service back to its target: a deployment in flight is undone by ECS itself where it leads there, else replaced.
import {
  ContinueServiceDeploymentCommand,
  StopServiceDeploymentCommand,
  TagResourceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  type ServiceDeployment,
} from "@aws-sdk/client-ecs";
import { explain, isTransient, isUnavailable, persist } from "../../shared/src/aws.ts";
import type { Ended } from "../../shared/src/ecs/conclude.ts";
import { primaryOf } from "../../shared/src/ecs/judge.ts";
import { Pace } from "../../shared/src/ecs/pace.ts";
import { begin, follow, prefixed, type ReleaseTarget } from "../../shared/src/ecs/release.ts";
import { RolloutRecord } from "../../shared/src/ecs/rollout-record.ts";
import { schemaOf, tagsOf } from "../../shared/src/ecs/schema.ts";
import { describeService } from "../../shared/src/ecs/source.ts";
import { shortName } from "../../shared/src/ecs/task-definition.ts";
import type { Ending } from "../../shared/src/ecs/watch-deployment.ts";
import { rolledBackTag } from "./choose-target.ts";
import type { ServicePlan } from "./plan.ts";
import type { Run } from "./tools.ts";

export async function rollBack(run: Run, plan: ServicePlan): Promise<Ended> {
  const {
    name,
    service,
    running,
    target: { revision },
  } = plan;
  const target: ReleaseTarget = prefixed(
    { ...run, cluster: run.inputs.cluster, service: name },
    run.inputs.services.length > 1 ? name : undefined,
  );
  const about = { service: name, arn: revision.arn, previousArn: running.arn, definition: revision.definition };
  if (plan.action === "unchanged")
    return { ...about, outcome: "unchanged", deploymentId: primaryOf(service)?.id ?? "", ending: undefined };

  const stopped = plan.inFlight ? await undoneByEcs(target, plan) : undefined;
  if (stopped) {
    await mark(run, target, plan);
    const ending = await followUndoing(target, stopped);
    return { ...about, outcome: ending.outcome, deploymentId: stopped, ending };
  }
  const started = await begin(target, service, { taskDefinition: revision.arn });
  await mark(run, target, plan);
  const ending = await follow(target, started, {
    taskDefinitionArn: revision.arn,
    previousTaskDefinitionArn: running.arn,
  });
  return { ...about, outcome: ending.outcome, deploymentId: started.deploymentId, ending };
}

/** The one that is left is not healthy, for the next who asks; the one that comes now lives with the schema as it is. */
async function mark(run: Run, target: ReleaseTarget, { running, target: { revision } }: ServicePlan): Promise<void> {
  const reason =
    run.inputs.reason === undefined ? [] : [{ key: "deploy:rolled-back-reason", value: tagValue(run.inputs.reason) }];
  const left = [{ key: rolledBackTag, value: new Date(run.clock.now()).toISOString() }, ...reason];
  const contracted = schemaOf(running.tags)?.contracted;
  const schema = tagsOf(schemaOf(revision.tags) && { ...schemaOf(revision.tags)!, contracted }).filter(
    ({ key, value }) => revision.tags.get(key) !== value,
  );
  try {
    await persist(target, "ecs:TagResource", () =>
      target.ecs.send(new TagResourceCommand({ resourceArn: running.arn, tags: left })),
    );
    if (schema.length > 0)
      await persist(target, "ecs:TagResource", () =>
        target.ecs.send(new TagResourceCommand({ resourceArn: revision.arn, tags: schema })),
      );
  } catch (error) {
    // The rollback itself is under way: it does not fail for a note about it.
    target.log(
      `${shortName(running.arn)} could not be marked as rolled back: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
  }
}

/** Of what ECS takes in a tag: letters, numbers, spaces and + - = . _ : / @, 256 characters. */
const tagValue = (text: string): string =>
  text
    .replaceAll(/[^\p{L}\p{N}\s+\-=._:/@]/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 256);

/** Asks ECS to undo the deployment that it is doing, where that leads to the target. @returns the ARN of its record. */
async function undoneByEcs(
  target: ReleaseTarget,
  { running, target: { revision } }: ServicePlan,
): Promise<string | undefined> {
  try {
    const record = await RolloutRecord.ofRunning(target, running.arn).look(() => undefined);
    if (
      !record ||
      !["PENDING", "IN_PROGRESS"].includes(record.status ?? "") ||
      !(await leadsTo(target, record, revision.arn))
    )
      return undefined;
    const serviceDeploymentArn = record.serviceDeploymentArn!;
    const hook = record.lifecycleHookDetails?.find(({ status }) => status === "AWAITING_ACTION");
    if (hook?.hookId) {
      await persist(target, "ecs:ContinueServiceDeployment", () =>
        target.ecs.send(
          new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId: hook.hookId, action: "ROLLBACK" }),
        ),
      );
      target.log(`the hook ${hook.hookId} waited for a decision; it is rollback`);
    } else {
      await persist(target, "ecs:StopServiceDeployment", () =>
        target.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ROLLBACK" })),
      );
      target.log(`the deployment of ${shortName(running.arn)} is in flight: ECS stops it and rolls it back`);
    }
    return serviceDeploymentArn;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return undefined;
  }
}

/** ECS goes back to where its deployment came from. */
async function leadsTo(
  target: ReleaseTarget,
  { sourceServiceRevisions = [] }: ServiceDeployment,
  arn: string,
): Promise<boolean> {
  const serviceRevisionArns = sourceServiceRevisions.flatMap((source) => source.arn ?? []);
  if (serviceRevisionArns.length !== 1) return false;
  const { serviceRevisions = [] } = await persist(target, "ecs:DescribeServiceRevisions", () =>
    target.ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns })),
  );
  return serviceRevisions[0]?.taskDefinition === arn;
}

async function followUndoing(target: ReleaseTarget, serviceDeploymentArn: string): Promise<Ending> {
  const pace = new Pace(target.clock);
  let last = "";
  for (;;) {
    try {
      pace.called();
      const { serviceDeployments = [] } = await target.ecs.send(
        new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [serviceDeploymentArn] }),
      );
      const record = serviceDeployments[0];
      const line = `ECS says ${record?.status ?? "nothing"}`;
      if (line !== last) target.log(line);
      last = line;
      const outcome =
        record?.status === "ROLLBACK_SUCCESSFUL"
          ? "succeeded"
          : record?.status === "ROLLBACK_FAILED" || record?.status === "SUCCESSFUL" || record?.status === "STOPPED"
            ? "failed"
            : undefined;
      if (outcome)
        return await ended(
          target,
          outcome,
          outcome === "failed" ? `ECS says ${record!.status}: ${record!.statusReason ?? "no reason given"}` : "",
          record,
        );
    } catch (error) {
      if (!isTransient(error)) throw explain("ecs:DescribeServiceDeployments", error);
    }
    if (target.clock.now() >= target.deadline)
      return ended(target, "timed-out", `The time limit has passed. Last seen: ${last}`, undefined);
    await target.clock.sleep(Math.min(pace.wait(false), Math.max(target.deadline - target.clock.now(), 1)));
  }
}

async function ended(
  target: ReleaseTarget,
  outcome: Ending["outcome"],
  reason: string,
  record: ServiceDeployment | undefined,
): Promise<Ending> {
  return { outcome, reason, failures: [], service: await describeService(target, target), record, events: [] };
}
