// What is wrong with a task definition, found before anything is called: all of it, each with its path.
// ECS itself reports one problem at a time, and silently ignores a key that it does not know.
import type {
  ContainerDefinition,
  KeyValuePair,
  PortMapping,
  RegisterTaskDefinitionCommandInput,
  Secret,
} from "@aws-sdk/client-ecs";
import { ConfigurationError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import type { TaskDefinitionInput } from "./task-definition.ts";

/**
 * The compiler holds these lists to what the SDK knows: a new field of ECS's is a type error here, not a refusal there.
 */
type Keys<T> = Record<keyof Required<T>, true>;

const taskKeys = {
  family: true,
  taskRoleArn: true,
  executionRoleArn: true,
  networkMode: true,
  containerDefinitions: true,
  volumes: true,
  placementConstraints: true,
  requiresCompatibilities: true,
  cpu: true,
  memory: true,
  tags: true,
  pidMode: true,
  ipcMode: true,
  proxyConfiguration: true,
  inferenceAccelerators: true,
  ephemeralStorage: true,
  runtimePlatform: true,
  enableFaultInjection: true,
} satisfies Keys<RegisterTaskDefinitionCommandInput>;

const containerKeys = {
  name: true,
  image: true,
  repositoryCredentials: true,
  cpu: true,
  memory: true,
  memoryReservation: true,
  links: true,
  portMappings: true,
  essential: true,
  restartPolicy: true,
  entryPoint: true,
  command: true,
  environment: true,
  environmentFiles: true,
  mountPoints: true,
  volumesFrom: true,
  linuxParameters: true,
  secrets: true,
  dependsOn: true,
  startTimeout: true,
  stopTimeout: true,
  versionConsistency: true,
  hostname: true,
  user: true,
  workingDirectory: true,
  disableNetworking: true,
  privileged: true,
  readonlyRootFilesystem: true,
  dnsServers: true,
  dnsSearchDomains: true,
  extraHosts: true,
  dockerSecurityOptions: true,
  interactive: true,
  pseudoTerminal: true,
  dockerLabels: true,
  ulimits: true,
  logConfiguration: true,
  healthCheck: true,
  systemControls: true,
  resourceRequirements: true,
  firelensConfiguration: true,
  credentialSpecs: true,
} satisfies Keys<ContainerDefinition>;

const portKeys = {
  containerPort: true,
  hostPort: true,
  protocol: true,
  name: true,
  appProtocol: true,
  containerPortRange: true,
} satisfies Keys<PortMapping>;
const environmentKeys = { name: true, value: true } satisfies Keys<KeyValuePair>;
const secretKeys = { name: true, valueFrom: true } satisfies Keys<Secret>;

/**
 * Memory in MiB that Fargate gives to a number of CPU units: from, to, in steps of.
 * Source: Amazon ECS developer guide, "Task definition parameters for Fargate", task size.
 */
const fargateSizes: Record<number, [number, number, number]> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16_384: [32_768, 122_880, 8192],
};

/** Where a definition comes from: what ECS itself has answered holds no slips of the finger. */
export type Origin = "file" | "ECS";

export interface CheckOptions {
  /** `later`: another step can still set an image, so that one may be missing. */
  images?: "required" | "later";
}

/**
 * An unknown key that is nearly one of ECS's keys is a typo. Any other may be one that ECS
 * learnt after
 * this was written: it is sent as it is, and named.
 * @returns sentences about keys that are sent unknown.
 * @throws ConfigurationError that names every problem.
 */
