// One service of a deployment, by its deployment controller: started, watched, and rolled back if the guard demands it.
import type { WatchResult } from "../../shared/src/ecs/deployment/watch-deployment.ts";
import type { ServiceResult } from "../../shared/src/ecs/report/report-result.ts";
import {
  startDeployment,
  followDeployment,
  withLogPrefix,
  type ReleaseTarget,
} from "../../shared/src/ecs/deployment/release.ts";
import { DeploymentRecord } from "../../shared/src/ecs/deployment/deployment-record.ts";
import { primaryOf } from "../../shared/src/ecs/deployment/completion.ts";
import { describeService } from "../../shared/src/ecs/service.ts";
import { shortName, type TaskDefinitionInput } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { leftRunning, waysOn, type LeftDeployment } from "../../shared/src/ecs/deployment/left-running.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { withNote } from "../../shared/src/aws.ts";
import { groupWaits, startCodeDeploy, watchCodeDeploy } from "./codedeploy.ts";
import { withAlarms } from "./inputs.ts";
import type { CodeDeployPlan, ServicePlan } from "./plan.ts";
import type { Run } from "./dependencies.ts";
import { onlyRevision } from "../../shared/src/ecs/deployment/same-revision.ts";
import { taggedContainers } from "../../shared/src/ecs/tags.ts";
import { required } from "../../shared/src/required.ts";

export function deployService(
  run: Run,
  plan: ServicePlan,
  arn: string,
  definition: TaskDefinitionInput,
): Promise<ServiceResult> {
  const target: ReleaseTarget = withLogPrefix(
    { ...run, cluster: run.inputs.cluster, service: plan.name },
    run.inputs.services.length > 1 ? plan.name : undefined,
  );
  const context = { ...run, ...target };
  if (plan.controller === "CODE_DEPLOY") return deployWithCodeDeploy(context, target, plan, arn, definition);
  if (plan.action === "unchanged") return reportUnchanged(context, plan, definition);
  return plan.action === "resume"
    ? resumeDeployment(context, target, plan, definition)
    : deployWithEcs(context, target, plan, arn, definition);
}

async function reportUnchanged(run: Run, plan: ServicePlan, definition: TaskDefinitionInput): Promise<ServiceResult> {
  run.log(`${plan.name} runs ${shortName(plan.running.arn)} already; nothing to do`);
  return {
    service: plan.name,
    previousArn: plan.running.arn,
    definition,
    arn: plan.running.arn,
    outcome: "unchanged",
    deploymentId: primaryOf(plan.service)?.id ?? "",
    result: undefined,
  };
}

async function resumeDeployment(
  run: Run,
  target: ReleaseTarget,
  plan: ServicePlan,
  definition: TaskDefinitionInput,
): Promise<ServiceResult> {
  const primary = primaryOf(plan.service);
  const id = required(primary?.id, "ecs:DescribeServices: id of the primary deployment");
  const arn = required(primary?.taskDefinition, "ecs:DescribeServices: taskDefinition of the primary deployment");
  run.log(`${plan.name}: a deployment of ${shortName(arn)} is in progress (${id}); watching it`);
  const others = plan.service.deployments?.find(({ status }) => status === "ACTIVE")?.taskDefinition ?? arn;
  const strategy = plan.service.deploymentConfiguration?.strategy;
  const record = DeploymentRecord.ofRunning({ ...target, strategy }, arn);
  const started = {
    deploymentId: id,
    record,
    knownEvents: new Set((plan.service.events ?? []).map((event) => event.id ?? "")),
  };
  return watchToEnd(run, { service: plan.name, previousArn: plan.running.arn, definition, arn, deploymentId: id }, () =>
    followDeployment(target, started, { taskDefinitionArn: arn, previousTaskDefinitionArn: others }),
  );
}

/** Only the call itself shows that it is not allowed; a revision by itself changes nothing. */
const leftAsIs = ({ name }: ServicePlan, arn: string): string =>
  `${shortName(arn)} is registered and not deployed; the service ${name} was left as it is.`;

async function deployWithEcs(
  run: Run,
  target: ReleaseTarget,
  plan: ServicePlan,
  arn: string,
  definition: TaskDefinitionInput,
): Promise<ServiceResult> {
  const { inputs } = run;
  const deploymentConfiguration = withAlarms(plan.service.deploymentConfiguration, inputs.guard);
  const change = {
    taskDefinition: arn,
    desiredCount: plan.desiredCount,
    forceNewDeployment: plan.force,
    ...(deploymentConfiguration ? { deploymentConfiguration } : {}),
    ...plan.settings,
  };
  if (plan.again !== undefined && arn === plan.running.arn)
    run.log(`${shortName(arn)} is deployed again, because ${plan.again}`);
  const started = await startDeployment(target, plan.service, change).catch((error: unknown) => {
    throw withNote(error, leftAsIs(plan, arn));
  });
  const arns = { taskDefinitionArn: arn, previousTaskDefinitionArn: plan.running.arn };
  run.onStarted({ cluster: inputs.cluster, service: plan.name, deploymentId: started.deploymentId, ...arns });
  return watchToEnd(
    run,
    { service: plan.name, previousArn: plan.running.arn, definition, arn, deploymentId: started.deploymentId },
    () => followDeployment(target, started, arns),
  );
}

