// Runs of Terraform's tests, read: the plan or the state of each `run` as JSON.
import { join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import { providerProgram, startProvider, type Provider } from "./terraform-provider.ts";

export interface TestFiles {
  /** Below the root of the repository. */
  folder: string;
  /** Default: tests. */
  directory?: string;
  /** Default: all of the directory. */
  file?: string;
}

/** As much of Terraform's JSON as the caller uses. */
export interface Run<Plan, State> {
  /** Of the `run`. */
  name: string;
  /** For `command = plan`. */
  plan?: Plan;
  /** For `command = apply`. */
  state?: State;
}

interface Message<Plan, State> {
  "@testrun"?: string;
  test_plan?: Plan;
  test_state?: State;
}

/**
 * @param provider that others use too; default: one that is started for this, and stopped
 * @throws Problem if one of the tests fails
 */
export async function terraformRuns<Plan, State>(files: TestFiles, provider?: Provider): Promise<Run<Plan, State>[]> {
  if (!provider) return withProvider((own) => terraformRuns(files, own));
  const { folder, directory = "tests", file } = files;
  const terraform = await terraformBinary(() => {});
  const cwd = join(root, folder);
  const env = {
    ...provider.env,
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    TF_DATA_DIR: join(stateDir, `terraform-runs-${folder.replaceAll("/", "-")}-${directory}`),
  };
  await run([terraform, "init", "-input=false", "-no-color", "-backend=false"], { cwd, env });
  const filter = file === undefined ? [] : [`-filter=${join(directory, file)}`];
  const output = await run([terraform, "test", "-json", "-verbose", `-test-directory=${directory}`, ...filter], {
    cwd,
    env,
    remedy: `terraform test, in ${folder}`,
  });
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Message<Plan, State>)
    .flatMap(({ "@testrun": name, test_plan: plan, test_state: state }) =>
      name !== undefined && (plan !== undefined || state !== undefined)
        ? [{ name, ...(plan === undefined ? {} : { plan }), ...(state === undefined ? {} : { state }) }]
        : [],
    );
}

/** One provider for several runs: starting it takes longer than most of them. */
export async function withProvider<T>(work: (provider: Provider) => Promise<T>): Promise<T> {
  const provider = await startProvider(await providerProgram(await terraformBinary(() => {})));
  try {
    return await work(provider);
  } finally {
    provider.stop();
  }
}
