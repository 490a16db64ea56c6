// One service of a deployment, by the controller that it has: begun, followed, and taken back where the guard says so.
import { commandLine } from "../../shared/src/command-line.ts";
import type { Ending } from "../../shared/src/ecs/watch-deployment.ts";
import type { Ended } from "../../shared/src/ecs/conclude.ts";
import { begin, follow, prefixed, type ReleaseTarget } from "../../shared/src/ecs/release.ts";
import { RolloutRecord } from "../../shared/src/ecs/rollout-record.ts";
import { primaryOf } from "../../shared/src/ecs/judge.ts";
import { describeService } from "../../shared/src/ecs/source.ts";
import { shortName, type Registrable } from "../../shared/src/ecs/task-definition.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { groupWaits, startCodeDeploy, watchCodeDeploy } from "./codedeploy.ts";
import { withAlarms } from "./inputs.ts";
import type { ServicePlan } from "./plan.ts";
import type { Run } from "./tools.ts";

export function deployService(run: Run, plan: ServicePlan, arn: string, definition: Registrable): Promise<Ended> {
  const target: ReleaseTarget = prefixed(
    { ...run, cluster: run.inputs.cluster, service: plan.name },
    run.inputs.services.length > 1 ? plan.name : undefined,
  );
  const told = { ...run, ...target };
  if (plan.controller === "CODE_DEPLOY") return byCodeDeploy(told, target, plan, arn, definition);
  if (plan.action === "unchanged") return unchanged(told, plan, definition);
  return plan.action === "resume"
    ? resumed(told, target, plan, definition)
    : byEcs(told, target, plan, arn, definition);
}

async function unchanged(run: Run, plan: ServicePlan, definition: Registrable): Promise<Ended> {
  run.log(`${plan.name} runs this already: ${shortName(plan.running.arn)}; nothing to do`);
  return {
    service: plan.name,
    previousArn: plan.running.arn,
    definition,
    arn: plan.running.arn,
    outcome: "unchanged",
    deploymentId: primaryOf(plan.service)!.id!,
    ending: undefined,
  };
}

async function resumed(run: Run, target: ReleaseTarget, plan: ServicePlan, definition: Registrable): Promise<Ended> {
  const { id, taskDefinition: arn } = primaryOf(plan.service)!;
  run.log(`${plan.name}: a deployment of ${shortName(arn)} is under way (${id}); following it`);
  const others = plan.service.deployments?.find(({ status }) => status === "ACTIVE")?.taskDefinition ?? arn!;
  const record = RolloutRecord.ofRunning(target, arn!);
  const started = {
    deploymentId: id!,
    record,
    knownEvents: new Set((plan.service.events ?? []).map((event) => event.id ?? "")),
  };
  return finish(
    run,
    { service: plan.name, previousArn: plan.running.arn, definition, arn: arn!, deploymentId: id! },
    () => follow(target, started, { taskDefinitionArn: arn!, previousTaskDefinitionArn: others }),
  );
}

async function byEcs(
  run: Run,
  target: ReleaseTarget,
  plan: ServicePlan,
  arn: string,
  definition: Registrable,
): Promise<Ended> {
  const { inputs } = run;
  const deploymentConfiguration = withAlarms(plan.service.deploymentConfiguration, inputs.guard);
  const started = await begin(target, plan.service, {
    taskDefinition: arn,
    desiredCount: plan.desiredCount,
    forceNewDeployment: plan.force,
    ...(deploymentConfiguration ? { deploymentConfiguration } : {}),
    ...(inputs.propagateTags ? { propagateTags: inputs.propagateTags } : {}),
    ...(inputs.managedTags === undefined ? {} : { enableECSManagedTags: inputs.managedTags }),
    ...(inputs.volumes ? { volumeConfigurations: inputs.volumes } : {}),
  });
  const arns = { taskDefinitionArn: arn, previousTaskDefinitionArn: plan.running.arn };
  run.remember({ cluster: inputs.cluster, service: plan.name, deploymentId: started.deploymentId, ...arns });
  return finish(
    run,
    { service: plan.name, previousArn: plan.running.arn, definition, arn, deploymentId: started.deploymentId },
    () => follow(target, started, arns),
  );
}

/** Followed where that was asked for. Who stops us from following (no longer logged in, say) gets the command to go on with. */
async function finish(
  run: Run,
  about: Omit<Ended, "outcome" | "ending">,
  watch: () => Promise<Ending>,
): Promise<Ended> {
  if (!run.inputs.wait) return { ...about, outcome: "", ending: undefined };
  try {
    const ending = await watch();
    return { ...about, outcome: ending.outcome, ending };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const again = commandLine("deploy", {
      cluster: run.inputs.cluster,
      service: about.service,
      "task-definition": shortName(about.arn),
      "wait-for-service-stability": "true",
    });
    throw new ConfigurationError(
      `${error.message}\nThe deployment ${about.deploymentId} of ${about.service} goes on without us. To follow it again, with credentials that work: ${again}`,
      { cause: error },
    );
  }
}

async function byCodeDeploy(
  run: Run,
  release: ReleaseTarget,
  plan: ServicePlan,
  arn: string,
  definition: Registrable,
): Promise<Ended> {
  const { inputs } = run;
  const target = { ...release, codeDeploy: run.codeDeploy(), settings: inputs.codeDeploy };
  const id = await startCodeDeploy(target, plan.appSpec!(arn));
  run.setOutputs({ "codedeploy-deployment-id": id });
  run.remember({
    cluster: inputs.cluster,
    service: plan.name,
    deploymentId: id,
    taskDefinitionArn: arn,
    previousTaskDefinitionArn: plan.running.arn,
    codeDeployId: id,
  });
  const about = { service: plan.name, previousArn: plan.running.arn, definition, arn, deploymentId: id };
  return finish(run, about, async () => {
    const verdict = await watchCodeDeploy({ ...target, deadline: target.deadline + (await groupWaits(target)) }, id);
    return { ...verdict, failures: [], service: await describeService(target, target), record: undefined, events: [] };
  });
}

/** Back to what ran before, because of what was seen after the deployment. */
export async function goBack(run: Run, ended: Ended, why: string): Promise<Ended> {
  const { service, arn, previousArn } = ended;
  const target: ReleaseTarget = prefixed(
    { ...run, cluster: run.inputs.cluster, service, deadline: run.clock.now() + run.inputs.waitMinutes * 60_000 },
    service,
  );
  const before = await describeService(target, target);
  const started = await begin(target, before, { taskDefinition: previousArn });
  const ending = await follow(target, started, { taskDefinitionArn: previousArn, previousTaskDefinitionArn: arn });
  const outcome = ending.outcome === "succeeded" ? "rolled-back" : "failed";
  const reason =
    outcome === "rolled-back"
      ? `${why} It was rolled back to ${shortName(previousArn)}.`
      : `${why} The rollback to ${shortName(previousArn)} did not succeed: ${ending.reason}`;
  return { ...ended, outcome, ending: { ...ending, outcome, reason } };
}
