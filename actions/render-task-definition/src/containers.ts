// The input `containers`: changes to several containers, including values that do not fit on one line.
import type { ContainerChange } from "../../shared/src/ecs/task-definition/edit-definition.ts";
import { isObject, type Fields } from "../../shared/src/fields.ts";
import type { InputReader } from "../../shared/src/inputs.ts";
import { nearest } from "../../shared/src/nearest.ts";

interface Field {
  /** What the value must be, for the error message. */
  type: string;
  /** @returns whether the value has this type */
  set: (change: ContainerChange, value: unknown) => boolean;
}

const fields: Record<string, Field> = {
  image: field("a string without spaces", asImage, "image"),
  environment: field("a mapping of names to strings", asStrings, "environment"),
  secrets: field("a mapping of names to sources", asStrings, "secrets"),
  "environment-mode": field(
    "merge or replace",
    (value) => (value === "merge" || value === "replace" ? value : undefined),
    "mode",
  ),
  unset: field("a list of names", asList, "unset"),
  cpu: field("a whole number of CPU units", asNumber, "cpu"),
  memory: field("a whole number of MiB", asNumber, "memory"),
  "memory-reservation": field("a whole number of MiB", asNumber, "memoryReservation"),
  command: field("a list of strings", asList, "command"),
  "entry-point": field("a list of strings", asList, "entryPoint"),
  "log-driver": field(
    "a string such as awslogs",
    (value) => (typeof value === "string" ? value : undefined),
    "logDriver",
  ),
  "log-options": field("a mapping of options to strings", asStrings, "logOptions"),
  "docker-labels": field("a mapping of labels to strings", asStrings, "dockerLabels"),
  "env-files": field("a list of ARNs of S3 objects", asList, "environmentFiles"),
};

/** @param parse returns undefined for a value of another type */
function field<K extends keyof ContainerChange>(
  type: string,
  parse: (value: unknown) => ContainerChange[K] | undefined,
  key: K,
): Field {
  return {
    type,
    set: (change, value) => {
      const parsed = parse(value);
      if (parsed === undefined) return false;
      change[key] = parsed;
      return true;
    },
  };
}

export function readContainers(read: InputReader): Map<string, ContainerChange> {
  const changes = new Map<string, ContainerChange>();
  const containers = read.texts("containers");
  if (containers === undefined) return changes;
  if (!isObject(containers)) {
    const example = "\n    api:\n      environment: { LOG_LEVEL: debug }";
    read.problem(`containers: must be a mapping of container names, for example${example}`);
    return changes;
  }
  for (const [name, entry] of Object.entries(containers)) {
    if (isObject(entry)) changes.set(name, readContainer(read, `containers.${name}`, entry));
    else read.problem(`containers.${name}: must be a mapping, for example { image: … }`);
  }
  return changes;
}

function readContainer(read: InputReader, where: string, entry: Fields): ContainerChange {
  const change: ContainerChange = {};
  for (const [key, value] of Object.entries(entry)) {
    const known = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (!known)
      read.problem(
        `${where}.${key}: is not one of ${Object.keys(fields).join(", ")}${nearest(key, Object.keys(fields))}`,
      );
    else if (!known.set(change, value)) read.problem(`${where}.${key}: must be ${known.type}`);
  }
  for (const name of change.environment?.keys() ?? [])
    if (change.secrets?.has(name))
      read.problem(`${where}: ${name} is in both environment and secrets; ECS allows only one of them`);
  return change;
}

function asImage(value: unknown): string | undefined {
  return typeof value === "string" && /^\S+$/.test(value) ? value : undefined;
}

function asStrings(value: unknown): Map<string, string> | undefined {
  if (!isObject(value)) return undefined;
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
