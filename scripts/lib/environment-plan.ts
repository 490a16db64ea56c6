// Plans of an environment without an AWS account: those of the runs in its tests/github.tftest.hcl.
import { join } from "node:path";
import type { Provider } from "../../test/lib/terraform-provider.ts";
import { terraformRuns } from "../../test/lib/terraform-test.ts";

export const environments = ["production", "staging"] as const;
export type Environment = (typeof environments)[number];

export interface Change {
  address: string;
  type: string;
  mode?: string;
  change: { actions?: string[]; before?: Record<string, unknown> | null; after: Record<string, unknown> | null };
}

/** What Terraform writes about a plan, of which only these parts are used. */
export interface PlanJson {
  resource_changes: Change[];
  output_changes?: Record<string, { before?: unknown; after?: unknown }>;
}

/** The plan of each `run` in an environment's tests/github.tftest.hcl, by its name. */
export const plansOf = (environment: Environment, provider?: Provider): Promise<Record<string, PlanJson>> =>
  plansIn(join("infra/environments", environment), "github.tftest.hcl", provider);

/** @param folder with the configuration, of which `file` is in its tests. */
export async function plansIn(folder: string, file: string, provider?: Provider): Promise<Record<string, PlanJson>> {
  const runs = await terraformRuns<PlanJson, never>({ folder, file }, provider);
  return Object.fromEntries(runs.flatMap(({ name, plan }) => (plan ? [[name, plan]] : [])));
}
