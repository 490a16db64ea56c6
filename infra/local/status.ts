// Status of the services on the local AWS, also if some of them are down.
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Service,
} from "@aws-sdk/client-ecs";
import { containerName } from "./lost-containers.ts";
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

export const cluster = "rainbow-seeker-cluster-local";
const names = ["api", "ml"] as const;
const ports = { api: 3000, ml: 5000 };

/** Undefined if the local AWS is not running. */
export async function readStatus(): Promise<Status | undefined> {
  if (!(await awsHealthy())) return undefined;
  const ecs = new ECSClient(awsClient);
  const serviceNames = names.map((name) => `rainbow-seeker-${name}-local`);
  const { services = [] } = await ecs
    .send(new DescribeServicesCommand({ cluster, services: serviceNames }))
    .catch(() => ({ services: [] as Service[] }));
  const found = names.flatMap((name, index) => {
    const service = services.find(({ serviceName }) => serviceName === serviceNames[index]);
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

/** Tasks of the service's current revision, without those of the previous one, which may still be draining. */
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

/**
 * Reads the version from the container, which the local AWS names after task and container; undefined if it does not
 * respond.
 */
async function versionOfTask(arn: string, name: (typeof names)[number]): Promise<string | undefined> {
  const { stdout } = await attempt([
    "docker",
    "inspect",
    "--format",
    "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}",
    containerName(arn, name),
  ]);
  const address = stdout.trim().split(" ")[0];
  if (!address) return undefined;
  const get = async (path: string) => {
    const response = await fetch(`http://${address}:${ports[name]}/${path}`, { signal: AbortSignal.timeout(2000) });
    return response.ok ? ((await response.json()) as { commit?: string }) : undefined;
  };
  const [health, version] = await Promise.all([get("health"), get("version")]).catch(() => []);
  return health ? version?.commit : undefined;
}

/** Formats the status as a table. */
export function statusTable({ services, url }: Status): string {
  const rows = services.map(({ name, revision, version, desired, running, healthy, image }) => [
    name,
    String(revision),
    version === "" ? "not responding" : shortVersion(version),
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
