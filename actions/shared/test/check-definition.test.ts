import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDefinition, type CheckOptions } from "../src/ecs/task-definition/check-definition.ts";
import { ConfigurationError } from "../src/errors.ts";
import type { TaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";
import { refusals } from "./refused-definitions/all.ts";
import { container, ec2, fargate, withContainers } from "./refused-definitions/definitions.ts";

/** Files hold what they hold: the types end there. */
const check = (definition: object, origin: "file" | "ECS" = "file", options?: CheckOptions) =>
  checkDefinition(definition as unknown as TaskDefinitionInput, origin, options);
/** The sentences of the refusal, without the one that introduces them. */
const problems = (...given: Parameters<typeof check>): string[] => {
  try {
    check(...given);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
};

describe("what ECS refuses by its documentation", () => {
  it.each(refusals)("%s is refused, once, and its valid neighbour is not", (_what, wrong, sentence, right) => {
    const [first = "", ...more] = problems(wrong);
    expect(first.slice(0, sentence.length)).toBe(sentence);
    expect(more).toEqual([]);
    expect(problems(right)).toEqual([]);
  });

  it("is more than 64 KiB", () => {
    const environment = Array.from({ length: 1e5 }, (_, index) => ({ name: `V${index}`, value: "" }));
    expect(problems(withContainers(ec2, { environment }))).toEqual([
      expect.stringMatching(/^containerDefinitions: the definition has \d+ bytes; ECS takes 65536$/),
    ]);
    expect(problems(withContainers(ec2, { environment: environment.slice(0, 1500) }))).toEqual([]);
  });

  it("is reported all at once", () => {
    const definition = { ...withContainers(fargate, { enviroment: [], privileged: true }), cpu: "300" };
    expect(() => check(definition)).toThrow(
      /^The task definition f cannot be registered:\n {2}containerDefinitions\[0\]\.enviroment: .*\n {2}cpu: Fargate has no 300.*\n {2}containerDefinitions\[0\]\.privileged: /,
    );
  });

  it("takes every size that Fargate has, and none between", () => {
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
      { numRuns: 60 },
    );
  });

  it.each(["512", "0.5 vCPU", ".5 vcpu", "0.5vCPU", " 512 "])("takes %j as half a CPU", (cpu) => {
    expect(problems({ ...fargate, cpu })).toEqual([]);
    expect(problems({ ...fargate, cpu, memory: "512" })).toEqual([
      "memory: with cpu 512 Fargate has 1024 to 4096 MiB in steps of 1024, not 512",
    ]);
  });

  it("leaves sizes above the largest known to ECS", () => {
    expect(problems({ ...fargate, cpu: "32 vCPU", memory: "244 GB" })).toEqual([]);
  });
});

describe("what may be newer than this toolkit", () => {
  it("is named and goes through: a key that resembles none", () => {
    expect(check(withContainers(ec2, { newIn2027: true }))).toEqual([
      "containerDefinitions[0].newIn2027: is not known here; it is sent as it is, and ECS ignores what it does not know either",
    ]);
    expect(check(withContainers(ec2, { healthCheck: { command: ["CMD", "x"], newIn2027: 1 } }))).toEqual([
      expect.stringContaining("containerDefinitions[0].healthCheck.newIn2027: is not known here"),
    ]);
  });

  it.each([
    [
      "runtimePlatform.operatingSystemFamily",
      { ...ec2, runtimePlatform: { operatingSystemFamily: "WINDOWS_SERVER_2028_CORE" } },
    ],
    [
      "containerDefinitions[0].portMappings[0].appProtocol",
      withContainers(ec2, { portMappings: [{ containerPort: 80, appProtocol: "http3" }] }),
    ],
  ])("is named and goes through: the next number of %s", (path, definition) => {
    expect(check(definition)).toEqual([expect.stringContaining(`${path}: `)]);
  });

  it("is named on one line, and cut", () => {
    const [notice = ""] = check(withContainers(ec2, { [`\n${"k".repeat(5e4)}`]: 1 }));
    expect(notice).toMatch(/^containerDefinitions\[0\]\["\\nk{79}"\]: is not known here; it is sent/);
  });

  it("says what ECS makes of a protocol that is none", () => {
    expect(check(withContainers(ec2, { portMappings: [{ containerPort: 80, protocol: "TCP" }] }))).toEqual([
      'containerDefinitions[0].portMappings[0].protocol: must be one of tcp, udp, not "TCP"; ECS takes it as tcp',
    ]);
  });

  it.each([
    [
      "a network mode that the console calls so",
      { ...withContainers(ec2, { links: ["c1"] }, {}), networkMode: "default" },
      'networkMode: must be one of awsvpc, bridge, host, none, not "default"; leave it out for the default',
    ],
    [
      "a health check that only some platforms can run",
      withContainers(ec2, { healthCheck: { command: ["/healthcheck"] } }),
      "containerDefinitions[0].healthCheck.command: should begin with CMD or CMD-SHELL",
    ],
    [
      "a link to none of the containers",
      withContainers(ec2, { links: ["redis:cache"] }),
      "containerDefinitions[0].links[0]: there is no container redis",
    ],
    [
      "a proxy that is none of the containers",
      { ...ec2, proxyConfiguration: { containerName: "envoy" } },
      "proxyConfiguration.containerName: there is no container envoy",
    ],
  ])("lets pass, with a word, %s", (_what, definition, notice) => {
    expect(check(definition)).toEqual([notice]);
  });

  it("says that a variable is there twice", () => {
    const environment = [
      { name: "A", value: "1" },
      { name: "A", value: "2" },
    ];
    expect(check(withContainers(ec2, { environment }))).toEqual([
      "containerDefinitions[0].environment: A is there more than once; the container gets one of the values",
    ]);
  });
});

describe("what ECS itself has registered", () => {
  it("holds no slips of the finger", () => {
    const definition = { ...withContainers(ec2, { newIn2027: true, enviroment: [] }), networkMode: "overlay" };
    expect(check(definition, "ECS")).toEqual([]);
    expect(() => check(definition)).toThrow("did you mean environment?");
  });

  it("is no problem in what is made of it; what is new is", () => {
    const registered = { ...fargate, memory: "1536" } as unknown as TaskDefinitionInput;
    expect(problems(registered, "ECS", { registered })).toEqual([]);
    expect(problems({ ...registered, cpu: "300" }, "ECS", { registered })).toEqual([
      expect.stringContaining("cpu: Fargate has no 300"),
    ]);
  });
});

describe("what a later step can still set", () => {
  const unfinished = withContainers(
    { ...fargate, containerDefinitions: [] },
    { image: undefined, secrets: [{ name: "A", valueFrom: "s" }], logConfiguration: { logDriver: "awslogs" } },
    { image: null },
  );

  it("may be missing when it is asked so", () => {
    expect(problems(unfinished, "file", { images: "later" })).toEqual([]);
    expect(problems(unfinished, "file", { images: "required" }).map((line) => line.split(": ")[0])).toEqual([
      "containerDefinitions[0].image",
      "containerDefinitions[1].image",
      "executionRoleArn",
      "containerDefinitions[0].logConfiguration.options.awslogs-group",
      "containerDefinitions[0].logConfiguration.options.awslogs-region",
      "containerDefinitions[0].logConfiguration.options.awslogs-stream-prefix",
    ]);
  });

  it("does not excuse anything else", () => {
    const definition = { ...ec2, containerDefinitions: [{ name: "api" }, { ...container, name: "api" }] };
    expect(problems(definition, "file", { images: "later" })).toEqual([
      "containerDefinitions: more than one container is called api",
    ]);
  });
});
