// What the inputs set on the service itself, besides its revision and its count.
import { isDeepStrictEqual } from "node:util";
import type { Service, ServiceVolumeConfiguration, UpdateServiceCommandInput } from "@aws-sdk/client-ecs";
import { primaryOf } from "../../shared/src/ecs/deployment/completion.ts";
import type { TaskDefinitionInput } from "../../shared/src/ecs/task-definition/task-definition.ts";
import type { Inputs } from "./inputs.ts";

export type ServiceSettings = Pick<
  UpdateServiceCommandInput,
  "propagateTags" | "enableECSManagedTags" | "volumeConfigurations"
>;

/** What is not set stays as the service has it. */
export function settingsFor(
  { propagateTags, managedTags, volumes }: Inputs,
  service: Service,
  definition: TaskDefinitionInput,
): ServiceSettings {
  const volumeConfigurations = volumes ?? leftVolumes(service, definition);
  return {
    ...(propagateTags ? { propagateTags } : {}),
    ...(managedTags === undefined ? {} : { enableECSManagedTags: managedTags }),
    ...(volumeConfigurations ? { volumeConfigurations } : {}),
  };
}

/** ECS refuses the configuration of a volume that the definition no longer leaves to the launch: an empty list removes it. */
function leftVolumes(
  service: Service,
  { volumes = [] }: TaskDefinitionInput,
): ServiceVolumeConfiguration[] | undefined {
  const isUsed = volumes.some(({ configuredAtLaunch }) => configuredAtLaunch === true);
  return volumesOf(service).length > 0 && !isUsed ? [] : undefined;
}

/** DescribeServices has them with each deployment. */
const volumesOf = (service: Service): ServiceVolumeConfiguration[] => primaryOf(service)?.volumeConfigurations ?? [];

/** Whether the service has them already; ECS adds fields of its own to those of a volume. */
export function hasSettings(service: Service, settings: ServiceSettings): boolean {
  const { propagateTags, enableECSManagedTags, volumeConfigurations } = settings;
  return (
    (propagateTags === undefined || propagateTags === (service.propagateTags ?? "NONE")) &&
    (enableECSManagedTags === undefined || enableECSManagedTags === (service.enableECSManagedTags ?? false)) &&
    (volumeConfigurations === undefined || hasVolumes(volumesOf(service), volumeConfigurations))
  );
}

function hasVolumes(there: ServiceVolumeConfiguration[], asked: ServiceVolumeConfiguration[]): boolean {
  return (
    there.length === asked.length &&
    asked.every(({ name, managedEBSVolume }) => {
      const found = there.find((volume) => volume.name === name)?.managedEBSVolume;
      return Object.entries(managedEBSVolume ?? {}).every(([field, value]) =>
        isDeepStrictEqual(found?.[field as keyof typeof found], value),
      );
    })
  );
}
