// Changes of a task definition: what a deployment sets on top of the shape that someone else owns.
import type { ContainerDefinition, KeyValuePair, LogDriver, Secret } from "@aws-sdk/client-ecs";
import { ConfigurationError } from "../../errors.ts";
import type { TaskDefinitionInput } from "./task-definition.ts";

export type Mode = "merge" | "replace";

/** What is undefined stays as it is. Texts are taken byte for byte: nothing is trimmed, split or parsed. */
export interface ContainerChange {
  image?: string;
  environment?: Map<string, string>;
  /** Name → what ECS reads it from. */
  secrets?: Map<string, string>;
  /** `replace`: environment and secrets that are not given go, for those of the two that are given. */
  mode?: Mode;
  /** Names that go, from environment and from secrets. */
  unset?: string[];
  cpu?: number;
  memory?: number;
  memoryReservation?: number;
  command?: string[];
  entryPoint?: string[];
  logDriver?: string;
  logOptions?: Map<string, string>;
  dockerLabels?: Map<string, string>;
  /** ARNs of objects in S3; they take the place of those that are there. */
  environmentFiles?: string[];
}

export interface DefinitionChange {
  containers: Map<string, ContainerChange>;
  /** CPU units and MiB of the whole task. */
  cpu?: string | undefined;
  memory?: string | undefined;
  taskRoleArn?: string | undefined;
  executionRoleArn?: string | undefined;
  tags?: Map<string, string>;
}

/** Both changes; where they set the same, the second one counts. */
export function mergedChange(first: ContainerChange = {}, second: ContainerChange = {}): ContainerChange {
  const maps = (["environment", "secrets", "logOptions", "dockerLabels"] as const).flatMap((key) => {
    const [one, other] = [first[key], second[key]];
    return one && other ? [[key, new Map([...one, ...other])] as const] : [];
  });
  const unset = first.unset && second.unset ? { unset: [...first.unset, ...second.unset] } : {};
  return { ...first, ...second, ...Object.fromEntries(maps), ...unset };
}

/** The changed definition. Every name must be a container of it: a misspelled one would change nothing. */
export function edited(definition: TaskDefinitionInput, change: DefinitionChange): TaskDefinitionInput {
  const containers = definition.containerDefinitions ?? [];
  const names = containers.map(({ name }) => name ?? "");
  const unknown = [...change.containers.keys()].filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new ConfigurationError(
      `${definition.family} has no container ${unknown.map((name) => `"${name}"`).join(", ")}. Its containers: ${names.join(", ")}.`,
    );
  }
  const { cpu, memory, taskRoleArn, executionRoleArn } = change;
  const tags = change.tags?.size ? { tags: mergedTags(definition.tags ?? [], change.tags) } : {};
  return {
    ...definition,
    ...given({ cpu, memory, taskRoleArn, executionRoleArn }),
    ...tags,
    containerDefinitions: containers.map((container) =>
      editedContainer(container, change.containers.get(container.name ?? "") ?? {}),
    ),
  };
}

/** Only that which is set: a key with undefined would be a change of its own. */
function given<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function editedContainer(container: ContainerDefinition, change: ContainerChange): ContainerDefinition {
  const { image, cpu, memory, memoryReservation, command, entryPoint } = change;
  return {
    ...container,
    ...given({ image, cpu, memory, memoryReservation, command, entryPoint }),
    ...environmentOf(container, change),
    ...logConfigurationOf(container, change),
    ...(change.dockerLabels
      ? { dockerLabels: { ...container.dockerLabels, ...Object.fromEntries(change.dockerLabels) } }
      : {}),
    ...(change.environmentFiles
      ? { environmentFiles: change.environmentFiles.map((value) => ({ value, type: "s3" as const })) }
      : {}),
  };
}

/** A name lives in one of environment and secrets: set in the one, it goes from the other. */
function environmentOf(
  container: ContainerDefinition,
  { environment, secrets, mode = "merge", unset = [] }: ContainerChange,
): Pick<ContainerDefinition, "environment" | "secrets"> {
  if (!environment && !secrets && unset.length === 0) return {};
  const kept = <T extends { name?: string | undefined }>(
    entries: T[] | undefined,
    own: Map<string, string> | undefined,
    other: Map<string, string> | undefined,
  ) =>
    (mode === "replace" && own ? [] : (entries ?? [])).filter(
      ({ name = "" }) => !other?.has(name) && !unset.includes(name),
    );
  const variables = withValues(
    kept<KeyValuePair>(container.environment, environment, secrets),
    environment,
    (name, value) => ({ name, value }),
  );
  const sources = withValues(kept<Secret>(container.secrets, secrets, environment), secrets, (name, valueFrom) => ({
    name,
    valueFrom,
  }));
  return {
    ...(container.environment || variables.length > 0 ? { environment: variables } : {}),
    ...(container.secrets || sources.length > 0 ? { secrets: sources } : {}),
  };
}

/** Entries that are there keep their place. */
function withValues<T extends { name?: string | undefined }>(
  entries: T[],
  values: Map<string, string> | undefined,
  make: (name: string, value: string) => T,
): T[] {
  const added = [...(values ?? [])].filter(([name]) => !entries.some((entry) => entry.name === name));
  const changed = entries.map((entry) => {
    const { name = "" } = entry;
    const value = values?.get(name);
    return value === undefined ? entry : make(name, value);
  });
  return [...changed, ...added.map(([name, value]) => make(name, value))];
}

/** Options belong to a driver: another driver starts without those of the one before. */
function logConfigurationOf(
  { logConfiguration }: ContainerDefinition,
  { logDriver, logOptions }: ContainerChange,
): Pick<ContainerDefinition, "logConfiguration"> {
  if (logDriver === undefined && !logOptions) return {};
  const driver = (logDriver ?? logConfiguration?.logDriver) as LogDriver | undefined;
  if (driver === undefined)
    throw new ConfigurationError(
      "log-configuration-options: the container has no log driver yet; give log-configuration-log-driver too, for example awslogs.",
    );
  const kept = driver === logConfiguration?.logDriver ? logConfiguration : undefined;
  return {
    logConfiguration: {
      ...kept,
      logDriver: driver,
      options: { ...kept?.options, ...Object.fromEntries(logOptions ?? []) },
    },
  };
}

function mergedTags(
  before: NonNullable<TaskDefinitionInput["tags"]>,
  tags: Map<string, string>,
): NonNullable<TaskDefinitionInput["tags"]> {
  return [...before.filter(({ key }) => !tags.has(key ?? "")), ...[...tags].map(([key, value]) => ({ key, value }))];
}
