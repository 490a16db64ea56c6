// What Fargate refuses. Sources: Amazon ECS developer guide, "Task definition differences for Fargate" and "Task size";
// API reference, where it names a parameter that Fargate does not support.
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { cpuUnits, mebibytes } from "../task-size.ts";
import { outside, type Rule, type Task } from "./task.ts";

/** Memory in MiB that goes with a number of CPU units: from, to, in steps of. */
const sizes: Record<number, [number, number, number]> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16_384: [32_768, 122_880, 8192],
};
/** Larger ones are newer than this table: ECS knows what goes with them. */
const largest = 16_384;

export const fargateRules: Rule[] = [
  (task) =>
    task.fargate
      ? [
          ...taskSize(task),
          ...taskProblems(task),
          ...task.containers.flatMap(({ container, path }) => [
            ...unsupported(container, path),
            ...containerProblems(container, path),
          ]),
        ]
      : [],
];

function taskSize({ definition, windows }: Task): string[] {
  const [cpu, memory] = [cpuUnits(definition.cpu ?? ""), mebibytes(definition.memory ?? "")];
  const problems: string[] = [];
  if (definition.cpu === undefined)
    problems.push(`cpu: is missing; Fargate requires one of ${Object.keys(sizes).join(", ")}`);
  if (definition.memory === undefined) problems.push("memory: is missing; Fargate requires it for the whole task");
  if (cpu === undefined || cpu > largest) return problems;
  const size = sizes[cpu];
  if (!size) return [...problems, `cpu: Fargate has no ${cpu}; it has ${Object.keys(sizes).join(", ")}`];
  if (windows && (cpu < 1024 || cpu > 4096))
    problems.push(`cpu: Fargate has 1024, 2048 and 4096 for Windows containers, not ${cpu}`);
  const [from, to, step] = size;
  // 256 goes with 512, 1024 and 2048, not with 1536.
  const fits =
    memory === undefined ||
    (memory >= from && memory <= to && (memory - from) % step === 0 && !(cpu === 256 && memory === 1536));
  if (!fits)
    problems.push(
      cpu === 256
        ? `memory: with cpu 256 Fargate has 512, 1024 and 2048 MiB, not ${memory}`
        : `memory: with cpu ${cpu} Fargate has ${from} to ${to} MiB in steps of ${step}, not ${memory}`,
    );
  return problems;
}

function taskProblems({ definition }: Task): string[] {
  const { networkMode, ipcMode, pidMode, placementConstraints, volumes = [] } = definition;
  return [
    ...(networkMode === "awsvpc" ? [] : [`networkMode: is ${networkMode ?? "missing"}; Fargate knows awsvpc alone`]),
    ...(ipcMode === undefined ? [] : ["ipcMode: Fargate does not support it"]),
    ...(pidMode === "host" ? ["pidMode: Fargate knows task alone, not host"] : []),
    ...(placementConstraints === undefined ? [] : ["placementConstraints: Fargate does not support them"]),
    ...volumes.flatMap(({ host, dockerVolumeConfiguration }, index) => [
      ...(host?.sourcePath === undefined ? [] : [`volumes[${index}].host.sourcePath: Fargate does not support it`]),
      ...(dockerVolumeConfiguration === undefined
        ? []
        : [`volumes[${index}].dockerVolumeConfiguration: Fargate does not support it`]),
    ]),
  ];
}

/** tmpfs is not among them: the API reference says no longer that Fargate lacks it. */
function unsupported(container: ContainerDefinition, path: string): string[] {
  const { devices, sharedMemorySize, maxSwap, swappiness } = container.linuxParameters ?? {};
  const { privileged, disableNetworking, dnsServers, dnsSearchDomains, dockerSecurityOptions } = container;
  const given = {
    // false is what it is on Fargate in any case.
    privileged: privileged || undefined,
    disableNetworking: disableNetworking || undefined,
    dnsServers,
    dnsSearchDomains,
    dockerSecurityOptions,
    "linuxParameters.devices": devices,
    "linuxParameters.sharedMemorySize": sharedMemorySize || undefined,
    "linuxParameters.maxSwap": maxSwap,
    "linuxParameters.swappiness": swappiness,
  };
  return Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([key]) => `${path}.${key}: Fargate does not support it`);
}

const logDrivers = ["awslogs", "splunk", "awsfirelens"];

function containerProblems(container: ContainerDefinition, path: string): string[] {
  const { logConfiguration, firelensConfiguration, linuxParameters, resourceRequirements = [] } = container;
  const driver = logConfiguration?.logDriver;
  return [
    ...(driver !== undefined && !logDrivers.includes(driver)
      ? [`${path}.logConfiguration.logDriver: Fargate has ${logDrivers.join(", ")}, not ${driver}`]
      : []),
    ...(firelensConfiguration?.options?.["config-file-type"] === "s3"
      ? [`${path}.firelensConfiguration.options.config-file-type: Fargate takes file alone, not s3`]
      : []),
    ...(linuxParameters?.capabilities?.add ?? [])
      .filter((capability) => !/^(?:CAP_)?SYS_PTRACE$/.test(capability))
      .map(
        (capability) => `${path}.linuxParameters.capabilities.add: Fargate allows SYS_PTRACE alone, not ${capability}`,
      ),
    ...resourceRequirements
      .filter(({ type }) => type === "GPU" || type === "NeuronDevice")
      .map(({ type }) => `${path}.resourceRequirements: Fargate has no ${type}`),
    ...outside(`${path}.startTimeout`, container.startTimeout, { from: 2, to: 120, unit: "seconds on Fargate" }),
    ...outside(`${path}.stopTimeout`, container.stopTimeout, { from: 2, to: 120, unit: "seconds on Fargate" }),
  ];
}
