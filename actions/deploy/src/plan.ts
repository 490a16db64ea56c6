// What is to be done with each service: found out before the first write.
import { DescribeServicesCommand, type Service } from "@aws-sdk/client-ecs";
import { withRetry } from "../../shared/src/aws.ts";
import { primaryOf } from "../../shared/src/ecs/deployment/completion.ts";
import {
  describeService,
  readRunningRevision,
  tagOf,
  toExistingService,
  type ExistingService,
  type ResolvedTaskDefinition,
  type RunningRevision,
} from "../../shared/src/ecs/task-definition/resolve.ts";
import { differences } from "../../shared/src/ecs/task-definition/differences.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { ConfigurationError, FailedError } from "../../shared/src/errors.ts";
import { codeBlock } from "../../shared/src/summary/blocks.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { readAppSpec } from "./codedeploy.ts";
import type { DeployResult, Run } from "./dependencies.ts";
import { shownInputs } from "./shown-inputs.ts";

interface CommonPlan {
  name: string;
  service: ExistingService;
  running: RunningRevision;
  /** The running revision is the requested one, whether or not it has to be deployed again. */
  same: boolean;
  /** `resume`: a deployment of exactly this revision is in progress, started by another run. */
  action: "deploy" | "resume" | "unchanged";
  /** undefined: the count stays. */
  desiredCount: number | undefined;
  /** ECS does nothing for a revision that it has already, unless it is forced. */
  force: boolean;
}

interface EcsPlan extends CommonPlan {
  controller: "ECS";
}

export interface CodeDeployPlan extends CommonPlan {
  controller: "CODE_DEPLOY";
  /** Its specification, given a revision. */
  appSpec: (taskDefinitionArn: string) => string;
}

/** What is to be done with a service, by its deployment controller. */
export type ServicePlan = EcsPlan | CodeDeployPlan;

export async function planService(run: Run, name: string, wanted: ResolvedTaskDefinition): Promise<ServicePlan> {
  const { inputs } = run;
  const target = { cluster: inputs.cluster, service: name };
  let service = await describeService(run, target);
  const controller = controllerOf(service);
  if (controller === "CODE_DEPLOY") {
    const running = await readRunningRevision(run, currentRevision(service));
    return {
      name,
      service,
      running,
      same: isSame(wanted, running),
      action: "deploy",
      controller,
      desiredCount: undefined,
      force: false,
      appSpec: await readAppSpec(inputs.codeDeploy.appSpec),
    };
  }
  let running = await readRunningRevision(run, service.taskDefinition);
  if (isInFlight(service) && !isSame(wanted, running)) {
    service = await settleInFlight(run, name, service);
    running = await readRunningRevision(run, service.taskDefinition);
  }
  const desiredCount = desiredCountFor(service, running, inputs.desiredCount);
  const same = isSame(wanted, running);
  const asIs = same && !inputs.force && (desiredCount ?? service.desiredCount) === service.desiredCount;
  const { rolloutState, desiredCount: desired = 0, runningCount = 0 } = primaryOf(service) ?? {};
  const live = rolloutState === "COMPLETED" && runningCount === desired;
  const action = asIs && live ? "unchanged" : asIs && rolloutState === "IN_PROGRESS" ? "resume" : "deploy";
  return {
    name,
    service,
    running,
    same,
    action,
    controller,
    desiredCount,
    force: inputs.force || (action === "deploy" && asIs),
  };
}

function controllerOf(service: Service): "ECS" | "CODE_DEPLOY" {
  const type = service.deploymentController?.type ?? "ECS";
  if (type !== "EXTERNAL") return type;
  throw new ConfigurationError(
    `The service ${service.serviceName} is deployed by an external controller; this action deploys services of the controllers ECS and CODE_DEPLOY.`,
  );
}

/** With CodeDeploy a service's revision is that of its primary task set. */
const currentRevision = (service: ExistingService): string =>
  service.taskSets?.find(({ status }) => status === "PRIMARY")?.taskDefinition ?? service.taskDefinition;

const isInFlight = (service: Service): boolean => primaryOf(service)?.rolloutState === "IN_PROGRESS";

const isSame = (wanted: ResolvedTaskDefinition, running: RunningRevision): boolean =>
  wanted.arn === undefined ? changesOf(running, wanted)?.length === 0 : wanted.arn === running.arn;

