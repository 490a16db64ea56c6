// The development environment: docker-compose.yml, with the images of this machine.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { imagePrefix } from "./base-images.ts";
import { root } from "./paths.ts";
import { Problem } from "./problem.ts";
import { attempt, run } from "./process.ts";

/** As in docker-compose.yml. */
export const composeProject = "rainbow-seeker-dev";

export interface Development {
  /** Folder of docker-compose.yml. */
  folder: string;
  project: string;
  /** Variables of .env.example that are to be otherwise than there. */
  settings: Record<string, string>;
}

export const development: Development = { folder: root, project: composeProject, settings: {} };

/** What this machine has in the place of images that are pulled; .env and the environment go before it. */
const machineSettings = {
  NODE_IMAGE: `${imagePrefix}/node:24`,
  POSTGRES_IMAGE: `${imagePrefix}/postgres:17-alpine`,
  REDIS_IMAGE: `${imagePrefix}/redis:7-alpine`,
  BUILD_NETWORK: "host",
};

/** As in docker-compose.yml. */
const defaultPorts = { API_PORT: 3000, ML_PORT: 5000, POSTGRES_PORT: 5432, REDIS_PORT: 6379 };

/** Variables as Compose takes them: what is in the environment goes before .env. */
async function variables({ folder, settings }: Development): Promise<NodeJS.ProcessEnv> {
  const chosen = parseEnv(await readFile(join(folder, ".env"), "utf8").catch(() => ""));
  return { ...machineSettings, ...chosen, ...process.env, ...settings };
}

/** Ports of this machine by the name of their variable. */
export async function publishedPorts(environment: Development): Promise<Record<string, number>> {
  const chosen = await variables(environment);
  return Object.fromEntries(Object.entries(defaultPorts).map(([name, port]) => [name, Number(chosen[name] ?? port)]));
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

/** Builds, starts, migrates, and waits until all of it is healthy. What did not run before does not run half after a failure. */
export async function composeUp(environment: Development, note: (text: string) => void): Promise<void> {
  const ranBefore = await composeRuns(environment.project);
  const { command, options } = await compose(environment, ["up", "--build", "--detach", "--wait", "--remove-orphans"]);
  const told = new Set<string>();
  const onLine = (line: string) => {
    const build = /^#\d+ \[(\S+) build \d+\/\d+\] RUN (npm ci)/.exec(line);
    const service = /^ ?Container \S+?-(\w+(?:-system)?)-\d+ +(Healthy)/.exec(line);
    const text = build ? `building ${build[1]}` : service ? `${service[1]} is healthy` : "";
    if (text === "" || told.has(text)) return;
    told.add(text);
    note(text);
  };
  const result = await attempt(command, { ...options, onLine });
  if (result.code === 0) return;
  const logs = await compose(environment, ["logs", "--no-color", "--tail", "8", "migrate", "api", "ml-system"]);
  const said = (await attempt(logs.command, logs.options)).stdout.replaceAll("\u001b[2K", "").trim();
  if (!ranBefore) await composeDown({ volumes: false }, environment.project);
  const why = result.stderr.trimEnd().split("\n").slice(-8).join("\n    ");
  throw new Problem(
    `docker compose up failed:\n    ${why}${said === "" ? "" : `\n  The services said last:\n    ${said.replaceAll("\n", "\n    ")}`}`,
    "Mend what it names, then: npm run dev.",
  );
}

/** Ids of what Compose has made for a project: by Docker's labels, so that it needs no Compose. */
async function idsOf(project: string, list: string[]): Promise<string[]> {
  return (await attempt([...list, "--filter", `label=com.docker.compose.project=${project}`])).stdout
    .split("\n")
    .filter((id) => id !== "");
}

/** Whether any of it runs. */
export const composeRuns = async (project = composeProject): Promise<boolean> =>
  (await idsOf(project, ["docker", "ps", "-q"])).length > 0;

/** Runs a command in the container of a service; returns its output. */
export async function composeExec(environment: Development, service: string, program: string[]): Promise<string> {
  const { command, options } = await compose(environment, ["exec", "-T", service, ...program]);
  return run(command, { ...options, remedy: "npm run dev starts the development environment." });
}

/** Port of this machine that a service's port is published on. */
export async function composePort(environment: Development, service: string, port: number): Promise<number> {
  const { command, options } = await compose(environment, ["port", service, String(port)]);
  return Number((await run(command, options)).trim().split(":").at(-1));
}

/** Removes containers and networks, and volumes where asked. */
export async function composeDown(what: { volumes: boolean }, project = composeProject): Promise<string> {
  const containers = await idsOf(project, ["docker", "ps", "-aq"]);
  if (containers.length > 0) await run(["docker", "rm", "-f", ...containers]);
  const networks = await idsOf(project, ["docker", "network", "ls", "-q"]);
  if (networks.length > 0) await run(["docker", "network", "rm", ...networks]);
  const volumes = await idsOf(project, ["docker", "volume", "ls", "-q"]);
  if (what.volumes && volumes.length > 0) await run(["docker", "volume", "rm", ...volumes]);
  if (containers.length === 0 && !(what.volumes && volumes.length > 0)) return "did not run";
  return what.volumes || volumes.length === 0
    ? "removed"
    : "removed; its data stays in Docker volumes (--purge removes them)";
}
