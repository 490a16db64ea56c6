import { describe, expect, it } from "vitest";
import { FailedError } from "../src/errors.ts";
import { required } from "../src/required.ts";

describe("required", () => {
  it.each([0, "", false])("hands through %j, which is there", (value) => {
    expect(required(value, "ecs:X: field")).toBe(value);
  });

  it.each([undefined, null])("names the call and the field where there is %s", (value) => {
    expect(() => required(value, "ecs:RegisterTaskDefinition: taskDefinitionArn")).toThrow(FailedError);
    expect(() => required(value, "ecs:X: field")).toThrow("ecs:X: field");
  });
});
