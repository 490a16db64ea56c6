// A deployment: first of all what is wanted and what is there, which ECS is asked for; then everything else.
import { withNote } from "../../shared/src/aws.ts";
import { resolveTaskDefinition } from "../../shared/src/ecs/task-definition/resolve.ts";
import { describeService } from "../../shared/src/ecs/service.ts";
import { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Dependencies, DeployResult, Found, Run } from "./dependencies.ts";
import type { Inputs } from "./inputs.ts";

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<DeployResult> {
  const run: Run = {
    ...dependencies,
    missing: dependencies.missing ?? new MissingPermissions(dependencies),
    inputs,
    started: dependencies.clock.now(),
    deadline: dependencies.clock.now() + inputs.waitMinutes * 60_000,
  };
  const found = await find(run).catch((error: unknown) => {
    throw withNote(error, "Nothing was changed.");
  });
  // A bundle has this in a file of its own, whose code a run does not read before its first call
  // (docs/performance.md, "Watching a deployment").
  const { deploy } = await import("./runbook.ts");
  return deploy(run, found);
}

async function find(run: Run): Promise<Found> {
  const { inputs } = run;
  const wanted = await resolveTaskDefinition(run, inputs.taskDefinition);
  if (wanted.arn === undefined) {
    // What ECS would refuse is refused before anything is asked.
    const { checkDefinition } = await import("../../shared/src/ecs/task-definition/check-definition.ts");
    for (const notice of checkDefinition(wanted.definition, "file")) run.log(notice);
  }
  const services = inputs.services.map(async (name) => ({
    name,
    service: await describeService(run, { cluster: inputs.cluster, service: name }),
  }));
  return { wanted, services: await Promise.all(services) };
}
