// Plans of an environment without an AWS account: those of the runs in its tests/github.tftest.hcl.
import { join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";

export const environments = ["production", "staging"] as const;
export type Environment = (typeof environments)[number];

export interface Change {
  address: string;
  type: string;
  mode?: string;
  change: { actions?: string[]; after: Record<string, unknown> | null };
}

/** What Terraform writes about a plan, of which only these parts are used. */
export interface PlanJson {
  resource_changes: Change[];
  output_changes?: Record<string, { after?: unknown }>;
}

interface Message {
  "@testrun"?: string;
  test_plan?: PlanJson;
}

/** The plan of each `run`, by its name. */
export async function plansOf(environment: Environment): Promise<Record<string, PlanJson>> {
  const terraform = await terraformBinary(() => {});
  const cwd = join(root, "infra/environments", environment);
  const env = {
    ...process.env,
    AWS_REGION: "ap-northeast-1",
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    TF_DATA_DIR: join(stateDir, `terraform-plan-${environment}`),
  };
  await run([terraform, "init", "-input=false", "-no-color", "-backend=false"], { cwd, env });
  const output = await run([terraform, "test", "-json", "-verbose", `-filter=${join("tests", "github.tftest.hcl")}`], {
    cwd,
    env,
    remedy: `terraform test, in infra/environments/${environment}`,
  });
  const plans: Record<string, PlanJson> = {};
  for (const line of output.split("\n").filter((text) => text.startsWith("{"))) {
    const { "@testrun": name, test_plan: plan } = JSON.parse(line) as Message;
    if (name !== undefined && plan !== undefined) plans[name] = plan;
  }
  return plans;
}
