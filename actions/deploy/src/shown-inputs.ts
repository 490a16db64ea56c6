// The inputs that the end of a summary shows.
import { inputsBlock } from "../../shared/src/summary/blocks.ts";
import type { Markup } from "../../shared/src/summary/markup.ts";
import type { Inputs } from "./inputs.ts";

/** Of the inputs those that hold no secret: overrides of a task, for example, may. */
export function shownInputs({ guard, ...inputs }: Inputs): Markup | undefined {
  return inputsBlock({
    cluster: inputs.cluster,
    service: inputs.services,
    "task-definition": inputs.taskDefinition,
    "migration-task-definition": inputs.migration?.taskDefinition,
    "migration-container": inputs.migration?.container,
    "desired-count": inputs.desiredCount,
    "force-new-deployment": inputs.force || undefined,
    "wait-for-service-stability": inputs.wait,
    "wait-for-minutes": inputs.wait ? inputs.waitMinutes : undefined,
    "in-flight": inputs.inFlight,
    "on-cancel": inputs.onCancel,
    preflight: inputs.preflight,
    plan: inputs.plan || undefined,
    alarms: guard.alarms,
    "bake-minutes": guard.bakeMinutes || undefined,
    "max-5xx-percent": guard.max5xxPercent,
    "run-task": inputs.runTask !== undefined || undefined,
  });
}
