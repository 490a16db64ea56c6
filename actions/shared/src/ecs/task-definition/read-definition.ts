// A task definition out of a file or an answer of ECS's: whatever JSON or YAML holds becomes a definition that can be
// worked with, or an error that names every place that has another shape.
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import { ConfigurationError } from "../../errors.ts";
import { isObject, type Fields } from "../../fields.ts";
import { taskStructure } from "./model.ts";
import { readStructure, type Remarks } from "./read-shape.ts";

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

/** What can be registered, as {@link readDefinition} reads it, without its notices. */
export function toTaskDefinitionInput(document: unknown, where: string): RegisterTaskDefinitionCommandInput {
  return readDefinition(document, where).definition;
}

/**
 * What can be registered: a task definition as it is, or the answer of `aws ecs describe-task-definition`. What is
 * empty (null, "", [], {}) is as if absent, except for the values of variables and tags. Keys that are not known stay:
 * ECS may know them.
 *
 * @returns the definition, with every known member in the shape of ECS's model, and sentences about what was taken
 * differently from how it is written.
 * @throws ConfigurationError that names every place where a value has another shape, with its path.
 */
export function readDefinition(
  document: unknown,
  where: string,
): { definition: RegisterTaskDefinitionCommandInput; notices: string[] } {
  const outer = fields(document, where);
  const described = outer["taskDefinition"] ?? undefined;
  const inner = described === undefined ? outer : fields(described, `${where}: taskDefinition`);
  const own = Object.entries(inner).filter(([name]) => !describeOnly.has(name));
  const remarks: Remarks = { problems: [], notices: [] };
  const source = { ...Object.fromEntries(own), tags: inner["tags"] ?? outer["tags"] };
  const definition = readStructure(source, taskStructure, "", remarks);
  const named = (key: string) => remarks.problems.some((problem) => problem.startsWith(key));
  if (!("family" in definition) && !named("family"))
    remarks.problems.unshift("family: is missing; it names the task definition");
  if (!("containerDefinitions" in definition) && !named("containerDefinitions"))
    remarks.problems.push("containerDefinitions: is missing or empty; a task needs a container");
  if (remarks.problems.length > 0)
    throw new ConfigurationError(
      `${where} is not a task definition that ECS can read:\n${remarks.problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
  return {
    definition: withOwnTags(definition as unknown as RegisterTaskDefinitionCommandInput),
    notices: remarks.notices,
  };
}

/**
 * A new revision has not been verified yet, whatever the one that it was made from was; and tags that begin with aws:
 * are AWS's own, which nobody else can set (API reference, Tag).
 */
function withOwnTags({ tags, ...definition }: RegisterTaskDefinitionCommandInput): RegisterTaskDefinitionCommandInput {
  const own = tags?.filter(({ key = "" }) => !/^(?:deploy|aws):/i.test(key)) ?? [];
  return own.length > 0 ? { ...definition, tags: own } : definition;
}

function fields(value: unknown, where: string): Fields {
  if (isObject(value)) return value;
  throw new ConfigurationError(
    `${where}: must be a task definition (an object with family and containerDefinitions), not ${Array.isArray(value) ? "a list" : `${value === null ? "null" : typeof value}`}.`,
  );
}
