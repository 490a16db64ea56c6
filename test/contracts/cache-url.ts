// The URLs that modules/cache gives to api, from its own tests: what is parsed here is what the module makes.
import { join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";

interface Message {
  "@testrun"?: string;
  test_state?: { outputs: { url: { value: string } } };
}

/** URL by the name of the `run` in modules/cache/tests/url.tftest.hcl. */
export async function urlsOfCacheModule(): Promise<Record<string, string>> {
  const terraform = await terraformBinary(() => {});
  const cwd = join(root, "infra/modules/cache");
  const env = {
    ...process.env,
    AWS_REGION: "ap-northeast-1",
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    TF_DATA_DIR: join(stateDir, "terraform-contracts-cache"),
  };
  await run([terraform, "init", "-input=false", "-no-color", "-backend=false"], { cwd, env });
  const output = await run([terraform, "test", "-json", "-verbose", `-filter=${join("tests", "url.tftest.hcl")}`], {
    cwd,
    env,
    remedy: "terraform test, in infra/modules/cache",
  });
  const messages = output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Message);
  return Object.fromEntries(
    messages.flatMap(({ "@testrun": name, test_state: state }) =>
      name !== undefined && state ? [[name, state.outputs.url.value]] : [],
    ),
  );
}

/** The same URL with a server of the test in it; all else is as the module made it. */
export function at(url: string | undefined, port: number | undefined, host = "localhost"): string {
  if (url === undefined) throw new Error("modules/cache made no such URL");
  const replaced = new URL(url);
  replaced.hostname = host;
  replaced.port = String(port);
  return replaced.href;
}
