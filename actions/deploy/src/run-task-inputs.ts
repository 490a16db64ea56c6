// The peer's inputs for a one-off task, and for volumes that ECS manages.
import type {
  LaunchType,
  RunTaskCommandInput,
  ServiceVolumeConfiguration,
  TaskVolumeConfiguration,
} from "@aws-sdk/client-ecs";
import { isObject } from "../../shared/src/fields.ts";
import type { InputReader } from "../../shared/src/inputs.ts";

export interface RunTaskInputs {
  settings: Omit<RunTaskCommandInput, "cluster" | "taskDefinition" | "clientToken" | "count">;
  waitForStop: boolean;
}

type Overrides = NonNullable<NonNullable<RunTaskCommandInput["overrides"]>["containerOverrides"]>;

/** The compiler holds them to what the SDK knows. */
const launchTypes: Record<LaunchType, true> = { FARGATE: true, EC2: true, EXTERNAL: true, MANAGED_INSTANCES: true };

export type ServiceVolumes = ServiceVolumeConfiguration[];

export function readRunTask(
  read: InputReader,
  { enabled, managedTags }: { enabled: boolean; managedTags: boolean | undefined },
): RunTaskInputs | undefined {
  const overrides = listOf<Overrides>(
    read,
    "run-task-container-overrides",
    read.structured("run-task-container-overrides"),
  );
  const tags = listOf<NonNullable<RunTaskCommandInput["tags"]>>(
    read,
    "run-task-tags",
    read.structured("run-task-tags"),
  );
  const strategy = listOf<NonNullable<RunTaskCommandInput["capacityProviderStrategy"]>>(
    read,
    "run-task-capacity-provider-strategy",
    read.structured("run-task-capacity-provider-strategy"),
  );
  const launchType = read.choice("run-task-launch-type", Object.keys(launchTypes) as LaunchType[], "FARGATE");
  const subnets = commaList(read.optional("run-task-subnets"));
  const securityGroups = commaList(read.optional("run-task-security-groups"));
  const assignPublicIp = read.choice("run-task-assign-public-IP", ["DISABLED", "ENABLED"] as const, "DISABLED");
  const volumes = readVolumes(read, "run-task-managed-ebs-volume");
  const waitForStop = read.boolean("wait-for-task-stopped", false);
  const startedBy = read.optional("run-task-started-by") ?? "GitHub-Actions";
  if (startedBy.length > 128) read.problem("run-task-started-by: ECS takes up to 128 characters");
  if (!enabled) return undefined;
  const hasNetwork = subnets.length + securityGroups.length > 0;
  return {
    waitForStop,
    settings: {
      startedBy,
      overrides: { containerOverrides: overrides },
      ...(managedTags === undefined ? {} : { enableECSManagedTags: managedTags }),
      ...(tags.length > 0 ? { tags } : {}),
      ...(strategy.length > 0 ? { capacityProviderStrategy: strategy } : { launchType }),
      ...(hasNetwork
        ? {
            networkConfiguration: {
              awsvpcConfiguration: {
                subnets,
                ...(securityGroups.length > 0 ? { securityGroups } : {}),
                assignPublicIp,
              },
            },
          }
        : {}),
      ...(volumes ? { volumeConfigurations: volumes as TaskVolumeConfiguration[] } : {}),
    },
  };
}

/**
 * The name of the volume in the definition in the one input, its settings as an object in the other. An empty list removes
 * the volume of a service, as in UpdateService; `{}` is what the replaced action takes for "not given".
 */
export function readVolumes(
  read: InputReader,
  input: "service-managed-ebs-volume" | "run-task-managed-ebs-volume",
): ServiceVolumes | undefined {
  const name =
    input === "service-managed-ebs-volume"
      ? read.optional("service-managed-ebs-volume-name")
      : read.optional("run-task-managed-ebs-volume-name");
  const settings =
    input === "service-managed-ebs-volume"
      ? read.structured("service-managed-ebs-volume")
      : read.structured("run-task-managed-ebs-volume");
  if (Array.isArray(settings) && settings.length === 0) return [];
  if (isEmptyObject(settings)) {
    if (name !== undefined) read.problem(`${input}: is empty; give the settings of the volume ${name}, or [] for none`);
    return undefined;
  }
  if (name === undefined && settings === undefined) return undefined;
  if (name === undefined || !isObject(settings)) {
    read.problem(
      `${input}: must be an object such as {"sizeInGiB": 20, "roleArn": "arn:…"}, with ${input}-name beside it`,
    );
    return undefined;
  }
  return [{ name, managedEBSVolume: settings as unknown as ServiceVolumeConfiguration["managedEBSVolume"] }];
}

const isEmptyObject = (value: unknown): boolean => isObject(value) && Object.keys(value).length === 0;

function listOf<T extends unknown[]>(read: InputReader, name: string, value: unknown = []): T {
  if (Array.isArray(value) && value.every((entry) => typeof entry === "object" && entry !== null)) return value as T;
  read.problem(`${name}: must be a JSON array of objects`);
  return [] as unknown as T;
}

const commaList = (text = ""): string[] =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