export function checkDefinition(
  definition: TaskDefinitionInput,
  origin: Origin,
  { images = "required" }: CheckOptions = {},
): string[] {
  const all = problemsOf(definition).filter((problem) => images === "required" || !/\.image: is missing/.test(problem));
  const isNotice = (problem: string) =>
    problem.endsWith(unknownToEcs) || (origin === "ECS" && problem.includes(unknownToEcs));
  const problems = all.filter((problem) => !isNotice(problem));
  if (problems.length > 0)
    throw new ConfigurationError(
      `The task definition ${definition.family} cannot be registered:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
  return origin === "ECS"
    ? []
    : all
        .filter(isNotice)
        .map((problem) => `${problem}; it is sent as it is, and ECS ignores what it does not know either`);
}

export function problemsOf(definition: TaskDefinitionInput): string[] {
  const containers = definition.containerDefinitions ?? [];
  const alone = [
    ...unknownKeys(definition, taskKeys, ""),
    ...containers.flatMap((container, index) => containerProblems(container, `containerDefinitions[${index}]`)),
  ];
  const readable = !alone.some((problem) => problem.endsWith(noList));
  return [
    ...alone,
    ...(readable ? [...togetherProblems(containers), ...portClashes(containers, definition.networkMode)] : []),
    ...fargateProblems(definition),
  ];
}

function containerProblems(container: ContainerDefinition, path: string): string[] {
  const problems = [...unknownKeys(container, containerKeys, path), ...notLists(container, path)];
  // What is no list has been named; looking into it would only fail.
  if (problems.some((problem) => problem.endsWith(noList))) return problems;
  if (!container.name) problems.push(`${path}.name: is missing`);
  if (!container.image)
    problems.push(`${path}.image: is missing${container.name ? `; the container ${container.name} needs one` : ""}`);
  const environment = container.environment ?? [];
  const secrets = container.secrets ?? [];
  for (const [index, port] of (container.portMappings ?? []).entries())
    problems.push(...unknownKeys(port, portKeys, `${path}.portMappings[${index}]`));
  for (const [index, entry] of environment.entries())
    problems.push(...unknownKeys(entry, environmentKeys, `${path}.environment[${index}]`));
  for (const [index, entry] of secrets.entries()) {
    problems.push(...unknownKeys(entry, secretKeys, `${path}.secrets[${index}]`));
    if (!entry.valueFrom)
      problems.push(`${path}.secrets[${index}].valueFrom: is missing; the secret ${entry.name ?? ""} has no source`);
  }
  for (const [list, entries] of [
    ["environment", environment],
    ["secrets", secrets],
  ] as const) {
    for (const name of repeated(entries.map((entry) => entry.name ?? "")))
      problems.push(`${path}.${list}: ${name} is there more than once`);
  }
  for (const { name } of secrets)
    if (environment.some((entry) => entry.name === name))
      problems.push(`${path}: ${name} is in environment and in secrets; ECS takes it from one of the two`);
  return problems;
}

const lists = ["portMappings", "environment", "secrets", "dependsOn"] as const;
const noList = "must be a list of objects";

function notLists(container: ContainerDefinition, path: string): string[] {
  const isList = (value: unknown) =>
    value === undefined ||
    (Array.isArray(value) && value.every((entry) => typeof entry === "object" && entry !== null));
  return lists.filter((key) => !isList(container[key])).map((key) => `${path}.${key}: ${noList}`);
}

/** What concerns containers as a group. */
function togetherProblems(containers: ContainerDefinition[]): string[] {
  const names = containers.map(({ name }) => name ?? "");
  const problems = repeated(names.filter((name) => name !== "")).map(
    (name) => `containerDefinitions: more than one container is called ${name}`,
  );
  if (containers.length > 0 && containers.every(({ essential }) => essential === false))
    problems.push("containerDefinitions: no container is essential; ECS requires one");
  for (const [index, { dependsOn = [] }] of containers.entries()) {
    for (const { containerName } of dependsOn) {
      if (!names.includes(containerName ?? ""))
        problems.push(
          `containerDefinitions[${index}].dependsOn: there is no container ${containerName}${nearest(containerName ?? "", names)}`,
        );
    }
  }
  return problems;
}

/** In awsvpc and host mode containers share the ports of one address; on a bridge only fixed host ports can clash. */
function portClashes(containers: ContainerDefinition[], networkMode: string | undefined): string[] {
  const shared = networkMode === "awsvpc" || networkMode === "host";
  const owners = new Map<string, string[]>();
  for (const { name = "?", portMappings } of containers) {
    for (const { containerPort, hostPort, protocol = "tcp" } of portMappings ?? []) {
      const port = shared ? containerPort : hostPort;
      if (port) owners.set(`${port}/${protocol}`, [...(owners.get(`${port}/${protocol}`) ?? []), name]);
    }
  }
  return [...owners]
    .filter(([, names]) => names.length > 1)
    .map(([port, names]) => `containerDefinitions: port ${port} is taken by ${names.join(" and ")}`);
}

function fargateProblems(definition: TaskDefinitionInput): string[] {
  if (!definition.requiresCompatibilities?.includes("FARGATE")) return [];
  const problems: string[] = [];
  if (definition.networkMode !== "awsvpc")
    problems.push(`networkMode: is ${definition.networkMode ?? "missing"}; Fargate knows awsvpc alone`);
  const cpu = amount(definition.cpu, "vCPU");
  const memory = amount(definition.memory, "GB");
  if (cpu === undefined)
    problems.push(
      `cpu: ${definition.cpu === undefined ? "is missing" : `"${definition.cpu}" is not a number of CPU units`}; Fargate requires one of ${Object.keys(fargateSizes).join(", ")}`,
    );
  if (memory === undefined)
    problems.push(
      `memory: ${definition.memory === undefined ? "is missing" : `"${definition.memory}" is not a number of MiB`}; Fargate requires it for the whole task`,
    );
  if (cpu === undefined || memory === undefined) return problems;
  const size = fargateSizes[cpu];
  if (!size) return [...problems, `cpu: Fargate has no ${cpu}; it has ${Object.keys(fargateSizes).join(", ")}`];
  const [from, to, step] = size;
  if (memory < from || memory > to || (memory - from) % step !== 0)
    problems.push(`memory: with cpu ${cpu} Fargate has ${from} to ${to} MiB in steps of ${step}, not ${memory}`);
  const reserved = (definition.containerDefinitions ?? []).reduce(
    (sum, container) => sum + (container.memory ?? container.memoryReservation ?? 0),
    0,
  );
  if (reserved > memory)
    problems.push(`memory: the containers ask for ${reserved} MiB together, the task has ${memory}`);
  return problems;
}

/** "512", or "0.5 vCPU" and "1 GB" as the console writes it: 1024 of the small unit each. */
function amount(text: string | undefined, unit: "vCPU" | "GB"): number | undefined {
  const match = new RegExp(`^(\\d+(?:\\.\\d+)?)\\s*(${unit})?$`, "i").exec(text?.trim() ?? "");
  if (!match) return undefined;
  return match[2] ? Number(match[1]) * 1024 : Number(match[1]);
}

const unknownToEcs = ": is not known here";

function unknownKeys(value: object, known: Record<string, true>, path: string): string[] {
  return Object.keys(value)
    .filter((key) => !Object.hasOwn(known, key))
    .map((key) => `${path === "" ? "" : `${path}.`}${key}${unknownToEcs}${nearest(key, Object.keys(known))}`);
}

const repeated = (names: string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];