/**
 * Followed where that was asked for. Who stops us from following (no longer logged in, say) gets the command to go on
 * with.
 */
async function watchToEnd(
  run: Run,
  about: Omit<ServiceResult, "outcome" | "result">,
  watch: () => Promise<WatchResult>,
  kind: LeftDeployment["kind"] = "deployment",
): Promise<ServiceResult> {
  if (!run.inputs.wait) return { ...about, outcome: "", result: undefined };
  try {
    const result = await watch();
    return { ...about, outcome: result.outcome, result };
  } catch (error) {
    const isTagged = taggedContainers(about.definition).length > 0;
    const left = { cluster: run.inputs.cluster, ...about, kind, isTagged };
    const expired = leftRunning(error, left);
    if (expired) {
      run.setOutputs({ outcome: expired.outcome, "deployment-id": about.deploymentId });
      throw expired;
    }
    if (!(error instanceof ConfigurationError)) throw error;
    const continues = `The deployment ${about.deploymentId} of ${about.service} continues without this step.`;
    throw new ConfigurationError([error.message, continues, ...waysOn(left)].join("\n"), { cause: error.cause });
  }
}

async function deployWithCodeDeploy(
  run: Run,
  release: ReleaseTarget,
  plan: CodeDeployPlan,
  arn: string,
  definition: TaskDefinitionInput,
): Promise<ServiceResult> {
  const { inputs } = run;
  const target = { ...release, codeDeploy: run.codeDeploy(), settings: inputs.codeDeploy };
  const id = await startCodeDeploy(target, plan.appSpec(arn)).catch((error: unknown) => {
    throw withNote(error, leftAsIs(plan, arn));
  });
  run.setOutputs({ "codedeploy-deployment-id": id });
  run.onStarted({
    cluster: inputs.cluster,
    service: plan.name,
    deploymentId: id,
    taskDefinitionArn: arn,
    previousTaskDefinitionArn: plan.running.arn,
    codeDeployId: id,
  });
  const about = { service: plan.name, previousArn: plan.running.arn, definition, arn, deploymentId: id };
  return watchToEnd(
    run,
    about,
    async () => {
      const decision = await watchCodeDeploy({ ...target, deadline: target.deadline + (await groupWaits(target)) }, id);
      return {
        ...decision,
        failures: [],
        service: await describeService(target, target),
        record: undefined,
        events: [],
      };
    },
    "CodeDeploy",
  );
}

/** Back to what ran before, because of what was seen after the deployment. */
export async function rollBack(run: Run, ended: ServiceResult, why: string): Promise<ServiceResult> {
  const { service, arn, previousArn } = ended;
  if (previousArn === arn) return cannotRollBack(ended, why);
  const target: ReleaseTarget = withLogPrefix(
    { ...run, cluster: run.inputs.cluster, service, deadline: run.clock.now() + run.inputs.waitMinutes * 60_000 },
    service,
  );
  target.log(`${why} Rolling back.`);
  const before = await describeService(target, target);
  const started = await startDeployment(target, before, { taskDefinition: previousArn });
  const arns = { taskDefinitionArn: previousArn, previousTaskDefinitionArn: arn };
  const ending = await followDeployment(target, started, arns).catch((error: unknown) => {
    const { cluster } = run.inputs;
    const { deploymentId } = started;
    throw (
      leftRunning(error, { cluster, service, arn: previousArn, previousArn: arn, deploymentId, kind: "rollback" }) ??
      error
    );
  });
  const outcome = ending.outcome === "succeeded" ? "rolled-back" : "failed";
  const reason =
    outcome === "rolled-back"
      ? `${why} It was rolled back to ${shortName(previousArn)}.`
      : `${why} The rollback to ${shortName(previousArn)} did not succeed: ${ending.reason}`;
  return { ...ended, outcome, result: { ...ending, outcome, reason } };
}

/** A deployment of the revision that ran before: what is different is behind a tag, which ECS resolves anew each time. */
function cannotRollBack(ended: ServiceResult, why: string): ServiceResult {
  const reason = `${why} It was not rolled back, because ${onlyRevision(ended.arn)}`;
  return { ...ended, outcome: "failed", result: ended.result && { ...ended.result, outcome: "failed", reason } };
}
