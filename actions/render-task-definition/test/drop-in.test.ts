// aws-actions/amazon-ecs-render-task-definition as the oracle: its inputs, and what it has made of the same ones. The
// file beside this one holds both, with the version; the cases were recorded by running that version.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../../test/lib/error-of.ts";
import { parseDocument } from "../../shared/src/document.ts";
import { checkDefinition } from "../../shared/src/ecs/task-definition/check-definition.ts";
import { AwsError } from "../../shared/test/scripted-aws.ts";
import { fileOf, inputs, render } from "./run-render.ts";

interface InputDescription {
  required?: boolean;
  default?: string;
}

interface Recorded {
  inputs: Record<string, InputDescription>;
  definition: { containerDefinitions: { name: string }[] };
  /** What is other in the rendered file than in the definition: fields of the task, and of each container. */
  cases: {
    name: string;
    steps: Record<string, string>[];
    task?: Record<string, unknown>;
    containers: Record<string, Record<string, unknown>>;
  }[];
}

const aws: Recorded = JSON.parse(readFileSync(join(import.meta.dirname, "aws-action.json"), "utf8"));
const root = join(import.meta.dirname, "../../..");
const inputsOf = (path: string) =>
  (parseDocument(readFileSync(join(root, path), "utf8")) as { inputs: Record<string, InputDescription> }).inputs;
const { compatibilities: _c, revision: _r, status: _s, ...registrable } = aws.definition as Record<string, unknown>;
const web = { "container-name": "web", image: "web:2" };

describe("the inputs of aws-actions/amazon-ecs-render-task-definition", () => {
  const theirs = Object.entries(aws.inputs);
  const ours = inputsOf("actions/render-task-definition/action.yml");
  const ofRoot = inputsOf("action.yml");

  it.each(theirs)("%s is one of ours, with its default, and not required where it is not there", (name, their) => {
    expect(ours).toHaveProperty([name]);
    expect(ours[name]?.default).toBe(their.default);
    if (!their.required) expect(ours[name]?.required ?? false).toBe(false);
  });

  it.each(theirs.filter(([name]) => name in ofRoot))(
    "%s is one of the root action's with its default",
    (name, their) => {
      expect(ofRoot[name]?.default).toBe(their.default);
      expect(ofRoot[name]?.required ?? false).toBe(false);
    },
  );

  it.each(aws.cases)("give what they gave there: $name", async ({ steps, task = {}, containers }) => {
    let file = fileOf(aws.definition);
    for (const step of steps) ({ path: file } = await render({}, { ...step, "task-definition": file }));
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      ...registrable,
      ...task,
      containerDefinitions: aws.definition.containerDefinitions.map((container) => ({
        ...container,
        ...containers[container.name],
      })),
    });
  });

  it.each([
    [
      { "task-definition-arn": "arn:aws:ecs:r:1:task-definition/app:7", "task-definition-family": "other" },
      "arn:aws:ecs:r:1:task-definition/app:7",
    ],
    [{ "task-definition-family": "app" }, "app"],
    [{ "task-definition-family": "app", "task-definition-revision": "4" }, "app:4"],
  ])("select a revision: %j", async (source, expected) => {
    const { definition, calls } = await render(
      {
        "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({
          taskDefinition: { ...aws.definition, taskDefinitionArn: taskDefinition },
        }),
      },
      { ...source, ...web } as Record<string, string>,
    );
    expect(calls.map(({ input }) => input.taskDefinition)).toEqual([expected]);
    expect(definition.containerDefinitions[0].image).toBe("web:2");
  });
});

describe("where the AWS action loses something", () => {
  const rendered = async (given: Record<string, string>) => {
    const { definition, lines } = await render({}, { "task-definition": fileOf(aws.definition), ...web, ...given });
    return { container: definition.containerDefinitions[0], lines };
  };

  it("values are whole", async () => {
    const { container, lines } = await rendered({
      "environment-variables": 'BLANKS= x = "y" # z \r\nEMPTY=',
      "log-configuration-options": "awslogs-datetime-format=%Y=%m",
      "docker-labels": "key=a=b==\nother=",
    });
    expect(container.environment.slice(2)).toEqual([
      { name: "BLANKS", value: ' x = "y" # z ' },
      { name: "EMPTY", value: "" },
    ]);
    expect(container.logConfiguration.options["awslogs-datetime-format"]).toBe("%Y=%m");
    expect(container.dockerLabels).toEqual({ team: "a", key: "a=b==", other: "" });
    expect(lines).toContain("environment-variables: the value of BLANKS ends with a blank, which is kept");
  });

  it("quoted words of a command are kept together", async () => {
    const { container } = await rendered({ command: `sh -c "npm run migrate && npm start" --name='a b'` });
    expect(container.command).toEqual(["sh", "-c", "npm run migrate && npm start", "--name=a b"]);
  });
});

