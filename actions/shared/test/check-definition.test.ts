import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDefinition, problemsOf } from "../src/ecs/task-definition/check-definition.ts";
import { ConfigurationError } from "../src/errors.ts";
import type { TaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";

const container = { name: "api", image: "i" };
const fargate = {
  family: "f",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "512",
  memory: "1024",
  containerDefinitions: [container],
};
/** Files hold what they hold: the types end there. */
const problems = (definition: object) => problemsOf(definition as unknown as TaskDefinitionInput);
const withContainer = (more: object) => ({ ...fargate, containerDefinitions: [{ ...container, ...more }] });

describe("problemsOf", () => {
  it("finds nothing in a whole definition, fields that we do not interpret included", () => {
    const more = {
      portMappings: [{ containerPort: 3000, name: "api", appProtocol: "http" }],
      environment: [{ name: "A", value: "" }],
      secrets: [{ name: "B", valueFrom: "arn:aws:ssm:…" }],
      ulimits: [{ name: "nofile" }],
    };
    expect(
      problems({ ...withContainer(more), runtimePlatform: { cpuArchitecture: "ARM64" }, enableFaultInjection: true }),
    ).toEqual([]);
  });

  it.each([
    [
      "a slip of the finger",
      withContainer({ enviroment: [] }),
      "containerDefinitions[0].enviroment: is not known here; did you mean environment?",
    ],
    ["another way to write it", { ...fargate, Family: "f" }, "Family: is not known here; did you mean family?"],
    ["a key of nobody's", { ...fargate, colour: "red" }, "colour: is not known here"],
    [
      "a slip in a port",
      withContainer({ portMappings: [{ containerport: 3000 }] }),
      "containerDefinitions[0].portMappings[0].containerport: is not known here; did you mean containerPort?",
    ],
    [
      "a value in a secret",
      withContainer({ secrets: [{ name: "A", valueFrom: "s", value: "x" }] }),
      "containerDefinitions[0].secrets[0].value: is not known here",
    ],
    [
      "no image",
      { ...fargate, containerDefinitions: [{ name: "api" }] },
      "containerDefinitions[0].image: is missing; the container api needs one",
    ],
    ["no name", { ...fargate, containerDefinitions: [{ image: "i" }] }, "containerDefinitions[0].name: is missing"],
    [
      "a name twice",
      { ...fargate, containerDefinitions: [container, container] },
      "containerDefinitions: more than one container is called api",
    ],
    [
      "a variable in both",
      withContainer({ environment: [{ name: "A", value: "1" }], secrets: [{ name: "A", valueFrom: "s" }] }),
      "containerDefinitions[0]: A is in environment and in secrets; ECS takes it from one of the two",
    ],
    [
      "a variable twice",
      withContainer({
        environment: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      }),
      "containerDefinitions[0].environment: A is there more than once",
    ],
    [
      "a map for a list",
      withContainer({ environment: { A: "1" } }),
      "containerDefinitions[0].environment: must be a list of objects",
    ],
    [
      "nothing essential",
      withContainer({ essential: false }),
      "containerDefinitions: no container is essential; ECS requires one",
    ],
    [
      "a port of two containers",
      {
        ...fargate,
        containerDefinitions: [
          { ...container, portMappings: [{ containerPort: 80 }] },
          { name: "b", image: "i", portMappings: [{ containerPort: 80, protocol: "tcp" }] },
        ],
      },
      "containerDefinitions: port 80/tcp is taken by api and b",
    ],
    [
      "a dependency on nobody",
      withContainer({ dependsOn: [{ containerName: "apis", condition: "START" }] }),
      "containerDefinitions[0].dependsOn: there is no container apis; did you mean api?",
    ],
    [
      "another network on Fargate",
      { ...fargate, networkMode: "bridge" },
      "networkMode: is bridge; Fargate knows awsvpc alone",
    ],
    [
      "a size that Fargate has not",
      { ...fargate, cpu: "300" },
      "cpu: Fargate has no 300; it has 256, 512, 1024, 2048, 4096, 8192, 16384",
    ],
    [
      "memory that does not go with the CPU",
      { ...fargate, memory: "8192" },
      "memory: with cpu 512 Fargate has 1024 to 4096 MiB in steps of 1024, not 8192",
    ],
    [
      "memory between two steps",
      { ...fargate, cpu: "8 vCPU", memory: "18 GB" },
      "memory: with cpu 8192 Fargate has 16384 to 61440 MiB in steps of 4096, not 18432",
    ],
    ["no memory", { ...fargate, memory: undefined }, "memory: is missing; Fargate requires it for the whole task"],
    [
      "containers larger than the task",
      withContainer({ memory: 2048 }),
      "memory: the containers ask for 2048 MiB together, the task has 1024",
    ],
  ])("names %s with its path", (_what, definition, expected) => {
    expect(problems(definition)).toEqual([expected]);
  });

  it.each([
    [
      "the same port by another protocol",
      {
        ...fargate,
        containerDefinitions: [
          {
            ...container,
            portMappings: [
              { containerPort: 53, protocol: "udp" },
              { containerPort: 53, protocol: "tcp" },
            ],
          },
        ],
      },
    ],
    [
      "the same container port on a bridge",
      {
        family: "f",
        containerDefinitions: [
          { ...container, portMappings: [{ containerPort: 80, hostPort: 0 }] },
          { name: "b", image: "i", portMappings: [{ containerPort: 80 }] },
        ],
      },
    ],
    ["any size on EC2", { family: "f", cpu: "300", containerDefinitions: [container] }],
    ["sizes as the console writes them", { ...fargate, cpu: ".5 vCPU".replace(".", "0."), memory: "1 GB" }],
  ])("accepts %s", (_what, definition) => {
    expect(problems(definition)).toEqual([]);
  });

  it("takes every size that it offers, and none between", () => {
    const sizes = fc.constantFrom(
      [256, 512],
      [256, 2048],
      [512, 4096],
      [1024, 8192],
      [2048, 5120],
      [4096, 30_720],
      [8192, 20_480],
      [16_384, 40_960],
    );
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 255 }), ([cpu, memory], off) => {
        expect(problems({ ...fargate, cpu: String(cpu), memory: String(memory) })).toEqual([]);
        expect(problems({ ...fargate, cpu: String(cpu), memory: String(memory! + off) })).toHaveLength(1);
      }),
    );
  });

  it("is never put out by what a file holds", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.dictionary(
            fc.constantFrom("name", "image", "environment", "secrets", "portMappings", "dependsOn", "essential", "x"),
            fc.jsonValue(),
          ),
        ),
        (containers) => {
          expect(Array.isArray(problems({ family: "f", containerDefinitions: containers }))).toBe(true);
        },
      ),
    );
  });
});

describe("checkDefinition", () => {
  it("lets pass what ECS itself has answered and we do not know yet", () => {
    const definition = withContainer({ newIn2027: true, enviroment: [] }) as unknown as TaskDefinitionInput;
    expect(checkDefinition(definition, "ECS")).toEqual([]);
    expect(() => checkDefinition(definition, "file")).toThrow("did you mean environment?");
  });

  it("names in a file what resembles nothing that is known, and lets it pass", () => {
    const definition = withContainer({ newIn2027: true }) as unknown as TaskDefinitionInput;
    expect(checkDefinition(definition, "file")).toEqual([
      expect.stringContaining("containerDefinitions[0].newIn2027: is not known here; it is sent as it is"),
    ]);
  });

  it("says all of it in one message", () => {
    const definition = { ...withContainer({ enviroment: [] }), cpu: "300" } as unknown as TaskDefinitionInput;
    expect(() => checkDefinition(definition, "file")).toThrow(ConfigurationError);
    expect(() => checkDefinition(definition, "file")).toThrow(
      /^The task definition f cannot be registered:\n {2}containerDefinitions\[0\]\.enviroment: .*\n {2}cpu: Fargate has no 300/,
    );
  });
});
