// The resources of a Terraform plan, as the rules need them.
import type { PlanJson } from "../environment-plan.ts";

export interface Resource {
  address: string;
  type: string;
  /** Attributes after the apply; those that AWS sets are missing. */
  values: Record<string, unknown>;
}

/**
 * Managed resources that exist after the plan, or before it. A service's tag with its count is not known in a plan, as another tag
 * names a revision that does not exist yet: `tasks` is from the output of modules/platform.
 *
 * @param plan `terraform show -json`, or that of a test
 */
export function resourcesOf(
  { resource_changes: changes, output_changes: outputs = {} }: PlanJson,
  when: "before" | "after" = "after",
): Resource[] {
  const platform = outputs["platform"]?.[when] as { task_counts?: Record<string, number> } | null | undefined;
  return changes
    .filter(({ mode = "managed", change }) => mode === "managed" && (change[when] ?? null) !== null)
    .map(({ address, type, change }) => {
      const values = change[when] ?? {};
      const tasks = type === "aws_ecs_service" ? platform?.task_counts?.[String(values["name"])] : undefined;
      return { address, type, values: tasks === undefined ? values : { ...values, tasks } };
    });
}
