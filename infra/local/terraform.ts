// terraform apply of infra/environments/local, and its outputs.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashFolders } from "./content.ts";
import { appliedFile, terraformState } from "./ministack.ts";
import { awsEnvironment, port, root, stateDir, terraformDir } from "./paths.ts";
import { exists, terraformConfiguration } from "./prerequisites.ts";
import { run } from "./process.ts";

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

/** Applies, unless the same files were applied to the local AWS that runs; says how many resources were added, changed and destroyed. */
export async function applyTerraform(options: { terraform: string; gateway: string; note: (text: string) => void }): Promise<string> {
  const { terraform, note } = options;
  const content = `${await hashFolders(root, ["infra/modules", "infra/environments/local"])} ${options.gateway}:${port}`;
  const applied = await readFile(appliedFile, "utf8").catch(() => "");
  if (applied === content && (await exists(terraformState))) return "unchanged";
  const env = await environment();
  const shared = { cwd: terraformDir, env, log };
  note("terraform init");
  await run([terraform, "init", "-input=false", "-no-color", `-backend-config=path=${terraformState}`, "-reconfigure"], shared);
  let done = 0;
  const output = await run(
    [terraform, "apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=30",
      // An apply whose command was killed runs on for a while and holds the lock.
      "-lock-timeout=180s",
      `-var=endpoint_for_containers=http://${options.gateway}:${port}`],
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
  await writeFile(appliedFile, content);
  const summary = /Resources: (\d+) added, (\d+) changed, (\d+) destroyed/.exec(output);
  return summary ? `${summary[1]} added, ${summary[2]} changed, ${summary[3]} destroyed` : "applied";
}
