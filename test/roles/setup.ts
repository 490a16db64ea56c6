// Plans production, staging and what `rainbow-deploy init` writes, once for all files of tests.
import type { TestProject } from "vitest/node";
import { resourcesOf, type Resource } from "../../scripts/lib/cost/resources.ts";
import { environments, plansIn, plansOf, type Environment, type PlanJson } from "../../scripts/lib/environment-plan.ts";
import { withProvider } from "../lib/terraform-test.ts";
import { planConsumers, type Consumer, type Roles } from "./consumer.ts";
import { policiesOf, type Plan } from "./plan.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** By environment and by the name of the `run` in its tests/github.tftest.hcl. */
    plans: Record<Environment, Record<string, Plan>>;
    /** Those of modules/github-terraform, by the name of the `run` in its tests/roles.tftest.hcl. */
    terraformRoles: Record<string, PlanJson>;
    /** All resources of each environment, for its cost. */
    resources: Record<Environment, Resource[]>;
    /** What `rainbow-deploy init` writes. */
    consumers: Record<Consumer, Roles>;
  }
}

export default async function setup({ provide }: TestProject): Promise<void> {
  const plans: Record<string, Record<string, Plan>> = {};
  const resources: Record<string, Resource[]> = {};
  await withProvider(async (provider) => {
    for (const environment of environments) {
      const found = await plansOf(environment, provider);
      plans[environment] = policiesOf(found, environment);
      resources[environment] = resourcesOf(found["with_ids"] ?? { resource_changes: [] });
    }
    provide("terraformRoles", await plansIn("infra/modules/github-terraform", "roles.tftest.hcl", provider));
    provide("consumers", await planConsumers(provider));
  });
  provide("plans", plans as Record<Environment, Record<string, Plan>>);
  provide("resources", resources as Record<Environment, Resource[]>);
}
