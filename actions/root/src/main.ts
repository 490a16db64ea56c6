// Images in, a live and verified service out, or the service as it was: first of all what to deploy, which begins with the
// first call to ECS; then everything else.
import { main as render } from "../../render-task-definition/src/main.ts";
import { MissingPermissions } from "../../shared/src/permissions.ts";
import { markExplained } from "../../shared/src/summary/failure.ts";
import { holdSections } from "../../shared/src/summary/write.ts";
import { Timeline } from "../../shared/src/timeline.ts";
import type { Definitions, Dependencies } from "./dependencies.ts";
import type { Inputs } from "./inputs.ts";
import type { Released } from "./summary.ts";

export async function main(inputs: Inputs, tools: Dependencies): Promise<void> {
  // A permission that several of the actions lack is one warning.
  const dependencies = { ...tools, missing: new MissingPermissions(tools) };
  const released: Released = { timeline: new Timeline(dependencies.clock), rendered: [], parts: [], deployed: {} };
  try {
    await holdSections(released.parts, async () => {
      const definitions = await renderAll(inputs, dependencies, released);
      const { release } = await runbook();
      await release(inputs, dependencies, released, definitions);
    });
    const { writeSummary } = await runbook();
    await writeSummary(inputs, released);
  } catch (error) {
    const { writeSummary } = await runbook();
    await writeSummary(inputs, released, error);
    throw error instanceof Error ? markExplained(error) : error;
  }
}

/** A bundle has this in a file of its own, whose code a run does not read before its first call (docs/performance.md). */
const runbook = () => import("./runbook.ts");

async function renderAll(
  inputs: Inputs,
  dependencies: Dependencies & { missing: MissingPermissions },
  { timeline, rendered }: Released,
): Promise<Definitions> {
  const stores = { ssm: () => dependencies.ssm(), secretsManager: () => dependencies.secretsManager() };
  const rendering = { ...dependencies, ...stores };
  return timeline.phase("Render", () =>
    holdSections(rendered, async () => ({
      path: (await render(inputs.render, rendering)).path,
      migration: inputs.renderMigration && (await render(inputs.renderMigration, rendering)).path,
    })),
  );
}
