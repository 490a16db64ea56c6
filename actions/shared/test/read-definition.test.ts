import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { membersOf, taskStructure, type Type } from "../src/ecs/task-definition/model.ts";
import { parseDocument } from "../src/document.ts";
import { readDefinition, toTaskDefinitionInput } from "../src/ecs/task-definition/read-definition.ts";
import { ConfigurationError } from "../src/errors.ts";
import { exportedDefinitions } from "./valid-definitions/exports.ts";

const read = (more: object, container: object = {}) =>
  readDefinition({ family: "f", containerDefinitions: [{ name: "api", ...container }], ...more }, "file.json");
const containerOf = (container: object) => read({}, container).definition.containerDefinitions?.[0];

describe("a task definition", () => {
  it("of describe-task-definition loses what only describes, and keeps what is not known", () => {
    const document = exportedDefinitions["an answer of describe-task-definition"] as { taskDefinition: object };
    const described = { ...document, taskDefinition: { ...document.taskDefinition, newIn2027: { a: 1 } } };
    expect(Object.keys(toTaskDefinitionInput(described, "answer")).toSorted()).toEqual([
      "containerDefinitions",
      "cpu",
      "enableFaultInjection",
      "executionRoleArn",
      "family",
      "memory",
      "networkMode",
      "newIn2027",
      "requiresCompatibilities",
      "taskRoleArn",
    ]);
  });

  it("is not verified because the revision before was, and has no tags that only AWS can set", () => {
    const tags = [
      { key: "Name", value: "api" },
      { key: "deploy:verified-at", value: "2026-01-01T00:00:00Z" },
      { key: "aws:cloudformation:stack-name", value: "s" },
    ];
    expect(read({ tags }).definition.tags).toEqual([{ key: "Name", value: "api" }]);
    expect("tags" in read({ tags: tags.slice(1) }).definition).toBe(false);
  });

  it.each([
    [
      "a list",
      [],
      "file.json: must be a task definition (an object with family and containerDefinitions), not a list.",
    ],
    ["null", null, "must be a task definition (an object with family and containerDefinitions), not null."],
    ["a text", "x", "not string."],
    ["an answer that holds none", { taskDefinition: 1 }, "file.json: taskDefinition: must be a task definition"],
    ["no family", { containerDefinitions: [{ name: "a" }] }, "family: is missing; it names the task definition"],
    ["no containers", { family: "x", containerDefinitions: [] }, "containerDefinitions: is missing or empty"],
    [
      "containers that are none",
      { family: "x", containerDefinitions: [null, {}] },
      "containerDefinitions: is missing or empty",
    ],
  ])("is refused if it is %s", (_what, document, message) => {
    const error = errorOfReading(document);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain(message);
  });

  it("is refused with every place that has another shape", () => {
    const error = errorOfReading({
      family: 5,
      tags: { team: "x" },
      containerDefinitions: [
        { name: "a", environment: { PASSWORD: "hunter2" }, command: "npm start", cpu: "256", essential: "True" },
        "b",
        { name: "c", dockerLabels: { on: true }, portMappings: [{ containerPort: 80.5 }], logConfiguration: [1] },
      ],
    });
    expect(error.message.split("\n")).toEqual([
      "file.json is not a task definition that ECS can read:",
      "  family: must be a string: put the number in quotes",
      '  tags: must be a list such as [{"key": "team", "value": "…"}], not an object',
      '  containerDefinitions[0].environment: must be a list such as [{"name": "PASSWORD", "value": "…"}], not an object',
      '  containerDefinitions[0].command: must be a list such as ["…"], not a string',
      "  containerDefinitions[0].cpu: must be a number: write 256 without quotes",
      "  containerDefinitions[0].essential: must be a boolean: write true without quotes",
      "  containerDefinitions[1]: must be an object with keys such as name and image, not a string",
      "  containerDefinitions[2].dockerLabels.on: must be a string: put the boolean in quotes",
      "  containerDefinitions[2].portMappings[0].containerPort: must be a whole number, not 80.5",
      "  containerDefinitions[2].logConfiguration: must be an object with keys such as logDriver and options, not a list",
    ]);
  });

  it("shows no value in an error", () => {
    const error = errorOfReading({
      family: "f",
      containerDefinitions: [{ name: "a", environment: [{ name: "PIN", value: 271828 }], secrets: "hunter2" }],
    });
    expect(error.message).not.toMatch(/271828|hunter2/);
  });
});

