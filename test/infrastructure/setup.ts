// Applies production and staging with a mocked provider, once for all files of tests.
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { stateDir } from "../../infra/local/paths.ts";
import { terraformBinary } from "../../infra/local/prerequisites.ts";
import { applySystem, discover, type Lane } from "../terraform-mutations/batch.ts";
import { providerProgram } from "../lib/terraform-provider.ts";
import type { State } from "./system.ts";

declare module "vitest" {
  interface ProvidedContext {
    states: Record<"production" | "staging", State>;
  }
}

export default async function setup({ provide }: TestProject): Promise<void> {
  const terraform = await terraformBinary(() => {});
  const lane: Lane = {
    terraform,
    program: await providerProgram(terraform),
    folder: join(stateDir, "terraform-infrastructure"),
    resources: [],
  };
  try {
    await discover(lane);
    provide("states", {
      production: await applySystem(lane, "production"),
      staging: await applySystem(lane, "staging"),
    });
  } finally {
    lane.provider?.stop();
  }
}
