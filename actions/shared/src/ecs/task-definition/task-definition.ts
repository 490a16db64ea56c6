// Task definitions as values: what ECS returns for one, what it accepts to register one, and what changes between.
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput, TaskDefinition } from "@aws-sdk/client-ecs";
import { ConfigurationError } from "../../errors.ts";

export type TaskDefinitionInput = RegisterTaskDefinitionCommandInput;

/** Fields that ECS adds when it describes a revision and refuses when one is registered. */
const describeOnly = new Set([
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "registeredBy",
  "deregisteredAt",
  "deleteRequestedAt",
]);

/**
 * What can be registered, out of a file: a task definition as it is, or the answer of `aws ecs
 * describe-task-definition`.
 * Fields that we do not know stay: ECS may.
 */
export function toTaskDefinitionInput(document: unknown, where: string): TaskDefinitionInput {
  const outer = object(document, where);
  const inner = "taskDefinition" in outer ? object(outer["taskDefinition"], `${where}: taskDefinition`) : outer;
  const tags = (inner["tags"] ?? outer["tags"]) as TaskDefinitionInput["tags"];
  const result = Object.fromEntries(
    Object.entries(inner).filter(([name]) => !describeOnly.has(name) && name !== "tags"),
  );
  const containers = result["containerDefinitions"];
  if (typeof result["family"] !== "string")
    throw new ConfigurationError(`${where}: family is missing; it names the task definition.`);
  if (!Array.isArray(containers) || containers.length === 0)
    throw new ConfigurationError(`${where}: containerDefinitions is missing or empty; a task needs a container.`);
  for (const [index, container] of containers.entries())
    object(
      container,
      `${where}: containerDefinitions[${index}]`,
      "a container definition (an object with name and image)",
    );
  // A new revision has not been verified yet, whatever the one that it was made from was.
  const own = tags?.filter(({ key }) => !key?.startsWith("deploy:"));
  return { ...result, ...(own?.length ? { tags: own } : {}) } as TaskDefinitionInput;
}

function object(
  value: unknown,
  where: string,
  what = "a task definition (an object with family and containerDefinitions)",
): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ConfigurationError(`${where}: must be ${what}.`);
}

/**
 * One line for each thing that differs, as a person would say it. Secrets are sources there, not values; a variable or
 * option
 * whose name suggests a secret is shown without its value.
 */
export function differences(before: TaskDefinitionInput | TaskDefinition, after: TaskDefinitionInput): string[] {
  const lines: string[] = [];
  compare(normalised(before as TaskDefinitionInput), normalised(after), "", lines);
  return lines;
}

function compare(before: unknown, after: unknown, path: string, lines: string[]): void {
  // What is there on one side alone is reported entry by entry too, so that no secret hides in a whole.
  if (isObject(before) ? isObject(after) || after === undefined : isObject(after) && before === undefined) {
    const [from, to] = [(before ?? {}) as Record<string, unknown>, (after ?? {}) as Record<string, unknown>];
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)]))
      compare(from[key], to[key], path === "" ? key : `${path}.${key}`, lines);
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    const shown = (value: unknown) => (isSecret(path, value) ? "(not shown)" : text(value));
    lines.push(
      before === undefined
        ? `+ ${path}: ${shown(after)}`
        : after === undefined
          ? `- ${path}: ${shown(before)}`
          : `~ ${path}: ${shown(before)} → ${shown(after)}`,
    );
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const secretName = /pass(word|wd|phrase)?|secret|token|credential|private|(^|[_-])(key|dsn)$|connection[-_]?string/i;

/** By its name, or as an address that carries a password. */
function isSecret(path: string, value: unknown): boolean {
  const [, name] = /\.(?:environment|options|dockerLabels)\.(.+)$/.exec(path) ?? [];
  return name !== undefined && (secretName.test(name) || /:\/\/[^/@\s]+:[^/@\s]+@/.test(String(value)));
}

const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/**
 * The definition without what ECS fills in by itself, and with lists that are really maps as maps,
 * so that a registered revision equals the file that it was registered from.
 */
function normalised(definition: TaskDefinitionInput): Record<string, unknown> {
  const { tags: _tags, containerDefinitions = [], ...rest } = definition;
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !describeOnly.has(name)));
  return withoutEmpty({
    ...own,
    containers: Object.fromEntries(
      containerDefinitions.map((container) => [container.name, normalisedContainer(container)]),
    ),
  }) as Record<string, unknown>;
}

function normalisedContainer(container: ContainerDefinition): Record<string, unknown> {
  const { name: _name, environment = [], secrets = [], portMappings = [], cpu, essential = true, ...rest } = container;
  return {
    ...rest,
    ...(cpu ? { cpu } : {}),
    essential,
    environment: Object.fromEntries(environment.map((entry) => [entry.name, entry.value])),
    secrets: Object.fromEntries(secrets.map((entry) => [entry.name, entry.valueFrom])),
    ports: Object.fromEntries(
      portMappings.map(({ containerPort, hostPort = containerPort, protocol = "tcp", ...more }) => [
        `${containerPort}/${protocol}`,
        { hostPort, ...more },
      ]),
    ),
  };
}

/** Without undefined, empty lists and empty objects, all of which ECS adds or drops at will; empty texts stay. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (!isObject(value)) return value ?? undefined;
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const kept = withoutEmpty(inner);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** "family:revision" of an ARN; other text as it is. */
export function shortName(arn: string | undefined): string {
  return arn?.split("/").at(-1) ?? "unknown";
}
