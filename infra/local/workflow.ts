// Runs a workflow of this repository locally, with act in host mode.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeImage, postgresImage } from "./base-images.ts";
import { exportDir, exportWorkTree, toolkitReference, type ExportedTree } from "./export.ts";
import { awsEnvironment, port, root, serviceUrl, stateDir } from "./paths.ts";
import { lockMarkers } from "./lock.mjs";
import { terraformState } from "./ministack.ts";
import { Problem } from "./problem.ts";
import { attempt } from "./process.ts";
import { withActHome } from "./temporary.ts";

const log = join(stateDir, "workflow.log");

/** Repository variables of the local environment. */
const variables: Record<string, string> = {
  DEPLOY_ENVIRONMENT: "local",
  // What is deployed here is the work tree, tested or not.
  SKIP_TESTS: "true",
  IMAGE_REGISTRY: `localhost:${port}`,
  BUILD_ARGS: `BASE_IMAGE=${nodeImage}`,
  BUILD_NETWORK: "host",
  LOCAL_AWS_BUILD_ROLE: "arn:aws:iam::000000000000:role/local",
  LOCAL_AWS_DEPLOY_ROLE: "arn:aws:iam::000000000000:role/local",
  LOCAL_AWS_BACKUP_ROLE: "arn:aws:iam::000000000000:role/local",
  LOCAL_AWS_PRUNE_ROLE: "arn:aws:iam::000000000000:role/local",
  LOCAL_AWS_EMERGENCY_ROLE: "arn:aws:iam::000000000000:role/local",
  BACKUP_BUILD_ARGS: `POSTGRES_IMAGE=${postgresImage}`,
  S3_PATH_STYLE: "true",
  LOCAL_SERVICE_URL: serviceUrl,
};

export interface WorkflowRun {
  /** Folder with the act binary. */
  bin: string;
  node: string;
  note: (text: string) => void;
}

/**
 * Runs deploy.yml as a push does, for the current commit plus uncommitted changes.
 *
 * @param variables repository variables besides those of the local environment, or other values of them
 */
export function runDeployWorkflow(run: WorkflowRun, variables: Record<string, string> = {}): Promise<ExportedTree> {
  return runWorkflow({
    ...run,
    variables,
    file: "deploy.yml",
    event: "push",
    payload: { ref: "refs/heads/main" },
    remedy: "Fix the reported problem and run npm start again; the previous revisions are still running.",
  });
}

/** Runs rollback.yml as a manual workflow_dispatch. */
export function runRollbackWorkflow(run: WorkflowRun, inputs: Record<string, string>): Promise<ExportedTree> {
  return runWorkflow({
    ...run,
    file: "rollback.yml",
    event: "workflow_dispatch",
    payload: { inputs: { environment: "local", ...inputs } },
    remedy: "Run npm run status to see what is currently running.",
  });
}

/** Runs backup.yml as a manual workflow_dispatch. */
export function runBackupWorkflow(run: WorkflowRun, inputs: Record<string, string>): Promise<ExportedTree> {
  return runWorkflow({
    ...run,
    file: "backup.yml",
    event: "workflow_dispatch",
    payload: { inputs: { environment: "local", ...inputs } },
    remedy: "The error codes are explained in actions/db-backup/README.md.",
  });
}

/** Runs emergency.yml as a manual workflow_dispatch, with the variable that Terraform's output has for it. */
export async function runEmergencyWorkflow(run: WorkflowRun, inputs: Record<string, string>): Promise<ExportedTree> {
  const state = JSON.parse(await readFile(terraformState, "utf8")) as {
    outputs: { platform: { value: { deployment: { maintenance_rule_arn: string } } } };
  };
  return runWorkflow({
    ...run,
    file: "emergency.yml",
    event: "workflow_dispatch",
    payload: { inputs: { environment: "local", ...inputs } },
    variables: { LOCAL_MAINTENANCE_RULE: state.outputs.platform.value.deployment.maintenance_rule_arn },
    remedy: "Each step can be run again: docs/emergency-runbook.md.",
  });
}

