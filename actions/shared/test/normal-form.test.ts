import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differences } from "../src/ecs/task-definition/differences.ts";
import type { TaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";
import { asDescribed } from "./described.ts";
import { isObject } from "../src/fields.ts";
import { anyDefinition, leavesOf, wholeDefinition, withValue, type Leaf } from "./ecs-model.ts";

const runs = { numRuns: 100 };

/** Lists whose order ECS keeps and Docker heeds; the order of the others means nothing. */
const ordered = new Set([
  "command",
  "dnsSearchDomains",
  "dnsServers",
  "entryPoint",
  "environmentFiles",
  "mountOptions",
]);

const another = (value: unknown): unknown =>
  typeof value === "boolean" ? !value : typeof value === "number" ? value + 1000 : `${String(value)}-another`;

describe("a definition with every field of the API", () => {
  const whole = wholeDefinition("awsvpc");
  const leaves = leavesOf(whole);
  /** What each other definition is, of those that are not seen to be others. */
  const unseen = (others: [what: string, other: TaskDefinitionInput][]) =>
    others.filter(([, other]) => differences(whole, other).length === 0).map(([what]) => what);
  const places = (kinds: Leaf["kind"][]) =>
    leaves.filter(({ kind }) => kinds.includes(kind)).map(({ path }) => ({ path, name: path.join(".") }));
  const scalars = places(["string", "number", "boolean"]);
  const lists = places(["list"]);
  const without = () => undefined;

  it("has them all", () => {
    expect(leaves.length).toBeGreaterThan(200);
  });

  it("differs from one with another value in any of them", () => {
    expect(unseen(scalars.map(({ path, name }) => [name, withValue(whole, path, another)]))).toEqual([]);
  });

  it("differs from one without any of them", () => {
    const all = [...scalars, ...lists];
    expect(unseen(all.map(({ path, name }) => [name, withValue(whole, path, without)]))).toEqual([]);
  });

  it("differs from one with another entry in any list", () => {
    const oneMore = (list: unknown[]) => [...list, isObject(list[0]) ? { ...list[0], more: 1 } : "more"];
    expect(unseen(lists.map(({ path, name }) => [name, withValue(whole, path, oneMore)]))).toEqual([]);
  });

  it("differs from one in another order where the order means something, and only there", () => {
    const reversed = (list: unknown[]) => list.toReversed();
    const same = unseen(lists.map(({ path, name }) => [name, withValue(whole, path, reversed)]));
    const isOrdered = (name: string) => ordered.has(name.split(".").at(-1) ?? "");
    expect(same).toEqual(lists.map(({ name }) => name).filter((name) => !isOrdered(name)));
  });

  it("differs from one with a field that nobody knows yet, anywhere", () => {
    const parents = leaves.filter(({ of }) => of === "struct").map(({ path }) => path.slice(0, -1));
    const others = new Map(parents.map((path) => [path.join("."), [...path, "newIn2030"]]));
    expect(unseen([...others].map(([name, path]) => [name, withValue(whole, path, () => "x")]))).toEqual([]);
  });

  it.each(["bridge", "host", "none"])("differs from one with other ports in %s mode, too", (networkMode) => {
    const other = wholeDefinition(networkMode);
    const ports = leavesOf(other).filter(({ kind, path }) => kind !== "list" && path.includes("portMappings"));
    const changed = ports.flatMap(({ path }) => [withValue(other, path, another), withValue(other, path, without)]);
    expect(changed.length).toBeGreaterThan(15);
    expect(changed.filter((changedPorts) => differences(other, changedPorts).length === 0)).toEqual([]);
  });
});

describe("any definition that the API's model allows", () => {
  it("is the same after it has been registered and described", () => {
    fc.assert(
      fc.property(anyDefinition, (definition) => {
        expect(differences(definition, asDescribed(definition))).toEqual([]);
        expect(differences(asDescribed(definition), definition)).toEqual([]);
      }),
      runs,
    );
  });

  it("is another when a value of it is another", () => {
    fc.assert(
      fc.property(anyDefinition, fc.nat(), (definition, at) => {
        const leaves = leavesOf(definition).filter(({ kind, path }) => kind !== "list" && path[0] !== "tags");
        const leaf = leaves[at % leaves.length];
        const other = withValue(definition, leaf?.path ?? ["family"], another);
        expect(differences(definition, other), leaf?.path.join(".")).not.toEqual([]);
      }),
      runs,
    );
  });

  it("can be compared whatever a file holds instead of its fields", () => {
    fc.assert(
      fc.property(anyDefinition, fc.nat(), fc.jsonValue(), (definition, at, value) => {
        const leaves = leavesOf(definition);
        const broken = withValue(definition, leaves[at % leaves.length]?.path ?? [], () => value);
        expect(differences(broken, broken)).toEqual([]);
        expect(differences(definition, broken)).toBeInstanceOf(Array);
      }),
      runs,
    );
  });
});

const container = (more: object, task: object = {}): TaskDefinitionInput => ({
  family: "f",
  ...task,
  containerDefinitions: [{ name: "api", image: "i", ...more }],
});
const ports = (...portMappings: object[]) => container({ portMappings });
const volume = (more: object) => container({}, { volumes: [{ name: "v", ...more }] });
const fargate = { networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"] };

describe("the same to ECS", () => {
  it.each<[string, TaskDefinitionInput, TaskDefinitionInput]>([
    [
      "vCPU and units",
      container({}, { cpu: ".25 vCPU", memory: "0.5GB" }),
      container({}, { cpu: "256 ", memory: "512" }),
    ],
    ["vcpu and gb", container({}, { cpu: "1 vcpu", memory: "2 gb" }), container({}, { cpu: "1024", memory: "2048" })],
    ["no fault injection", container({}, { enableFaultInjection: false }), container({})],
    ["bridge, the default", container({}, { networkMode: "bridge" }), container({})],
    ["a dynamic host port", ports({ containerPort: 80, hostPort: 0 }), ports({ containerPort: 80 })],
    ["tcp, the default", ports({ containerPort: 80, protocol: "tcp" }), ports({ containerPort: 80 })],
    [
      "a host port in awsvpc mode",
      container({ portMappings: [{ containerPort: 80, hostPort: 80 }] }, fargate),
      container({ portMappings: [{ containerPort: 80 }] }, fargate),
    ],
    [
      "defaults of a health check",
      container({ healthCheck: { command: ["CMD", "x"], interval: 30, timeout: 5, retries: 3, startPeriod: 0 } }),
      container({ healthCheck: { command: ["CMD", "x"] } }),
    ],
    ["no CPU of a container", container({ cpu: 0 }), container({})],
    ["an essential container", container({ essential: true }), container({})],
    [
      "a name without a value",
      container({ environment: [{ name: "A" }] }),
      container({ environment: [{ name: "A", value: "" }] }),
    ],
    [
      "what is off by default",
      container({ privileged: false, readonlyRootFilesystem: false, interactive: false, pseudoTerminal: false }),
      container({}),
    ],
    [
      "a mount for reading and writing",
      container({ mountPoints: [{ sourceVolume: "v", containerPath: "/v", readOnly: false }] }),
      container({ mountPoints: [{ sourceVolume: "v", containerPath: "/v" }] }),
    ],
    ["a volume of the host without a path", volume({ host: {} }), volume({})],
    [
      "the root of a file system",
      volume({ efsVolumeConfiguration: { fileSystemId: "fs", rootDirectory: "/", transitEncryption: "DISABLED" } }),
      volume({ efsVolumeConfiguration: { fileSystemId: "fs", authorizationConfig: { iam: "DISABLED" } } }),
    ],
    [
      "the user of a log router",
      container({ firelensConfiguration: { type: "fluentbit" }, user: "0" }),
      container({ firelensConfiguration: { type: "fluentbit", options: {} } }),
    ],
    [
      "the platform of Fargate",
      container({}, { ...fargate, runtimePlatform: { cpuArchitecture: "X86_64" } }),
      container({}, fargate),
    ],
    [
      "null and nothing",
      container({ secrets: null, dependsOn: null, command: [null] }, { volumes: null, tags: null }),
      container({}),
    ],
    [
      "tags of the toolkit and of AWS",
      container(
        {},
        {
          tags: [
            { key: "deploy:commit", value: "1" },
            { key: "aws:x", value: "2" },
          ],
        },
      ),
      container({}),
    ],
  ])("%s", (_what, one, other) => {
    expect(differences(one, other)).toEqual([]);
    expect(differences(other, one)).toEqual([]);
  });
});

describe("another for ECS", () => {
  it.each<[string, TaskDefinitionInput, TaskDefinitionInput, string[]]>([
    [
      "a range of ports more",
      ports({ containerPortRange: "8000-8010" }),
      ports({ containerPortRange: "8000-8010" }, { containerPortRange: "9000-9010" }),
      ["+ containers.api.ports.9000-9010/tcp.hostPort: dynamic"],
    ],
    [
      "a dynamic port",
      ports({ containerPort: 80, hostPort: 80 }),
      ports({ containerPort: 80 }),
      ["~ containers.api.ports.80/tcp.hostPort: 80 → dynamic"],
    ],
    [
      "a container port on two ports of the host",
      ports({ containerPort: 80, hostPort: 8080 }),
      ports({ containerPort: 80, hostPort: 8080 }, { containerPort: 80, hostPort: 8081 }),
      ['~ containers.api.ports.80/tcp: {"hostPort":8080} → [{"hostPort":8080},{"hostPort":8081}]'],
    ],
    ["a port more", ports(), ports({ containerPort: 80 }), ["+ containers.api.ports.80/tcp.hostPort: dynamic"]],
    [
      "a tag",
      container(
        {},
        {
          tags: [
            { key: "team", value: "a" },
            { key: "old", value: "1" },
          ],
        },
      ),
      container({}, { tags: [{ key: "team", value: "b" }] }),
      ["- tags.old: 1", "~ tags.team: a → b"],
    ],
    ["a volume", container({}), volume({ host: {} }), ["+ volumes.v: {}"]],
    [
      "another last value of a variable that is there twice",
      container({
        environment: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      }),
      container({
        environment: [
          { name: "A", value: "2" },
          { name: "A", value: "1" },
        ],
      }),
      ['~ containers.api.environment.A: ["1","2"] → ["2","1"]'],
    ],
    [
      "a variable called like a property of every object",
      container({ environment: [] }),
      container({ environment: [{ name: "constructor", value: "x" }] }),
      ["+ containers.api.environment.constructor: x"],
    ],
    [
      "the platform on EC2, where none means any",
      container({}),
      container({}, { runtimePlatform: { cpuArchitecture: "X86_64" } }),
      ["+ runtimePlatform.cpuArchitecture: X86_64"],
    ],
  ])("%s", (_what, one, other, lines) => {
    expect(differences(one, other)).toEqual(lines);
    expect(differences(other, one)).toHaveLength(lines.length);
  });
});
