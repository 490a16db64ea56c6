// A rollback: first of all what its services run, which only ECS knows; then everything else.
import { describeService } from "../../shared/src/ecs/service.ts";
import { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Dependencies, RollbackResult, Run } from "./dependencies.ts";
import type { Inputs } from "./inputs.ts";
import type { Asked } from "./plan.ts";

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<RollbackResult> {
  const started = dependencies.clock.now();
  const missing = dependencies.missing ?? new MissingPermissions(dependencies);
  const run: Run = { ...dependencies, missing, inputs, started, deadline: started + inputs.waitMinutes * 60_000 };
  const asked = await Promise.all(
    inputs.services.map(async (name): Promise<Asked> => {
      // What is wrong with one is reported together with what is wrong with the others.
      const [answer] = await Promise.allSettled([describeService(run, { cluster: inputs.cluster, service: name })]);
      return { name, answer };
    }),
  );
  // A bundle has this in a file of its own, whose code a run does not read before its first call
  // (docs/performance.md, "Watching a deployment").
  const { rollBackAll } = await import("./runbook.ts");
  return rollBackAll(run, asked);
}
