// What the rules look at: a definition in the shape of ECS's model, with what most of them ask for.
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { TaskDefinitionInput } from "../task-definition.ts";

/** A container with its place, for example containerDefinitions[0]. */
export interface PlacedContainer {
  container: ContainerDefinition;
  path: string;
}

export interface Task {
  definition: TaskDefinitionInput;
  containers: PlacedContainer[];
  /** Names of the containers, "" where one is missing. */
  names: string[];
  /** ECS validates for Fargate as soon as it is one of several (developer guide, "Task size"). */
  fargate: boolean;
  windows: boolean;
  networkMode: string;
  /** Images, roles and log options, which rendering sets, can still be set by another step. */
  later: boolean;
}

/** Sentences about what ECS refuses, each beginning with a path. */
export type Rule = (task: Task) => string[];
/** Sentences about what ECS may take and nobody will have meant. */
export type Notices = Rule;

export function taskOf(definition: TaskDefinitionInput, later: boolean): Task {
  const containers = definition.containerDefinitions ?? [];
  return {
    definition,
    containers: containers.map((container, index) => ({ container, path: `containerDefinitions[${index}]` })),
    names: containers.map(({ name }) => name ?? ""),
    fargate: definition.requiresCompatibilities?.includes("FARGATE") ?? false,
    windows: definition.runtimePlatform?.operatingSystemFamily?.startsWith("WINDOWS") ?? false,
    networkMode: networkModeOf(definition.networkMode),
    later,
  };
}

/**
 * bridge is what ECS takes if none is given (API reference, RegisterTaskDefinition, networkMode). Files call that
 * "default", as the console does.
 */
const networkModeOf = (mode: string | undefined): string =>
  mode === undefined || mode === "default" ? "bridge" : mode;

/** What is there more than once, each once. */
export function repeated(names: string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(names.filter((name) => seen.size === seen.add(name).size))];
}

/** A sentence if the number is outside; undefined is inside. */
export function outside(
  path: string,
  value: number | undefined,
  { from, to, unit }: { from: number; to: number; unit?: string },
): string[] {
  if (value === undefined || (value >= from && value <= to)) return [];
  return [`${path}: must be ${from} to ${to}${unit ? ` ${unit}` : ""}, not ${value}`];
}

/** Names of families, containers and volumes (API reference: up to 255 letters, numbers, underscores and hyphens). */
export function nameProblem(path: string, name: string): string[] {
  return /^[\w-]{1,255}$/.test(name)
    ? []
    : [`${path}: must be 1 to 255 letters, numbers, underscores and hyphens, not ${JSON.stringify(name.slice(0, 80))}`];
}
