// Runs a workflow of this repository on this machine, with act in host mode.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeImage, postgresImage } from "./base-images.ts";
import { exportDir, exportWorkTree, toolkitReference, type Exported } from "./export.ts";
import { awsEnvironment, port, root, serviceUrl, stateDir } from "./paths.ts";
import { lockMarkers } from "./lock.mjs";
import { Problem } from "./problem.ts";
import { attempt } from "./process.ts";

const log = join(stateDir, "workflow.log");

/** Repository variables of the local environment. */
const variables: Record<string, string> = {
  DEPLOY_ENVIRONMENT: "local",
  IMAGE_REGISTRY: `localhost:${port}`,
  BUILD_ARGS: `BASE_IMAGE=${nodeImage}`,
  BUILD_NETWORK: "host",
  AWS_BUILD_ROLE: "arn:aws:iam::000000000000:role/local",
  AWS_DEPLOY_ROLE: "arn:aws:iam::000000000000:role/local",
  AWS_BACKUP_ROLE: "arn:aws:iam::000000000000:role/local",
  AWS_PRUNE_ROLE: "arn:aws:iam::000000000000:role/local",
  BACKUP_BUILD_ARGS: `POSTGRES_IMAGE=${postgresImage}`,
  S3_PATH_STYLE: "true",
  SERVICE_URL: serviceUrl,
};

export interface WorkflowRun {
  /** Folder of act. */
  bin: string;
  node: string;
  note: (text: string) => void;
}

/** Runs deploy.yml for the current commit and what is changed on top of it, as a push does. */
export function runDeployWorkflow(run: WorkflowRun): Promise<Exported> {
  return runWorkflow({
    ...run,
    file: "deploy.yml",
    event: "push",
    payload: { ref: "refs/heads/main" },
    remedy: "Mend it and run npm start again; what ran before still runs.",
  });
}

/** Runs rollback.yml as somebody starts it by hand. */
export function runRollbackWorkflow(run: WorkflowRun, inputs: Record<string, string>): Promise<Exported> {
  return runWorkflow({
    ...run,
    file: "rollback.yml",
    event: "workflow_dispatch",
    payload: { inputs: { environment: "local", ...inputs } },
    remedy: "npm run status says what runs now.",
  });
}

/** Runs backup.yml as somebody starts it by hand. */
export function runBackupWorkflow(run: WorkflowRun, inputs: Record<string, string>): Promise<Exported> {
  return runWorkflow({
    ...run,
    file: "backup.yml",
    event: "workflow_dispatch",
    payload: { inputs: { environment: "local", ...inputs } },
    remedy: "Its codes: actions/db-backup/README.md.",
  });
}

/** The whole output goes to a log file. */
async function runWorkflow(
  options: WorkflowRun & { file: string; event: string; payload: object; remedy: string },
): Promise<Exported> {
  const { bin, node, note, file, event, payload, remedy } = options;
  const exported = await exportWorkTree();
  const home = join(stateDir, "act-home");
  await mkdir(home, { recursive: true });
  const eventFile = join(stateDir, "event.json");
  await writeFile(
    eventFile,
    JSON.stringify({
      ...payload,
      after: exported.commit,
      repository: { full_name: "rainbow-seeker/deploy-toolkit", default_branch: "main" },
    }),
  );

  // act hands its environment on to every step: it gets one that holds nothing of the caller's.
  const env = {
    PATH: `${dirname(node)}:${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: home,
    GIT_PAGER: "cat",
    LANG: "C.UTF-8",
    ...proxies(),
    ...lockMarkers(),
  };
  const command = actCommand(bin, { file, event, eventFile }, await standIns());
  const result = await attempt(command, { cwd: exportDir, env, log, onLine: (line) => tell(line, note) });
  if (result.code !== 0)
    throw new Problem(
      `The workflow ${file} failed.\n${whatFailed(result.stdout + result.stderr)}`,
      `${remedy} The whole output is in ${log}.`,
    );
  return exported;
}

function actCommand(
  bin: string,
  run: { file: string; event: string; eventFile: string },
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
    ...Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}=${value}`]),
    "--env",
    `AWS_ENDPOINT_URL=${awsEnvironment.AWS_ENDPOINT_URL}`,
    "--local-repository",
    `${toolkitReference}=${exportDir}`,
    ...repositories.flatMap((repository) => ["--local-repository", repository]),
  ];
}

/** Third-party actions that the workflows pin, mapped to what stands in for them here: infra/local/act/<name>. */
async function standIns(): Promise<string[]> {
  const folder = join(root, "infra/local/act");
  const names = await readdir(folder);
  const workflows = join(exportDir, ".github/workflows");
  const texts = await Promise.all((await readdir(workflows)).map((file) => readFile(join(workflows, file), "utf8")));
  const used = new Set(
    [...texts.join("\n").matchAll(/uses: ([\w-]+\/([\w-]+)@[0-9a-f]{40})/g)]
      .filter(([, , name = ""]) => names.includes(name))
      .map(([, reference, name = ""]) => `${reference}=${join(folder, name)}`),
  );
  return [...used];
}

function proxies(): NodeJS.ProcessEnv {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** Step names as they begin, and what our actions say. */
function tell(line: string, note: (text: string) => void): void {
  const [, job, step = ""] = /^\[(.+?)\s*\] ⭐ Run Main (.+)$/.exec(line) ?? [];
  if (job !== undefined && !/Log in|checkout/.test(step)) note(`${job}: ${step}`);
  // What a rollback is about to do.
  const [, plan] = /\| {1,2}(\S+: \S+ → \S+, .+)$/.exec(line) ?? [];
  if (plan !== undefined) note(plan);
}

/** The annotations of failed steps, which say what happened. */
function whatFailed(output: string): string {
  const errors = output.split("\n").filter((line) => /❗ {2}::error::|\| ::error/.test(line));
  const readable = errors.map((line) =>
    line
      .replace(/^\[.+?\]\s*(❗ {2}::error::|\| ::error[^:]*::)?\s*/, "")
      .replaceAll("%0A", "\n")
      .replaceAll("%25", "%"),
  );
  return readable.length > 0 ? readable.join("\n") : output.trimEnd().split("\n").slice(-15).join("\n");
}
