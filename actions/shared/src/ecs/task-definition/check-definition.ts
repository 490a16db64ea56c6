// What is wrong with a task definition, found before anything is called: all of it, each with its path.
// ECS itself reports one problem at a time, and silently ignores a key that it does not know.
import { ConfigurationError } from "../../errors.ts";
import type { Fields } from "../../fields.ts";
import { containerNotices, containerRules } from "./checks/containers.ts";
import { dependencyRules, referenceNotices } from "./checks/dependencies.ts";
import { fargateRules } from "./checks/fargate.ts";
import { loggingRules } from "./checks/logging.ts";
import { compareWithModel } from "./checks/model.ts";
import { networkRules } from "./checks/network.ts";
import { sizeRules } from "./checks/sizes.ts";
import { taskOf, type Rule } from "./checks/task.ts";
import { taskRules } from "./checks/task-level.ts";
import { volumeRules } from "./checks/volumes.ts";
import { taskStructure } from "./model.ts";
import { readStructure, type Remarks } from "./read-shape.ts";
import type { TaskDefinitionInput } from "./task-definition.ts";

/** Where a definition comes from: what ECS itself has answered holds no slips of the finger. */
export type Origin = "file" | "ECS";

export interface CheckOptions {
  /** `later`: another step can still set what rendering sets, so that images, roles and log options may be missing. */
  images?: "required" | "later";
  /** What ECS has registered already, of which the definition is made: what it has itself is no problem. */
  registered?: TaskDefinitionInput | undefined;
}

/** Of a definition as JSON (developer guide, "Amazon ECS service quotas": task definition size). */
const mostBytes = 65_536;

/** Rules for combinations, each with its source beside it. What is not documented with certainty is left to ECS. */
const rules: Rule[] = [
  ...taskRules,
  ...containerRules,
  ...dependencyRules,
  ...networkRules,
  ...volumeRules,
  ...loggingRules,
  ...sizeRules,
  ...fargateRules,
];

/**
 * An unknown key or value that is nearly one of ECS's is a typo. Any other key may be one that ECS learnt after this
 * was written: it is sent as it is, and named.
 *
 * @returns sentences about what is unusual and goes through.
 * @throws ConfigurationError that names every problem with its path.
 */
export function checkDefinition(
  definition: TaskDefinitionInput,
  origin: Origin,
  { images = "required", registered }: CheckOptions = {},
): string[] {
  const { problems, notices } = findingsIn(definition, origin, images);
  const accepted = new Set(registered && findingsIn(registered, origin, images).problems);
  const own = problems.filter((problem) => !accepted.has(problem));
  if (own.length > 0)
    throw new ConfigurationError(
      `The task definition ${definition.family} cannot be registered:\n${own.map((problem) => `  ${problem}`).join("\n")}`,
    );
  return origin === "ECS" ? [] : notices;
}

function findingsIn(definition: TaskDefinitionInput, origin: Origin, images: "required" | "later"): Remarks {
  const shape: Remarks = { problems: [], notices: [] };
  const read = readStructure(
    definition as unknown as Fields,
    taskStructure,
    "",
    shape,
  ) as unknown as TaskDefinitionInput;
  // What has another shape has been named; looking into it would only fail.
  if (shape.problems.length > 0) return shape;
  const size = Buffer.byteLength(JSON.stringify(read));
  if (size > mostBytes)
    return { ...shape, problems: [`containerDefinitions: the definition has ${size} bytes; ECS takes ${mostBytes}`] };
  const { slips, missing, notices } = compareWithModel(read);
  const task = taskOf(read, images === "later");
  return {
    problems: [...(origin === "ECS" ? [] : slips), ...missing, ...rules.flatMap((rule) => rule(task))],
    notices: [...notices, ...containerNotices(task), ...referenceNotices(task)],
  };
}
