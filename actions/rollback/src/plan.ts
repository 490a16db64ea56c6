// What is to be done with each service, and whether it can be: found out before anything is changed.
import type { Service } from "@aws-sdk/client-ecs";
import { primaryOf } from "../../shared/src/ecs/deployment/completion.ts";
import { accountOf, preflight } from "../../shared/src/ecs/preflight.ts";
import { schemaProblem } from "../../shared/src/ecs/task-definition/database-schema.ts";
import { readRevision } from "../../shared/src/ecs/task-definition/resolve.ts";
import type { ExistingService } from "../../shared/src/ecs/service.ts";
import { firstImageOf } from "../../shared/src/ecs/task-definition/first-image.ts";
import { differences } from "../../shared/src/ecs/task-definition/differences.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { allOrNothing } from "../../shared/src/all-or-nothing.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { asAsked, chooseTarget, type Choice, type Revision } from "./choose-target.ts";
import type { Run } from "./dependencies.ts";
import { movingTags } from "./moving-tags.ts";

/** A service, and what ECS says about it. */
export interface Asked {
  name: string;
  answer: PromiseSettledResult<ExistingService>;
}

export interface ServicePlan {
  name: string;
  service: Service;
  running: Revision;
  target: Choice;
  action: "rollback" | "unchanged";
  inFlight: boolean;
  /** What does not go back with the revision; undefined: nothing is known. */
  movingTags: string | undefined;
}

/** All services or none: all obstacles are reported together. */
export const planAll = (run: Run, asked: Asked[]): Promise<ServicePlan[]> =>
  allOrNothing(asked.map((one) => planService(run, one)));

async function planService(run: Run, { name, answer }: Asked): Promise<ServicePlan> {
  if (answer.status === "rejected") throw answer.reason;
  const place = { ...run, cluster: run.inputs.cluster, service: name };
  const service = answer.value;
  const controller = service.deploymentController?.type ?? "ECS";
  if (controller !== "ECS")
    throw new ConfigurationError(
      `${name} is deployed by ${controller}: stop its deployment there with rollback, or deploy the revision that you want (deploy, task-definition: family:revision).`,
    );
  const running = await readRevision(place, service.taskDefinition);
  const target = await chooseTarget(place, running, run.inputs.to);
  const primary = primaryOf(service);
  const inFlight = primary?.rolloutState === "IN_PROGRESS";
  const action = target.revision.arn === running.arn ? "unchanged" : "rollback";
  if (action === "unchanged") return { name, service, running, target, action, inFlight, movingTags: undefined };
  await check(run, name, running, target.revision);
  const about = { cluster: run.inputs.cluster, name, service };
  const tags = await movingTags(run, about, { running, target: target.revision });
  return { name, service, running, target, action, inFlight, movingTags: tags };
}

async function check(run: Run, name: string, running: Revision, target: Revision): Promise<void> {
  if (!target.active)
    throw new ConfigurationError(
      `${name}: ${shortName(target.arn)} is inactive (deregistered), so that ECS cannot start tasks of it. Choose another one, or register it again (render-task-definition, deploy).`,
    );
  const first = firstImageOf(target.definition);
  if (first !== undefined)
    throw new ConfigurationError(
      `${name}: there is nothing to roll back to: ${shortName(target.arn)} is the revision that Terraform has made, and its image ${first} does not exist. ${shortName(running.arn)} is left running. Deploy a fixed version, or stop the service (service-control).`,
    );
  const problem = schemaProblem(target.tags, running.tags);
  if (problem && !run.inputs.force) {
    throw new ConfigurationError(
      `${name}: rolling back from ${shortName(running.arn)} to ${shortName(target.arn)} is not safe: ${problem}. Roll forward with a fixed revision, choose a later target, or restore the schema first; force: true rolls back anyway.`,
    );
  }
  if (problem) run.log(`${name}: ${problem}; rolling back anyway, because of force`);
  await preflight(run, target.definition, { account: accountOf(target.arn) });
}

/** What will be done, before it is. */
export function planLines({ name, action, running, target, inFlight }: ServicePlan): string[] {
  const revision = shortName(target.revision.arn);
  if (action === "unchanged")
    return [
      `${name}: nothing; it runs ${revision} already${inFlight ? ", or is on its way to" : ""}${target.why === asAsked ? "" : ` (${target.why})`}`,
    ];
  const during = inFlight ? ` (its deployment of ${shortName(running.arn)} is in flight and will be stopped)` : "";
  return [
    `${name}: ${shortName(running.arn)} → ${revision}, ${target.why}${during}`,
    ...differences(running.definition, target.revision.definition).map((line) => `  ${line}`),
  ];
}