describe("what is empty", () => {
  it("is as if absent: null, lists, objects and texts, as tools write them", () => {
    expect(
      read(
        { volumes: null, tags: [], cpu: "", placementConstraints: [{ expression: "" }], proxyConfiguration: {} },
        {
          secrets: null,
          image: "",
          command: [""],
          links: [],
          logConfiguration: { logDriver: "", options: { KeyName: "" } },
        },
      ),
    ).toEqual({ definition: { family: "f", containerDefinitions: [{ name: "api" }] }, notices: [] });
  });

  it("stays where it is a value", () => {
    const container = {
      name: "api",
      command: ["sh", "-c", "", "x"],
      environment: [{ name: "A", value: "" }],
      dockerLabels: { flag: "" },
      logConfiguration: { logDriver: "awsfirelens", options: { prefix: "" } },
    };
    expect(containerOf(container)).toEqual(container);
    expect(read({ tags: [{ key: "marked", value: "" }] }).definition.tags).toEqual([{ key: "marked", value: "" }]);
  });

  it("is the value of a variable that has none", () => {
    expect(containerOf({ environment: [{ name: "A" }, { name: "B", value: null }] })).toMatchObject({
      environment: [
        { name: "A", value: "" },
        { name: "B", value: "" },
      ],
    });
  });

  it("keeps its blanks: values are texts", () => {
    const secrets = [{ name: "A ", valueFrom: " /a " }];
    expect(containerOf({ secrets })).toMatchObject({ secrets });
  });
});

describe("what is taken differently from how it is written", () => {
  it("is a task size as a number, which is said", () => {
    const { definition, notices } = read({ cpu: 256, memory: 512 });
    expect(definition).toMatchObject({ cpu: "256", memory: "512" });
    expect(notices).toEqual([
      'cpu: the number 256 is taken as the string "256" that ECS expects',
      'memory: the number 512 is taken as the string "512" that ECS expects',
    ]);
    expect(errorOfReading({ family: "f", cpu: 0.25, containerDefinitions: [{ name: "a" }] }).message).toContain(
      "cpu: must be a string",
    );
  });

  it("is a comment, which is left out", () => {
    const { definition, notices } = read({ _comment: "x", $schema: "y" }, { "//": "z" });
    expect(definition).toEqual({ family: "f", containerDefinitions: [{ name: "api" }] });
    expect(notices).toEqual([
      "containerDefinitions[0].//: is left out; ECS has no key that begins like this",
      "_comment: is left out; ECS has no key that begins like this",
      "$schema: is left out; ECS has no key that begins like this",
    ]);
  });

  it("is never a merge key of YAML, which would be lost", () => {
    const text = "family: f\ncontainerDefinitions:\n  - &a {name: a, image: i}\n  - {<<: *a, name: b}\n";
    expect(errorOfReading(parseDocument(text)).message).toContain(
      'containerDefinitions[1]["<<"]: YAML merge keys are not resolved',
    );
  });
});

describe("a value of the model's shape", () => {
  it("is read as it is, whatever it is", () => {
    fc.assert(
      fc.property(structureOf(taskStructure), (definition) => {
        expect(readDefinition(definition, "x")).toEqual({ definition, notices: [] });
      }),
      { numRuns: 100 },
    );
  });
});

describe("any JSON", () => {
  it("cannot write lines of its own into an error, nor keep it waiting", () => {
    const [, ...lines] = errorOfReading({
      family: "f",
      containerDefinitions: [{ name: "a", dockerLabels: { "x: ok\n::error::y": 1 }, ["k".repeat(1e6)]: 1 }],
    }).message.split("\n");
    expect(lines).toEqual([
      '  containerDefinitions[0].dockerLabels["x: ok\\n::error::y"]: must be a string: put the number in quotes',
    ]);
  });

  it("is a definition or an error that names a place", () => {
    const key = fc.constantFrom(
      "name",
      "image",
      "environment",
      "secrets",
      "portMappings",
      "dependsOn",
      "cpu",
      "x",
      "__proto__",
    );
    const container = fc.dictionary(key, fc.jsonValue());
    const task = fc.dictionary(fc.constantFrom("cpu", "tags", "volumes", "constructor"), fc.jsonValue());
    fc.assert(
      fc.property(task, fc.array(fc.oneof(container, fc.jsonValue())), (more, containerDefinitions) => {
        try {
          expect(toTaskDefinitionInput({ family: "f", ...more, containerDefinitions }, "x").family).toBe("f");
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          expect((error as Error).message).toMatch(/^x is not .*\n {2}[a-z]\S*: /i);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function errorOfReading(document: unknown): Error {
  try {
    readDefinition(document, "file.json");
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was read");
}

/** Values that are not empty. */
function arbitraryOf(type: Type): fc.Arbitrary<unknown> {
  const text = fc.string({ minLength: 1 });
  switch (type.kind) {
    case "string":
      return text;
    case "integer":
      return fc.integer();
    case "boolean":
      return fc.boolean();
    case "map":
      return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string(), { minKeys: 1, maxKeys: 3 });
    case "enumeration":
      return fc.constantFrom(...type.values);
    case "list":
      return fc.array(arbitraryOf(type.of), { minLength: 1, maxLength: 2 });
    case "structure":
      return structureOf(type.name);
  }
}

/** What is required, a first member, and any of the others. */
function structureOf(structure: string): fc.Arbitrary<Record<string, unknown>> {
  const members = [...membersOf(structure)];
  const required = members.filter(([, member], index) => member.required || index === 0).map(([name]) => name);
  const values = Object.fromEntries(members.map(([name, { type }]) => [name, arbitraryOf(type)]));
  // A variable always has a value.
  return fc.record(values, { requiredKeys: structure === "KeyValuePair" ? ["name", "value"] : required });
}
