// What deploy knows of a service for its section of the summary.
import type { ServiceDetails } from "../../shared/src/ecs/report/service-section.ts";
import type { ResolvedTaskDefinition } from "../../shared/src/ecs/task-definition/resolve.ts";
import type { ServicePlan } from "./plan.ts";
import { changesOf } from "./service-state.ts";

export function detailsOf({ running, same }: ServicePlan, requested: ResolvedTaskDefinition): ServiceDetails {
  return {
    tags: same ? running.tags : requested.tags,
    previousTags: running.tags,
    changes: same ? [] : (changesOf(running, requested) ?? []),
  };
}
