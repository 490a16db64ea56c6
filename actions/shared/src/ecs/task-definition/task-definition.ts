// Task definitions as values: what ECS returns for one, and what it accepts to register one.
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import { ConfigurationError } from "../../errors.ts";

export type TaskDefinitionInput = RegisterTaskDefinitionCommandInput;

/** Fields that ECS adds when it describes a revision and refuses when one is registered. */
export const describeOnly: ReadonlySet<string> = new Set([
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

/** "family:revision" of an ARN; other text as it is. */
export function shortName(arn: string | undefined): string {
  return arn?.split("/").at(-1) ?? "unknown";
}
