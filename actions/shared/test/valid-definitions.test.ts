// No false refusals: what people have in their repositories, and what tools write, is read and passes every check.
import { describe, expect, it } from "vitest";
import { checkDefinition } from "../src/ecs/task-definition/check-definition.ts";
import { readDefinition } from "../src/ecs/task-definition/read-definition.ts";
import { exportedDefinitions } from "./valid-definitions/exports.ts";
import { fargateDefinitions } from "./valid-definitions/fargate.ts";
import { otherDefinitions } from "./valid-definitions/other.ts";

describe.each([
  ["Fargate", fargateDefinitions],
  ["EC2 and others", otherDefinitions],
  ["files of tools", exportedDefinitions],
])("valid: %s", (_where, definitions) => {
  it.each(Object.entries(definitions))("%s", (_what, document) => {
    const { definition } = readDefinition(document, "task-definition.json");
    expect(() => checkDefinition(definition, "file")).not.toThrow();
    expect(() => checkDefinition(definition, "ECS")).not.toThrow();
    // What has been read once is read as it is.
    expect(readDefinition(definition, "task-definition.json")).toEqual({ definition, notices: [] });
  });
});
