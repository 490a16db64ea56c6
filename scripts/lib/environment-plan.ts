// Plans of an environment without an AWS account: those of the runs in its tests/github.tftest.hcl.
import { basename, join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";

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

interface Message {
  "@testrun"?: string;
  test_plan?: PlanJson;
}

/** The plan of each `run` in an environment's tests/github.tftest.hcl, by its name. */
export const plansOf = (environment: Environment): Promise<Record<string, PlanJson>> =>
  plansIn(join("infra/environments", environment), "github.tftest.hcl");

/** @param folder with the configuration, of which `file` is in its tests. */
export async function plansIn(folder: string, file: string): Promise<Record<string, PlanJson>> {
  const terraform = await terraformBinary(() => {});
  const cwd = join(root, folder);
  const env = {
    ...process.env,
    AWS_REGION: "ap-northeast-1",
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    TF_DATA_DIR: join(stateDir, `terraform-plan-${basename(folder)}`),
  };
  await run([terraform, "init", "-input=false", "-no-color", "-backend=false"], { cwd, env });
  const output = await run([terraform, "test", "-json", "-verbose", `-filter=${join("tests", file)}`], {
    cwd,
    env,
    remedy: `terraform test, in ${folder}`,
  });
  const plans: Record<string, PlanJson> = {};
  for (const line of output.split("\n").filter((text) => text.startsWith("{"))) {
    const { "@testrun": name, test_plan: plan } = JSON.parse(line) as Message;
    if (name !== undefined && plan !== undefined) plans[name] = plan;
  }
  return plans;
}
