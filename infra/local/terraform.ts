// terraform apply of infra/environments/local.
import { globSync } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashPaths } from "./content.ts";
import { recordDataContainers } from "./lost-containers.ts";
import { appliedFile, terraformState } from "./ministack.ts";
import { awsEnvironment, port, root, stateDir } from "./paths.ts";
import { exists, terraformConfiguration } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { attempt, run, type RunOptions } from "./process.ts";

const log = join(stateDir, "terraform.log");
/** With the policies of the actions, of which the roles of GitHub's jobs are made. */
const sources = ["infra/modules", "infra/environments/local", ...globSync("actions/*/iam-policy.json", { cwd: root })];
/**
 * ignore_changes for values that the local AWS returns differently from how they were set: a diff on each apply
 * otherwise.
 */
const overrides = "infra/local/overrides";
const copy = join(stateDir, "terraform-sources");

async function environment(): Promise<NodeJS.ProcessEnv> {
  return {
    ...process.env,
    ...awsEnvironment,
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    TF_DATA_DIR: join(stateDir, "terraform"),
    TF_IN_AUTOMATION: "1",
  };
}

/** Copies the sources, and the overrides among them as Terraform override files. */
async function prepareSources(): Promise<string> {
  await rm(copy, { recursive: true, force: true });
  const isSource = (path: string) => !path.includes(".terraform");
  for (const source of sources) await cp(join(root, source), join(copy, source), { recursive: true, filter: isSource });
  await cp(join(root, overrides), join(copy, "infra"), { recursive: true });
  return join(copy, "infra/environments/local");
}

/** Prepares the sources for an apply or a plan. @returns how to run Terraform in them */
export async function initialize(terraform: string): Promise<RunOptions> {
  const options = { cwd: await prepareSources(), env: await environment(), log };
  const backend = `-backend-config=path=${terraformState}`;
  await run([terraform, "init", "-input=false", "-no-color", backend, "-reconfigure"], options);
  return options;
}

export const endpointVariable = (gateway: string): string => `-var=endpoint_for_containers=http://${gateway}:${port}`;

// An apply whose parent was killed keeps running for a while and holds the lock.
const common = ["-input=false", "-lock-timeout=180s"];

/**
 * Roles that exist, although Terraform is about to create them: on a busy machine the answer of the local AWS can get
 * lost, and when it is asked again the role is there. The roles of this account are nobody else's.
 */
export const rolesInDoubt = (stderr: string): { address: string; name: string }[] =>
  [...stderr.matchAll(/EntityAlreadyExists: Role with name (\S+) already exists\.\s+with (\S+),/g)].map(
    ([, name = "", address = ""]) => ({ address, name }),
  );

/**
 * Applies, unless the same files were already applied to the running local AWS.
 *
 * @returns how many resources were added, changed and destroyed
 */
export async function applyTerraform(options: {
  terraform: string;
  gateway: string;
  note: (text: string) => void;
}): Promise<string> {
  const { terraform, note } = options;
  const content = `${await hashPaths(root, [...sources, overrides])} ${options.gateway}:${port}`;
  const applied = await readFile(appliedFile, "utf8").catch(() => "");
  if (applied === content && (await exists(terraformState))) return "unchanged";
  note("terraform init");
  const shared = await initialize(terraform);
  await rm(appliedFile, { force: true });
  let done = 0;
  const apply = () =>
    attempt(
      [
        terraform,
        "apply",
        "-auto-approve",
        "-no-color",
        "-parallelism=30",
        ...common,
        endpointVariable(options.gateway),
      ],
      {
        ...shared,
        onLine: (line) => {
          if (!/: (Creation|Modifications|Destruction) complete after/.test(line)) return;
          done += 1;
          if (done % 10 === 0) note(`${done} resources done`);
        },
      },
    );
  let result = await apply();
  const roles = result.code === 0 ? [] : rolesInDoubt(result.stderr);
  for (const { address, name } of roles)
    await run([terraform, "import", "-no-color", ...common, endpointVariable(options.gateway), address, name], shared);
  if (roles.length > 0) result = await apply();
  const { code, stdout, stderr } = result;
  if (code !== 0) {
    // The apply finished and its state is complete: the next one continues from there.
    if (applied !== "") await writeFile(appliedFile, "failed");
    const errors = stderr
      .split("\n")
      .filter((line) => line.trim() !== "")
      .slice(0, 20)
      .join("\n    ");
    throw new Problem(
      `terraform apply failed with exit code ${code}:\n    ${errors}`,
      `Fix the reported problem and run npm start again; the full output is in ${log}.`,
    );
  }
  await recordDataContainers();
  await writeFile(appliedFile, content);
  const summary = /Resources: (\d+) added, (\d+) changed, (\d+) destroyed/.exec(stdout);
  return summary ? `${summary[1]} added, ${summary[2]} changed, ${summary[3]} destroyed` : "applied";
}
