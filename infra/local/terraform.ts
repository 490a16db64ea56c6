// terraform apply of infra/environments/local, and its outputs.
import { join } from "node:path";
import { terraformState } from "./ministack.ts";
import { awsEnvironment, port, stateDir, terraformDir } from "./paths.ts";
import { terraformConfiguration } from "./prerequisites.ts";
import { run } from "./process.ts";

export interface Platform {
  cluster: string;
  services: { api: string; ml: string };
  migration_family: string;
  repositories: { api: string; ml: string };
  load_balancer: { name: string; dns_name: string };
  database: { address: string; port: number; name: string; master_secret_arn: string };
  buckets: { uploads: string; backups: string };
}

const log = join(stateDir, "terraform.log");

async function environment(): Promise<NodeJS.ProcessEnv> {
  return {
    ...process.env,
    ...awsEnvironment,
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    TF_DATA_DIR: join(stateDir, "terraform"),
    TF_IN_AUTOMATION: "1",
  };
}

/** Applies; says how many resources were added, changed and destroyed. */
export async function applyTerraform(options: { terraform: string; gateway: string; note: (text: string) => void }): Promise<string> {
  const { terraform, note } = options;
  const env = await environment();
  const shared = { cwd: terraformDir, env, log };
  note("terraform init");
  await run([terraform, "init", "-input=false", "-no-color", `-backend-config=path=${terraformState}`, "-reconfigure"], shared);
  let done = 0;
  const output = await run(
    [terraform, "apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=30", `-var=endpoint_for_containers=http://${options.gateway}:${port}`],
    {
      ...shared,
      onLine: (line) => {
        if (!/: (Creation|Modifications|Destruction) complete after/.test(line)) return;
        done += 1;
        if (done % 10 === 0) note(`${done} resources done`);
      },
      remedy: `The whole output is in ${log}. npm stop && npm start begins with an empty local AWS.`,
    },
  );
  const summary = /Resources: (\d+) added, (\d+) changed, (\d+) destroyed/.exec(output);
  return summary ? `${summary[1]} added, ${summary[2]} changed, ${summary[3]} destroyed` : "applied";
}

export async function readPlatform(terraform: string): Promise<Platform> {
  const output = await run([terraform, "output", "-json", "-no-color", `-state=${terraformState}`, "platform"], { cwd: terraformDir, env: await environment() });
  return JSON.parse(output) as Platform;
}
