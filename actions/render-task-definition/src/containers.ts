// The input `containers`: changes of several containers, with values that lines cannot hold.
import type { ContainerChange } from "../../shared/src/ecs/task-definition/edit-definition.ts";
import type { InputReader } from "../../shared/src/inputs.ts";
import { nearest } from "../../shared/src/nearest.ts";

type Entry = Record<string, unknown>;

/** What a container may say, and how its value is read; undefined: the value is not of this kind. */
const fields: Record<string, { is: string; set: (change: ContainerChange, value: unknown) => true | undefined }> = {
  image: field("a text without spaces", asImage, "image"),
  environment: field("a mapping of names to texts", asTexts, "environment"),
  secrets: field("a mapping of names to sources", asTexts, "secrets"),
  "environment-mode": field(
    "merge or replace",
    (value) => (value === "merge" || value === "replace" ? value : undefined),
    "mode",
  ),
  unset: field("a list of names", asList, "unset"),
  cpu: field("a whole number of CPU units", asNumber, "cpu"),
  memory: field("a whole number of MiB", asNumber, "memory"),
  "memory-reservation": field("a whole number of MiB", asNumber, "memoryReservation"),
  command: field("a list of texts", asList, "command"),
  "entry-point": field("a list of texts", asList, "entryPoint"),
  "log-driver": field(
    "a text such as awslogs",
    (value) => (typeof value === "string" ? value : undefined),
    "logDriver",
  ),
  "log-options": field("a mapping of options to texts", asTexts, "logOptions"),
  "docker-labels": field("a mapping of labels to texts", asTexts, "dockerLabels"),
  "env-files": field("a list of ARNs of objects in S3", asList, "environmentFiles"),
};

function field<K extends keyof ContainerChange>(
  is: string,
  as: (value: unknown) => ContainerChange[K] | undefined,
  key: K,
): { is: string; set: (change: ContainerChange, value: unknown) => true | undefined } {
  return {
    is,
    set: (change, value) => {
      const read = as(value);
      if (read === undefined) return undefined;
      change[key] = read;
      return true;
    },
  };
}

export function readContainers(read: InputReader): Map<string, ContainerChange> {
  const changes = new Map<string, ContainerChange>();
  const listed = read.texts("containers");
  if (listed === undefined) return changes;
  if (!isMapping(listed)) {
    read.problem(
      "containers: must be a mapping of container names, for example\n    api:\n      environment: { LOG_LEVEL: debug }",
    );
    return changes;
  }
  for (const [name, entry] of Object.entries(listed)) {
    if (isMapping(entry)) changes.set(name, readContainer(read, `containers.${name}`, entry));
    else read.problem(`containers.${name}: must be a mapping, for example { image: … }`);
  }
  return changes;
}

function readContainer(read: InputReader, where: string, entry: Entry): ContainerChange {
  const change: ContainerChange = {};
  for (const [key, value] of Object.entries(entry)) {
    const known = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (!known)
      read.problem(
        `${where}.${key}: is not one of ${Object.keys(fields).join(", ")}${nearest(key, Object.keys(fields))}`,
      );
    else if (!known.set(change, value)) read.problem(`${where}.${key}: must be ${known.is}`);
  }
  for (const name of change.environment?.keys() ?? [])
    if (change.secrets?.has(name))
      read.problem(`${where}: ${name} is in environment and in secrets; ECS takes it from one of the two`);
  return change;
}

const isMapping = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function asImage(value: unknown): string | undefined {
  return typeof value === "string" && /^\S+$/.test(value) ? value : undefined;
}

function asTexts(value: unknown): Map<string, string> | undefined {
  if (!isMapping(value)) return undefined;
  const entries = Object.entries(value);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === "string")
    ? new Map(entries as [string, string][])
    : undefined;
}

function asList(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((text) => typeof text === "string") ? value : undefined;
}

function asNumber(value: unknown): number | undefined {
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : undefined;
}
