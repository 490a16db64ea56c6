// One form for all task definitions that mean the same to ECS, so that a revision equals the file that it was
// registered from, and differs from any other.
// Sources: the Amazon ECS API reference, where a default is part of a field's description, and
// [1] the developer guide, "Task definition parameters for Fargate", runtime platform.
// What only a describe answer shows, from reports of those who compare such answers, too:
// [2] hashicorp/terraform #17737 and hashicorp/terraform-aws-consul-ecs #318: cpu 0, empty lists, hostPort and protocol.
// [3] terraform-aws-modules/terraform-aws-ecs #148: interval, timeout and retries of a health check.
// [4] cloudposse/terraform-aws-ecs-container-definition #97: user "0" of a container with firelensConfiguration.
// [5] hashicorp/terraform-provider-aws #26793: rootDirectory "/" of an EFS volume.
import { isObject, type Fields } from "../../fields.ts";
import { describeOnly } from "./read-definition.ts";
import type { TaskDefinitionInput } from "./task-definition.ts";
import { cpuUnits, mebibytes } from "./task-size.ts";
import {
  anyOrder,
  canonical,
  fields,
  keyedBy,
  mapping,
  otherwise,
  own,
  pairs,
  pruned,
  unless,
  type Rule,
} from "./value-rules.ts";

/**
 * `containers`, `volumes`, ports, variables and other lists that are mappings by nature are mappings in it; values that
 * ECS fills in are there; what is as good as absent is not. Tags are part of it, except the toolkit's own (`deploy:`)
 * and those of AWS (`aws:`), which nobody can set.
 */
export function normalForm(definition: TaskDefinitionInput): Fields {
  const { containerDefinitions, ...task } = asFields(pruned(definition));
  const compatibilities = own(task, "requiresCompatibilities");
  const isFargate = Array.isArray(compatibilities) && compatibilities.every((name) => name === "FARGATE");
  if (isFargate) task["runtimePlatform"] ??= {};
  const platform = own(asFields(own(task, "runtimePlatform")), "operatingSystemFamily");
  if (!/^WINDOWS/i.test(String(platform))) task["networkMode"] ??= "bridge";
  const sharesPorts = task["networkMode"] === "awsvpc" || task["networkMode"] === "host";
  return asFields(
    canonical({
      ...asFields(fields(isFargate ? { ...taskRules, ...fargateRules } : taskRules)(task)),
      containers: keyedBy("name", container(sharesPorts))(containerDefinitions),
    }),
  );
}

const asFields = (value: unknown): Fields => (isObject(value) ? value : {});

const dropped: Rule = () => undefined;

const volume = fields({
  configuredAtLaunch: unless(false),
  dockerVolumeConfiguration: fields({
    autoprovision: unless(false),
    driver: otherwise("local"),
    scope: otherwise("task"),
  }),
  efsVolumeConfiguration: fields({
    authorizationConfig: fields({ iam: unless("DISABLED") }),
    // [5]
    rootDirectory: otherwise("/"),
    transitEncryption: otherwise("DISABLED"),
  }),
  s3filesVolumeConfiguration: fields({ rootDirectory: otherwise("/") }),
});

const taskRules: Record<string, Rule> = {
  ...Object.fromEntries([...describeOnly].map((name) => [name, dropped])),
  cpu: (value) => cpuUnits(String(value)) ?? value,
  memory: (value) => mebibytes(String(value)) ?? value,
  enableFaultInjection: unless(false),
  inferenceAccelerators: pairs("deviceName", "deviceType"),
  placementConstraints: anyOrder,
  proxyConfiguration: fields({ type: otherwise("APPMESH"), properties: pairs("name", "value") }),
  requiresCompatibilities: anyOrder,
  tags: (value) => pairs("key", "value")(Array.isArray(value) ? value.filter(isCounted) : value),
  volumes: keyedBy("name", volume),
};

const isCounted = (tag: unknown): boolean => !isObject(tag) || !/^(deploy|aws|AWS):/.test(String(own(tag, "key")));

/** On EC2 the absence of a platform means any; on Fargate it means this one. [1] */
const fargateRules: Record<string, Rule> = {
  runtimePlatform: fields({ cpuArchitecture: otherwise("X86_64"), operatingSystemFamily: otherwise("LINUX") }),
};

/** @param sharesPorts the containers are in one network, where a port of a container is the port of the host, too */
const container =
  (sharesPorts: boolean): Rule =>
  (value) => {
    const { portMappings, firelensConfiguration, ...rest } = asFields(value);
    // [4]
    const user = own(rest, "user") ?? (firelensConfiguration === undefined ? undefined : "0");
    return {
      ...asFields(fields(containerRules)(rest)),
      ...(user === undefined ? {} : { user }),
      ...(firelensConfiguration === undefined ? {} : { firelensConfiguration }),
      ...(portMappings === undefined ? {} : { ports: ports(sharesPorts)(portMappings) }),
    };
  };

/** [2]; for a range the API reference says the same. */
const ports = (sharesPorts: boolean): Rule =>
  mapping(({ hostPort, protocol, ...rest }) => {
    // A mapping has one of the two.
    const { [own(rest, "containerPort") === undefined ? "containerPortRange" : "containerPort"]: port, ...more } = rest;
    return [
      `${String(port)}/${String(protocol ?? "tcp")}`,
      { hostPort: hostPort || (sharesPorts ? port : "dynamic"), ...more },
    ];
  });

const containerRules: Record<string, Rule> = {
  cpu: unless(0),
  essential: otherwise(true),
  versionConsistency: otherwise("enabled"),
  disableNetworking: unless(false),
  interactive: unless(false),
  privileged: unless(false),
  pseudoTerminal: unless(false),
  readonlyRootFilesystem: unless(false),
  credentialSpecs: anyOrder,
  dependsOn: pairs("containerName", "condition"),
  dockerSecurityOptions: anyOrder,
  environment: pairs("name", "value"),
  extraHosts: pairs("hostname", "ipAddress"),
  // [3]
  healthCheck: fields({
    interval: otherwise(30),
    timeout: otherwise(5),
    retries: otherwise(3),
    startPeriod: unless(0),
  }),
  links: anyOrder,
  linuxParameters: fields({
    capabilities: fields({ add: anyOrder, drop: anyOrder }),
    devices: keyedBy("hostPath", fields({ permissions: (value) => anyOrder(value ?? ["mknod", "read", "write"]) })),
    initProcessEnabled: unless(false),
    tmpfs: keyedBy("containerPath"),
  }),
  logConfiguration: fields({ secretOptions: pairs("name", "valueFrom") }),
  mountPoints: keyedBy("containerPath", fields({ readOnly: unless(false) })),
  resourceRequirements: anyOrder,
  restartPolicy: fields({ ignoredExitCodes: anyOrder, restartAttemptPeriod: otherwise(300) }),
  secrets: pairs("name", "valueFrom"),
  systemControls: pairs("namespace", "value"),
  ulimits: keyedBy("name"),
  volumesFrom: keyedBy("sourceContainer", fields({ readOnly: unless(false) })),
};
