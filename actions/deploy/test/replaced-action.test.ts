// The inputs and outputs of the replaced action, as its action.yml and index.js have them: replaced-action.json.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { parseDocument } from "../../shared/src/document.ts";
import type { Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { readInputs, type Inputs } from "../src/inputs.ts";
import { deploy, stable, stopLast } from "./deploy-scenario.ts";
import { definition, file, pinned } from "./run-deploy.ts";

afterEach(stopLast);

interface Theirs {
  required?: boolean;
  /** What their code takes where nothing is given; undefined: nothing. */
  default?: string;
  /** Another value, which must make a difference here. */
  value: string;
  /** What else must be given for it to have a meaning. */
  with?: Record<string, string>;
  /** The other half, where two inputs are one setting. */
  pair?: Record<string, string>;
}
interface Ours {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs: Record<string, object>;
}
const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const theirs = JSON.parse(textOf("replaced-action.json")) as { inputs: Record<string, Theirs>; outputs: string[] };
const ours = parseDocument(textOf("../action.yml")) as Ours;
const root = parseDocument(textOf("../../../action.yml")) as Ours;

const read = (given: Record<string, string>): Inputs =>
  readInputs((name) => ({ "task-definition": "api:1", ...given })[name] ?? "");

/** Accepted, and without an effect: what they are for is always so here, as action.yml says. */
const notNeeded = ["keep-null-value-keys", "max-retries", "wait-max-delay-seconds"];

describe.each(Object.entries(theirs.inputs))("the input %s", (name, input) => {
  const { required = false, default: fallback, value, with: beside = {}, pair = {} } = input;

  it("is one of ours, required where it is there, with the same default", () => {
    const own = ours.inputs[name];
    expect(own?.required ?? false).toBe(required);
    expect([undefined, fallback]).toContain(own!.default);
    if (!required) expect(read({ ...beside, [name]: fallback ?? "" })).toEqual(read(beside));
  });

  it("has an effect, or says that it has none", () => {
    const given = read({ ...beside, ...pair, [name]: value });
    if (!notNeeded.includes(name)) return expect(given).not.toEqual(read(beside));
    expect(given).toEqual(read(beside));
    expect(ours.inputs[name]!.description).toContain("Accepted for compatibility and not needed");
  });
});

it("the outputs are among ours", () => {
  expect(theirs.outputs.filter((name) => !(name in ours.outputs))).toEqual([]);
});

/** The root action is one release of one service with everything rendered, watched and tested. */
const notInRoot: Record<string, RegExp> = {
  "it always waits": /^wait-for-service-stability$/,
  "it runs no task besides the migration": /^(run-task|wait-for-task-stopped)/,
  "deploy has what only some services need": /^(codedeploy|service-managed-ebs|propagate-tags|enable-ecs-managed-tags)/,
  "they have no effect": new RegExp(`^(${notNeeded.join("|")})$`),
};

it.each(Object.keys(theirs.inputs))("the root action has %s, or a reason not to", (name) => {
  const reasons = Object.entries(notInRoot).filter(([, pattern]) => pattern.test(name));
  expect(reasons.length).toBe(name in root.inputs ? 0 : 1);
  // What both have means the same.
  if (name in root.inputs && name !== "service" && name !== "task-definition")
    expect(root.inputs[name]!.default).toBe(ours.inputs[name]!.default);
});

describe("as the replaced action", () => {
  it("cuts the description of a CodeDeploy deployment to 512 characters, and no character in two", () => {
    const described = (text: string) => read({ "codedeploy-deployment-description": text }).codeDeploy.description;
    expect(described("a".repeat(512))).toBe("a".repeat(512));
    expect(described("a".repeat(513))).toBe(`${"a".repeat(511)}…`);
    expect(described(`${"a".repeat(510)}😀😀`)).toBe(`${"a".repeat(510)}…`);
  });

  it.each([
    ["0", 30],
    ["0.5", 0.5],
    ["360", 360],
    ["1000", 360],
  ])("takes wait-for-minutes: %s for %s minutes", (text, minutes) => {
    expect(read({ "wait-for-minutes": text }).waitMinutes).toBe(minutes);
  });

  it("registers only where there is no service to wait for", async () => {
    const { aws, outputs, error } = await deploy(stable, { service: "", "wait-for-service-stability": "true" });
    expect(error).toBeUndefined();
    expect(outputs["task-definition-arn"]).toBe(arnOf(2));
    expect(aws.calls.map(({ action }) => action)).toEqual(["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"]);
  });

  it.each([
    ["true", true],
    ["false", false],
    ["", undefined],
  ])("gives enable-ecs-managed-tags: %s to the task, too", async (text, sent) => {
    const task = { taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/t1" };
    const { aws } = await deploy(stable, { "run-task": "true", "enable-ecs-managed-tags": text }, () => ({
      "ecs:RunTask": () => ({ tasks: [task] }),
    }));
    expect(aws.last("ecs:RunTask").enableECSManagedTags).toBe(sent);
    expect(aws.last("ecs:UpdateService").enableECSManagedTags).toBe(sent);
  });
});

describe("what the inputs set on the service", () => {
  const image = pinned("old");
  const volume = { name: "data", managedEBSVolume: { sizeInGiB: 20, roleArn: "arn:aws:iam::1:role/ebs" } };
  /** A service with a volume, as ECS describes it: with what it adds itself. */
  const withVolume = (more: object = {}): EcsScenario => ({
    ...stable,
    revisions: { 1: { image } },
    service: {
      ...more,
      deployments: [
        {
          id: "ecs-svc/1",
          status: "PRIMARY",
          taskDefinition: arnOf(1),
          rolloutState: "COMPLETED",
          desiredCount: 3,
          runningCount: 3,
          volumeConfigurations: [
            { ...volume, managedEBSVolume: { ...volume.managedEBSVolume, filesystemType: "xfs", encrypted: true } },
          ],
        },
      ],
    },
  });
  const atLaunch: Handlers = {
    "ecs:DescribeTaskDefinition": () => ({ taskDefinition: { ...withLaunch, taskDefinitionArn: arnOf(1) } }),
  };
  const withLaunch = { ...definition(image), volumes: [{ name: "data", configuredAtLaunch: true }] };
  const same = { "task-definition": file(withLaunch) };
  const given = {
    "service-managed-ebs-volume-name": volume.name,
    "service-managed-ebs-volume": JSON.stringify(volume.managedEBSVolume),
  };

  it("removes its volumes with []", async () => {
    const { aws } = await deploy(withVolume(), { ...same, "service-managed-ebs-volume": "[]" }, () => atLaunch);
    expect(aws.last("ecs:UpdateService").volumeConfigurations).toEqual([]);
  });

  it("removes its volumes with a definition that has none which is configured at launch", async () => {
    const { aws } = await deploy(withVolume(), { "task-definition": file(definition(pinned("new"))) }, () => atLaunch);
    expect(aws.last("ecs:UpdateService").volumeConfigurations).toEqual([]);
  });

  it("leaves its volumes as they are otherwise", async () => {
    const other = file({ ...withLaunch, cpu: "512" });
    const { aws } = await deploy(withVolume(), { "task-definition": other }, () => atLaunch);
    expect(aws.last("ecs:UpdateService")).not.toHaveProperty("volumeConfigurations");
  });

  it.each<[string, object, Record<string, string>, object | undefined]>([
    ["a volume that is there", {}, given, undefined],
    ["no setting", {}, {}, undefined],
    [
      "another size",
      {},
      { ...given, "service-managed-ebs-volume": '{"sizeInGiB": 40}' },
      { volumeConfigurations: [{ name: "data", managedEBSVolume: { sizeInGiB: 40 } }] },
    ],
    ["tags from the service", {}, { "propagate-tags": "SERVICE" }, { propagateTags: "SERVICE" }],
    ["tags that are so", { propagateTags: "SERVICE" }, { "propagate-tags": "SERVICE" }, undefined],
    ["no tags, of which the service says nothing", {}, { "propagate-tags": "NONE" }, undefined],
    [
      "managed tags",
      { enableECSManagedTags: false },
      { "enable-ecs-managed-tags": "true" },
      { enableECSManagedTags: true },
    ],
    ["managed tags that are so", { enableECSManagedTags: true }, { "enable-ecs-managed-tags": "true" }, undefined],
  ])("is updated where only this differs: %s", async (_what, service, inputs, sent) => {
    const { aws, outputs } = await deploy(withVolume(service), { ...same, ...inputs }, () => atLaunch);
    expect(outputs["outcome"]).toBe(sent === undefined ? "unchanged" : "succeeded");
    if (sent === undefined) expect(aws.count("ecs:UpdateService")).toBe(0);
    else expect(aws.last("ecs:UpdateService")).toMatchObject({ ...sent, taskDefinition: arnOf(1) });
  });
});
