// What runs on this machine: shape in the toolkit's interfaces, half of it down or not.
import { basename } from "node:path";
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Service,
} from "@aws-sdk/client-ecs";
import { healthy as awsHealthy } from "./ministack.ts";
import { awsClient, serviceUrl } from "./paths.ts";
import { attempt } from "./process.ts";

export interface ServiceStatus {
  name: string;
  service: string;
  revision: number;
  image: string;
  version: string;
  desired: number;
  running: number;
  healthy: number;
}

export interface Status {
  url: string;
  environment: "local";
  services: ServiceStatus[];
}

const cluster = "rainbow-seeker-cluster-local";
const names = ["api", "ml"] as const;
const ports = { api: 3000, ml: 5000 };

/** Undefined when the local AWS does not answer. */
export async function readStatus(): Promise<Status | undefined> {
  if (!(await awsHealthy())) return undefined;
  const ecs = new ECSClient(awsClient);
  const asked = names.map((name) => `rainbow-seeker-${name}-local`);
  const { services = [] } = await ecs
    .send(new DescribeServicesCommand({ cluster, services: asked }))
    .catch(() => ({ services: [] as Service[] }));
  const found = names.flatMap((name, index) => {
    const service = services.find(({ serviceName }) => serviceName === asked[index]);
    return service ? [describe(ecs, name, service)] : [];
  });
  return { url: serviceUrl, environment: "local", services: await Promise.all(found) };
}

async function describe(ecs: ECSClient, name: (typeof names)[number], service: Service): Promise<ServiceStatus> {
  const { taskDefinition } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition }),
  );
  const tasks = await tasksOf(ecs, service);
  const versions = (await Promise.all(tasks.map((arn) => versionOfTask(arn, name)))).filter(
    (version) => version !== undefined,
  );
  return {
    name,
    service: service.serviceName ?? "",
    revision: taskDefinition?.revision ?? 0,
    image: taskDefinition?.containerDefinitions?.[0]?.image ?? "",
    version: versions[0] ?? "",
    desired: service.desiredCount ?? 0,
    running: tasks.length,
    healthy: versions.length,
  };
}

/** Tasks of the revision that the service is to run; those of the one before may still be draining. */
async function tasksOf(ecs: ECSClient, service: Service): Promise<string[]> {
  const { taskArns = [] } = await ecs.send(
    new ListTasksCommand({ cluster, serviceName: service.serviceName, desiredStatus: "RUNNING" }),
  );
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks
    .filter((task) => task.taskDefinitionArn === service.taskDefinition && task.lastStatus === "RUNNING")
    .flatMap(({ taskArn = [] }) => taskArn);
}

/** Asks the container itself; undefined when it does not answer. The local AWS names it after task and container. */
async function versionOfTask(arn: string, name: (typeof names)[number]): Promise<string | undefined> {
  const container = `ministack-ecs-${basename(arn).slice(0, 8)}-${name}`;
  const { stdout } = await attempt([
    "docker",
    "inspect",
    "--format",
    "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}",
    container,
  ]);
  const address = stdout.trim().split(" ")[0];
  if (!address) return undefined;
  const ask = async (path: string) => {
    const response = await fetch(`http://${address}:${ports[name]}/${path}`, { signal: AbortSignal.timeout(2000) });
    return response.ok ? ((await response.json()) as { commit?: string }) : undefined;
  };
  const [health, version] = await Promise.all([ask("health"), ask("version")]).catch(() => []);
  return health ? version?.commit : undefined;
}

/** The same as a table. */
export function statusTable({ services, url }: Status): string {
  const rows = services.map(({ name, revision, version, desired, running, healthy, image }) => [
    name,
    String(revision),
    version === "" ? "does not answer" : shortVersion(version),
    `${desired}`,
    `${running}`,
    `${healthy}`,
    image.replace(/sha256:(.{12}).*/, "sha256:$1…"),
  ]);
  const header = ["service", "revision", "version", "desired", "running", "healthy", "image"];
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
  return [...lines, "", `  ${url}`].join("\n");
}

const shortVersion = (version: string) => version.replace(/^([0-9a-f]{12})[0-9a-f]*/, "$1");
