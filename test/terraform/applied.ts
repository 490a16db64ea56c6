// What an environment consists of: the state after an apply with a mocked provider, in tests/policies.tftest.hcl.
import { join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";

export interface Resource {
  type: string;
  values: Record<string, unknown>;
}

interface StateModule {
  resources?: Resource[];
  child_modules?: StateModule[];
}

interface Message {
  test_state?: { root_module: StateModule; values?: { root_module: StateModule } };
}

const resourcesIn = ({ resources = [], child_modules: children = [] }: StateModule): Resource[] => [
  ...resources,
  ...children.flatMap(resourcesIn),
];

export async function appliedResources(environment: string): Promise<Resource[]> {
  const terraform = await terraformBinary(() => {});
  const cwd = join(root, "infra/environments", environment);
  const env = {
    ...process.env,
    AWS_REGION: "ap-northeast-1",
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    TF_DATA_DIR: join(stateDir, `terraform-applied-${environment}`),
  };
  await run([terraform, "init", "-input=false", "-no-color", "-backend=false"], { cwd, env });
  const output = await run(
    [terraform, "test", "-json", "-verbose", `-filter=${join("tests", "policies.tftest.hcl")}`],
    {
      cwd,
      env,
      remedy: `terraform test, in infra/environments/${environment}`,
    },
  );
  const states = output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .flatMap((line) => (JSON.parse(line) as Message).test_state ?? []);
  return states.flatMap(({ values, root_module: top }) => resourcesIn(values?.root_module ?? top));
}
