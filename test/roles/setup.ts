// Plans production and staging, once for all files of tests.
import type { TestProject } from "vitest/node";
import { plansOf, type Plan } from "./plan.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** By environment and by the name of the `run` in its tests/github.tftest.hcl. */
    plans: Record<"production" | "staging", Record<string, Plan>>;
  }
}

export default async function setup({ provide }: TestProject): Promise<void> {
  provide("plans", { production: await plansOf("production"), staging: await plansOf("staging") });
}
