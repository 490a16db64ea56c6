// What ECS answers when it is asked for a revision that it has been given. Sources: those of normal-form.ts.
import type { ContainerDefinition, TaskDefinition, Volume } from "@aws-sdk/client-ecs";
import { cpuUnits, mebibytes } from "../src/ecs/task-definition/task-size.ts";
import type { TaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";

export function asDescribed(definition: TaskDefinitionInput): TaskDefinition & TaskDefinitionInput {
  const {
    cpu,
    memory,
    networkMode,
    tags,
    volumes = [],
    containerDefinitions = [],
    ...rest
  } = structuredClone(definition);
  return {
    ...rest,
    taskDefinitionArn: "arn:aws:ecs:eu-west-1:123456789012:task-definition/f:7",
    revision: 7,
    status: "ACTIVE",
    requiresAttributes: [{ name: "com.amazonaws.ecs.capability.docker-remote-api.1.18" }],
    compatibilities: ["EC2", "FARGATE"],
    registeredAt: new Date(0),
    registeredBy: "arn:aws:iam::123456789012:user/x",
    placementConstraints: rest.placementConstraints ?? [],
    enableFaultInjection: rest.enableFaultInjection ?? false,
    ...(networkMode === undefined ? {} : { networkMode }),
    ...(cpu === undefined ? {} : { cpu: String(cpuUnits(cpu)) }),
    ...(memory === undefined ? {} : { memory: String(mebibytes(memory)) }),
    volumes: volumes.map(volume),
    containerDefinitions: containerDefinitions.map((entry) => container(entry, networkMode)),
    tags: [
      ...(tags ?? []),
      { key: "deploy:verified-at", value: "2026-01-01" },
      { key: "aws:cloudformation:stack-id", value: "s" },
    ],
  };
}

function volume({ host, efsVolumeConfiguration, ...rest }: Volume): Volume {
  if (!efsVolumeConfiguration)
    return Object.keys(rest).length > 1 ? { ...rest, ...(host ? { host } : {}) } : { ...rest, host: host ?? {} };
  return {
    ...rest,
    ...(host ? { host } : {}),
    efsVolumeConfiguration: { ...efsVolumeConfiguration, rootDirectory: efsVolumeConfiguration.rootDirectory ?? "/" },
  };
}

function container(given: ContainerDefinition, networkMode: string | undefined): ContainerDefinition {
  const { environment, secrets, healthCheck, portMappings, firelensConfiguration, user, ...rest } = given;
  const sharesPorts = networkMode === "awsvpc" || networkMode === "host";
  return {
    ...rest,
    cpu: rest.cpu ?? 0,
    essential: rest.essential ?? true,
    mountPoints: rest.mountPoints ?? [],
    volumesFrom: rest.volumesFrom ?? [],
    systemControls: rest.systemControls ?? [],
    // In an order of its own.
    environment: (environment ?? []).toSorted(byName),
    ...(secrets ? { secrets: secrets.toSorted(byName) } : {}),
    portMappings: (portMappings ?? []).map(({ hostPort, ...mapping }) => {
      const { containerPort, protocol = "tcp" } = mapping;
      const port = hostPort || (sharesPorts ? containerPort : 0);
      return { ...mapping, protocol, ...(containerPort === undefined ? { hostPort } : { hostPort: port }) };
    }),
    ...(healthCheck ? { healthCheck: { interval: 30, timeout: 5, retries: 3, ...healthCheck } } : {}),
    ...(firelensConfiguration ? { firelensConfiguration, user: user ?? "0" } : user === undefined ? {} : { user }),
  };
}

const byName = ({ name: a = "" }: { name?: string | undefined }, { name: b = "" }: { name?: string | undefined }) =>
  a < b ? -1 : Number(a !== b);