/** Runs a workflow; its full output goes to a log file. */
async function runWorkflow(
  options: WorkflowRun & {
    file: string;
    event: string;
    payload: object;
    remedy: string;
    variables?: Record<string, string>;
  },
): Promise<ExportedTree> {
  const { bin, node, note, file, event, payload, remedy } = options;
  const exported = await exportWorkTree();
  const eventFile = join(stateDir, "event.json");
  await writeFile(
    eventFile,
    JSON.stringify({
      ...payload,
      after: exported.commit,
      repository: { full_name: "rainbow-seeker/deploy-toolkit", default_branch: "main" },
    }),
  );

  // act passes its environment to every step, so it gets a clean one instead of the caller's.
  const env = {
    PATH: `${dirname(node)}:${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    GIT_PAGER: "cat",
    LANG: "C.UTF-8",
    ...proxies(),
    ...lockMarkers(),
  };
  const given = { ...variables, ...options.variables };
  const command = actCommand(bin, { file, event, eventFile, variables: given }, await actionReplacements());
  const result = await withActHome(join(stateDir, "act-home"), (home) =>
    attempt(command, {
      cwd: exportDir,
      env: { ...env, HOME: home },
      log,
      onLine: (line) => reportProgress(line, note),
    }),
  );
  if (result.code !== 0)
    throw new Problem(
      `The workflow ${file} failed.\n${failureAnnotations(result.stdout + result.stderr)}`,
      `${remedy} The full output is in ${log}.`,
    );
  return exported;
}

function actCommand(
  bin: string,
  run: { file: string; event: string; eventFile: string; variables: Record<string, string> },
  repositories: string[],
): string[] {
  return [
    join(bin, "act"),
    run.event,
    "--workflows",
    `.github/workflows/${run.file}`,
    "--platform",
    "ubuntu-latest=-self-hosted",
    "--eventpath",
    run.eventFile,
    "--no-cache-server",
    "--rm",
    ...Object.entries(run.variables).flatMap(([name, value]) => ["--var", `${name}=${value}`]),
    "--env",
    `AWS_ENDPOINT_URL=${awsEnvironment.AWS_ENDPOINT_URL}`,
    "--local-repository",
    `${toolkitReference}=${exportDir}`,
    ...repositories.flatMap((repository) => ["--local-repository", repository]),
  ];
}

/** Maps third-party actions that the workflows pin to their local replacements, infra/local/act/<name>. */
async function actionReplacements(): Promise<string[]> {
  const folder = join(root, "infra/local/act");
  const names = await readdir(folder);
  const workflows = join(exportDir, ".github/workflows");
  const texts = await Promise.all((await readdir(workflows)).map((file) => readFile(join(workflows, file), "utf8")));
  const replacements = new Set(
    [...texts.join("\n").matchAll(/uses: ([\w-]+\/([\w-]+)@[0-9a-f]{40})/g)]
      .filter(([, , name = ""]) => names.includes(name))
      .map(([, reference, name = ""]) => `${reference}=${join(folder, name)}`),
  );
  return [...replacements];
}

function proxies(): NodeJS.ProcessEnv {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** What db-backup says when it is done: how many rows of what. */
const resultOfBackup =
  /\| +(\S+: (?:restored from |\d+ rows of ).+|\S+ is verified \(.+|.+ in the backup, .+ added.*|\S+ is now .+ untouched)$/;

/** What service-control says of a service, and what comes next in an emergency. */
const stateInEmergency = /\| (\S+: (?:running|empty|stopping|stopped|changing), desired .+)$/;
const nextInEmergency = /::notice title=Next::(.+)$/;

/** Notes each step as it starts, the plan of a rollback, the result of a backup, and the state in an emergency. */
function reportProgress(line: string, note: (text: string) => void): void {
  const [, job, step = ""] = /^\[(.+?)\s*\] ⭐ Run Main (.+)$/.exec(line) ?? [];
  // Of a reusable workflow's job, the job alone, without its callers.
  if (job !== undefined && !/Log in|checkout|Check the time/.test(step)) note(`${job.split("/").at(-1)}: ${step}`);
  const [, plan] = /\| {1,2}(\S+: \S+ → \S+, .+)$/.exec(line) ?? [];
  if (plan !== undefined) note(plan);
  const [, result] = resultOfBackup.exec(line) ?? [];
  if (result !== undefined) note(result);
  const [, state = nextInEmergency.exec(line)?.[1]] = stateInEmergency.exec(line) ?? [];
  if (state !== undefined) note(state);
}

/** Error annotations of failed steps, or the last lines if there are none. */
function failureAnnotations(output: string): string {
  const errors = output.split("\n").filter((line) => /❗ {2}::error|\| ::error/.test(line));
  const readable = errors.map((line) =>
    line
      .replace(/^\[.+?\]\s*(❗ {2}::error[^:]*::|\| ::error[^:]*::)?\s*/, "")
      .replaceAll("%0A", "\n")
      .replaceAll("%25", "%"),
  );
  return readable.length > 0 ? readable.join("\n") : output.trimEnd().split("\n").slice(-15).join("\n");
}
