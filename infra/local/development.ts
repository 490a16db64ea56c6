// The development environment: docker-compose.yml with this machine's images.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { imagePrefix } from "./base-images.ts";
import { removeEach } from "./containers.ts";
import { root } from "./paths.ts";
import { Problem } from "./problem.ts";
import { attempt, run } from "./process.ts";

/** As in docker-compose.yml. */
export const composeProject = "rainbow-seeker-dev";

export interface Development {
  /** Folder of docker-compose.yml. */
  folder: string;
  project: string;
  /** Overrides for variables of .env.example. */
  settings: Record<string, string>;
}

export const development: Development = { folder: root, project: composeProject, settings: {} };

/** This machine's images, used instead of pulled ones; .env and the environment take precedence. */
const machineSettings = {
  NODE_IMAGE: `${imagePrefix}/node:24`,
  POSTGRES_IMAGE: `${imagePrefix}/postgres:17-alpine`,
  REDIS_IMAGE: `${imagePrefix}/redis:7-alpine`,
  BUILD_NETWORK: "host",
};

/** As in docker-compose.yml. */
const defaultPorts = { API_PORT: 3000, ML_PORT: 5000, POSTGRES_PORT: 5432, REDIS_PORT: 6379 };

/** Variables with Compose's precedence: the environment overrides .env. */
async function variables({ folder, settings }: Development): Promise<NodeJS.ProcessEnv> {
  const dotEnv = parseEnv(await readFile(join(folder, ".env"), "utf8").catch(() => ""));
  return { ...machineSettings, ...dotEnv, ...process.env, ...settings };
}

/** Host ports, by the name of their variable. */
export async function publishedPorts(environment: Development): Promise<Record<string, number>> {
  const values = await variables(environment);
  return Object.fromEntries(Object.entries(defaultPorts).map(([name, port]) => [name, Number(values[name] ?? port)]));
}

async function compose(environment: Development, args: string[]) {
  const { folder, project } = environment;
  const command = [
    "docker",
    "compose",
    "--project-directory",
    folder,
    "--project-name",
    project,
    "--progress",
    "plain",
    ...args,
  ];
  return { command, options: { cwd: folder, env: await variables(environment) } };
}

/**
 * Builds, starts, migrates, and waits until everything is healthy. On failure, stops it again unless it was already
 * running.
 */
export async function composeUp(environment: Development, note: (text: string) => void): Promise<void> {
  const wasRunning = await composeRuns(environment.project);
  const { command, options } = await compose(environment, ["up", "--build", "--detach", "--wait", "--remove-orphans"]);
  const reported = new Set<string>();
  const onLine = (line: string) => {
    const build = /^#\d+ \[(\S+) build \d+\/\d+\] RUN (npm ci)/.exec(line);
    const service = /^ ?Container \S+?-(\w+(?:-system)?)-\d+ +(Healthy)/.exec(line);
    const text = build ? `building ${build[1]}` : service ? `${service[1]} is healthy` : "";
    if (text === "" || reported.has(text)) return;
    reported.add(text);
    note(text);
  };
  const result = await attempt(command, { ...options, onLine });
  if (result.code === 0) return;
  const logs = await compose(environment, ["logs", "--no-color", "--tail", "8", "migrate", "api", "ml-system"]);
  const logText = (await attempt(logs.command, logs.options)).stdout.replaceAll("\u001b[2K", "").trim();
  if (!wasRunning) await composeDown({ volumes: false }, environment.project);
  const reason = result.stderr.trimEnd().split("\n").slice(-8).join("\n    ");
  const logLines = logText === "" ? "" : `\n  Last log lines:\n    ${logText.replaceAll("\n", "\n    ")}`;
  throw new Problem(
    `docker compose up failed:\n    ${reason}${logLines}`,
    "Fix the reported problem, then run npm run dev again.",
  );
}

/** IDs of what Compose has created for a project, by Docker label: Compose itself need not be installed. */
async function idsOf(project: string, list: string[]): Promise<string[]> {
  return (await attempt([...list, "--filter", `label=com.docker.compose.project=${project}`])).stdout
    .split("\n")
    .filter((id) => id !== "");
}

/** Whether any container of the project is running. */
export const composeRuns = async (project = composeProject): Promise<boolean> =>
  (await idsOf(project, ["docker", "ps", "-q"])).length > 0;

/** Folders of the docker-compose.yml that a project's running containers come from. */
export async function composeOwners(project = composeProject): Promise<string[]> {
  const format = '{{.Label "com.docker.compose.project.working_dir"}}';
  const filter = `label=com.docker.compose.project=${project}`;
  const { stdout } = await attempt(["docker", "ps", "--filter", filter, "--format", format]);
  return [...new Set(stdout.split("\n").filter((folder) => folder !== ""))];
}

/** Folder of another checkout whose development environment is running: all of them have one project name. */
export async function foreignComposeOwner({ folder, project }: Development): Promise<string | undefined> {
  return (await composeOwners(project)).find((owner) => owner !== folder);
}

/** Runs a command in a service's container; returns its output. */
export async function composeExec(environment: Development, service: string, program: string[]): Promise<string> {
  const { command, options } = await compose(environment, ["exec", "-T", service, ...program]);
  return run(command, { ...options, remedy: "Start the development environment with npm run dev." });
}

/** Host port on which a container port of a service is published. */
export async function composePort(environment: Development, service: string, port: number): Promise<number> {
  const { command, options } = await compose(environment, ["port", service, String(port)]);
  return Number((await run(command, options)).trim().split(":").at(-1));
}

/** Removes containers and networks, and the volumes too if requested. */
export async function composeDown(options: { volumes: boolean }, project = composeProject): Promise<string> {
  const containers = await idsOf(project, ["docker", "ps", "-aq"]);
  await removeEach(containers);
  const networks = await idsOf(project, ["docker", "network", "ls", "-q"]);
  if (networks.length > 0) await run(["docker", "network", "rm", ...networks]);
  const volumes = await idsOf(project, ["docker", "volume", "ls", "-q"]);
  if (options.volumes && volumes.length > 0) await run(["docker", "volume", "rm", ...volumes]);
  if (containers.length === 0 && !(options.volumes && volumes.length > 0)) return "not running";
  return options.volumes || volumes.length === 0
    ? "removed"
    : "removed; its data is kept in Docker volumes (remove them with --purge)";
}