describe("container-name", () => {
  it("takes several names, with commas between or one a line, and all inputs for each of them", async () => {
    for (const names of ["web,proxy", " web ,\tproxy", "web\nproxy\n"]) {
      const { definition } = await render(
        {},
        { "task-definition": fileOf(aws.definition), "container-name": names, image: "app:3", secrets: "A=/a" },
      );
      for (const container of definition.containerDefinitions)
        expect(container).toMatchObject({
          image: "app:3",
          secrets: expect.arrayContaining([{ name: "A", valueFrom: "/a" }]),
        });
    }
  });

  it("names all that do not exist", async () => {
    const given = { "task-definition": fileOf(aws.definition), "container-name": "webb,web,other", image: "i" };
    await expect(render({}, given)).rejects.toThrow(
      'app has no container "webb", "other". Its containers: web, proxy.',
    );
  });

  it("reports a missing secret of several containers once", async () => {
    const missing = { "secretsmanager:DescribeSecret": () => new AwsError("ResourceNotFoundException", "none") };
    const stores = { ...missing, "ssm:DescribeParameters": () => ({ Parameters: [] }) };
    const given = { "task-definition": fileOf(aws.definition), "container-name": "web,proxy", image: "i" };
    const error = await errorOf(() => render(stores, { ...given, secrets: "A=nothing" }));
    expect(error?.message.match(/A refers to "nothing"/g)).toHaveLength(1);
  });

  it("adds to what containers and images set for the same container", () => {
    const { change } = inputs({
      "task-definition": "app:1",
      containers: "web: { environment: { A: 1, B: 2 }, docker-labels: { x: y }, unset: [OLD], cpu: 5 }",
      images: "web=web:1",
      "container-name": "web",
      "environment-variables": "B=3\nC=4",
      "unset-environment-variables": "OLDER",
    });
    expect(change.containers.get("web")).toEqual({
      image: "web:1",
      cpu: 5,
      environment: new Map([
        ["A", "1"],
        ["B", "3"],
        ["C", "4"],
      ]),
      dockerLabels: new Map([["x", "y"]]),
      unset: ["OLD", "OLDER"],
    });
  });
});

describe("what was perhaps not meant is in the log, and goes through", () => {
  it.each([
    [{ "environment-variables": "A=1\nA=2" }, "environment-variables: A is given twice; the last one counts"],
    [{ secrets: "A=/a\nA=/b" }, "secrets: A is given twice; the last one counts"],
    [{ command: 'sh -c "npm start' }, "command: a quote is not closed, so that the line is split at its spaces"],
  ])("%j", async (given, line) => {
    const { lines } = await render({}, { "task-definition": fileOf(aws.definition), ...web, ...given });
    expect(lines).toContain(line);
  });
});

describe("an image that another step sets", () => {
  it("is missed by deploy's check, not by the rendering", async () => {
    const { definition } = await render({}, { "task-definition": fileOf(aws.definition), ...web });
    expect(definition.containerDefinitions[1]).not.toHaveProperty("image");
    expect(() => checkDefinition(definition, "file")).toThrow("containerDefinitions[1].image: is missing");
    expect(checkDefinition(definition, "file", { images: "later" })).toEqual([]);
  });

  it("is the only thing that may be missing", async () => {
    const broken = {
      ...aws.definition,
      containerDefinitions: [
        { image: "web:1", memory: 128 },
        { name: "proxy", memory: 128 },
      ],
    };
    const given = { "task-definition": fileOf(broken), "container-name": "proxy", image: "i" };
    await expect(render({}, given)).rejects.toThrow(
      /cannot be registered:\n {2}containerDefinitions\[0\]\.name: is missing$/,
    );
  });
});
