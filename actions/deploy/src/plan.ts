// What is to be done with each service: found out before the first write.
import { DescribeServicesCommand, type Service } from "@aws-sdk/client-ecs";
import { withRetry } from "../../shared/src/aws.ts";
import { isComplete } from "../../shared/src/ecs/deployment/completion.ts";
import {
  readRunningRevision,
  type ResolvedTaskDefinition,
  type RunningRevision,
} from "../../shared/src/ecs/task-definition/resolve.ts";
import { wasNeverDeployed } from "../../shared/src/ecs/first-deployment.ts";
import { tagOf, toExistingService, type ExistingService } from "../../shared/src/ecs/service.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { ConfigurationError, FailedError } from "../../shared/src/errors.ts";
import { readAppSpec } from "./codedeploy.ts";
import type { NamedService, Run } from "./dependencies.ts";
import { hasSettings, settingsFor, type ServiceSettings } from "./service-settings.ts";
import { doubtsText, isInFlight, isSame, stateOf } from "./service-state.ts";

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
  /** Why a revision that runs already is deployed again, where it is not because it was asked for. */
  again: string | undefined;
  settings: ServiceSettings;
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

export async function planService(
  run: Run,
  { name, service: described }: NamedService,
  wanted: ResolvedTaskDefinition,
): Promise<ServicePlan> {
  const { inputs } = run;
  let service = described;
  const controller = controllerOf(service);
  if (controller === "CODE_DEPLOY") return planCodeDeploy(run, name, service, wanted);
  if (service.resourceManagementType === "ECS") run.log(`${name}: ${expressMode}`);
  let state = await stateOf(run, service, wanted);
  if (isInFlight(service) && !(state.same && state.doubts.length === 0)) {
    const settled = await settleInFlight(run, name, service);
    if (settled !== service) state = await stateOf(run, settled, wanted);
    service = settled;
  }
  const { running, same, doubts } = state;
  const desiredCount = desiredCountFor(service, running, inputs.desiredCount);
  const settings = settingsFor(inputs, service, wanted.definition);
  const isWanted =
    same &&
    !inputs.force &&
    doubts.length === 0 &&
    (desiredCount ?? service.desiredCount) === service.desiredCount &&
    hasSettings(service, settings);
  const action = !isWanted ? "deploy" : isComplete(service) ? "unchanged" : isInFlight(service) ? "resume" : "deploy";
  const again = doubts.length > 0 ? doubtsText(doubts) : isWanted ? "its last deployment is not complete" : undefined;
  return {
    name,
    service,
    running,
    same,
    action,
    controller,
    desiredCount,
    force: inputs.force || (action === "deploy" && again !== undefined),
    again: action === "deploy" ? again : undefined,
    settings,
  };
}

/**
 * UpdateService may change such a service, and what it changes stays.
 * Source: Amazon ECS developer guide, "Updating Resources Outside of Express Mode".
 */
const expressMode =
  "an Express Mode service, which is deployed with UpdateService, outside of Express Mode; a later update through Express Mode sets what it names itself";

/** CodeDeploy starts tasks of its own in any case, which pull what a tag names then. */
async function planCodeDeploy(
  run: Run,
  name: string,
  service: ExistingService,
  wanted: ResolvedTaskDefinition,
): Promise<CodeDeployPlan> {
  const running = await readRunningRevision(run, currentRevision(service));
  return {
    name,
    service,
    running,
    same: isSame(wanted, running),
    action: "deploy",
    controller: "CODE_DEPLOY",
    desiredCount: undefined,
    force: false,
    again: undefined,
    settings: {},
    appSpec: await readAppSpec(run.inputs.codeDeploy.appSpec),
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
function desiredCountFor(service: Service, running: RunningRevision, asked: number | undefined): number | undefined {
  if (asked !== undefined) return asked;
  const initial = tagOf(service, "deploy:initial-count");
  const first = service.desiredCount === 0 && running.definition !== undefined && wasNeverDeployed(service, running);
  const emergency = tagOf(service, "emergency:reason") !== undefined;
  return initial !== undefined && first && !emergency ? Number(initial) : undefined;
}
