import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument } from "../../shared/src/document.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { inputs } from "./run-render.ts";

describe("readInputs", () => {
  it.each([
    [{}, ["there is nothing to set", "task-definition or service"]],
    [{ service: "api", images: "api=" }, ["api has no image"]],
    [{ service: "api", images: "api=a b" }, ['the image "a b" contains a space']],
    [{ service: "api", "container-name": "api", image: "" }, ["image: is required with container-name"]],
    [{ "task-definition-revision": "3", images: "api=x" }, ["requires task-definition-family"]],
    [
      { service: "api", "environment-variables": "A=1\nA=2\nB", secrets: "A=/a" },
      ['"B" is not a line NAME=value', "A is in both"],
    ],
    [
      {
        service: "api",
        "environment-mode": "clear",
        "log-configuration-log-driver": "awslog",
        "env-files": "s3://b/x.env",
      },
      ["merge or replace", "must be one of awsfirelens, awslogs", "is not the ARN"],
    ],
    [{ service: "api", command: '["a", 1]' }, ["must be a JSON array of strings"]],
    [
      { service: "api", "task-role-arn": "role", "execution-role-arn": "arn:aws:iam::1:role/x" },
      ["task-role-arn: must be the ARN of a role", "execution-role-arn: must be the ARN of a role"],
    ],
    [{ service: "api", "container-name": "api, ml", images: "ml=i" }, ["image: is required with container-name (api)"]],
    [
      { service: "api", containers: "api: { enviroment: {}, cpu: much, command: run }" },
      [
        "containers.api.enviroment: is not one of",
        "did you mean environment?",
        "must be a whole number of CPU units",
        "must be a list of strings",
      ],
    ],
    [{ service: "api", containers: "[api]" }, ["must be a mapping of container names"]],
  ])("reports everything that is wrong with %j", (invalid, parts) => {
    for (const part of parts) expect(() => inputs(invalid as Record<string, string>)).toThrow(part);
  });
});

describe("any text in any input", () => {
  const action = parseDocument(readFileSync(join(import.meta.dirname, "../action.yml"), "utf8")) as { inputs: object };
  const names = Object.keys(action.inputs);
  const fields = ["image", "environment", "secrets", "unset", "cpu", "command", "log-options", "x", "__proto__"];
  const containers = fc.dictionary(
    fc.constantFrom("web", "constructor"),
    fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...fields), fc.jsonValue())),
  );
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "=", "\n", '"', "'", "\\", " ", "[", "{", ":", ",", "-", "|") }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );

  it("is read or refused, with the name of the input", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), text), containers, (given, value) => {
        try {
          inputs({ ...given, containers: JSON.stringify(value) });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          const [, ...problems] = (error as Error).message.split(/\n {2}(?! )/);
          const known = [...names, "containers", "task-definition or service", "environment-variables, secrets"];
          for (const problem of problems)
            expect(
              known.some((name) => problem.startsWith(name)),
              problem,
            ).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