/** undefined: the role may not read what is running. */
export const changesOf = (running: RunningRevision, wanted: ResolvedTaskDefinition): string[] | undefined =>
  running.definition && differences(running.definition, wanted.definition);

/** Another deployment is in flight: replaced, waited for, or a reason not to start. */
async function settleInFlight(run: Run, name: string, service: ExistingService): Promise<ExistingService> {
  const { inputs, clock, log, deadline } = run;
  const other = `${name}: a deployment of ${shortName(service.taskDefinition)} is in flight`;
  if (inputs.inFlight === "replace") return service;
  if (inputs.inFlight === "fail")
    throw new FailedError(
      `${other}; nothing was changed. Wait until it has finished, or set in-flight to wait or replace.`,
    );
  log(`${other}; waiting until it has finished`);
  const target = { cluster: inputs.cluster, services: [name], include: ["TAGS" as const] };
  let last = service;
  while (isInFlight(last)) {
    if (clock.now() >= deadline)
      throw new FailedError(`${other}, and did not finish within the time limit; nothing was changed.`, {
        outcome: "timed-out",
      });
    await clock.sleep(2000);
    const { services = [] } = await withRetry(run, "ecs:DescribeServices", () =>
      run.ecs.send(new DescribeServicesCommand(target)),
    );
    if (services[0]) last = toExistingService(services[0]);
  }
  return last;
}

/**
 * The count belongs to Terraform's tag on the very first deployment, afterwards to autoscaling or to the person who set it.
 * A service in an emergency stays at 0: docs/decisions/0002-who-owns-what.md.
 */
function desiredCountFor(
  service: Service,
  { definition, tags }: RunningRevision,
  asked: number | undefined,
): number | undefined {
  if (asked !== undefined) return asked;
  const initial = tagOf(service, "deploy:initial-count");
  const first = service.desiredCount === 0 && definition !== undefined && !tags.has("deploy:verified-at");
  const emergency = tagOf(service, "emergency:reason") !== undefined;
  return initial !== undefined && first && !emergency ? Number(initial) : undefined;
}

/** Reports what a deployment would do; it goes the same way up to the first write. */
export async function reportPlan(
  run: Run,
  plans: ServicePlan[],
  wanted: ResolvedTaskDefinition,
  migration: ResolvedTaskDefinition | undefined,
): Promise<DeployResult> {
  const revision = wanted.arn === undefined ? `a new revision of ${wanted.definition.family}` : shortName(wanted.arn);
  const lines = [
    ...(migration
      ? [`run the migration ${migration.arn ? shortName(migration.arn) : migration.definition.family}`]
      : []),
    ...(run.inputs.runTask ? [`run ${revision} as a task`] : []),
    ...(plans.length === 0
      ? [
          wanted.arn === undefined
            ? `register ${revision}, unless the latest is the same`
            : `nothing: ${revision} is registered already`,
        ]
      : []),
    ...plans.flatMap((plan) => planLines(plan, revision, wanted)),
  ];
  for (const line of lines) run.log(line);
  await appendSummary({
    status: "planned",
    title: `${plans.map(({ name }) => name).join(", ") || revision}: plan of a deployment, nothing was changed`,
    content: [codeBlock(lines.join("\n"))],
    end: shownInputs(run.inputs),
  });
  const previous = plans[0]?.running.arn ?? "";
  run.setOutputs({ "task-definition-arn": wanted.arn ?? "", "previous-task-definition-arn": previous, outcome: "" });
  return { outcome: "", taskDefinitionArn: wanted.arn ?? "", previousTaskDefinitionArn: previous };
}

function planLines(
  { name, action, running, desiredCount, controller }: ServicePlan,
  revision: string,
  wanted: ResolvedTaskDefinition,
): string[] {
  if (action === "unchanged") return [`${name}: nothing; it is running already (${shortName(running.arn)})`];
  if (action === "resume") return [`${name}: watch the deployment of ${shortName(running.arn)} that is in progress`];
  const by = controller === "CODE_DEPLOY" ? " through CodeDeploy" : "";
  const count = desiredCount === undefined ? "" : ` with ${desiredCount} tasks`;
  return [
    `${name}: ${shortName(running.arn)} → ${revision}${count}${by}`,
    ...(changesOf(running, wanted) ?? []).map((line) => `  ${line}`),
  ];
}
