// The committed bundles, run by Node as the runner runs them, against a scripted AWS.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load } from "js-yaml";
import { ScriptedAws } from "../../actions/shared/test/scripted-aws.ts";
import { ScriptedEcs } from "../../actions/shared/test/scripted-ecs.ts";
import { runBundle } from "../lib/run-bundle.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

const root = join(import.meta.dirname, "../..");
const names = readdirSync(join(root, "actions")).filter((name) =>
  existsSync(join(root, "actions", name, "action.yml")),
);

interface ActionFile {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs: Record<string, { description: string }>;
  runs: Record<string, string>;
}

const run = (name: string, inputs: Record<string, string>, environment: Record<string, string> = {}) =>
  runBundle(name, { inputs, environment });

/** Bytes of code, that which is loaded on demand included. */
const sizeOf = (dist: string): number =>
  readdirSync(dist)
    .filter((file) => file.endsWith(".js"))
    .reduce((sum, file) => sum + statSync(join(dist, file)).size, 0);

describe("each bundle", () => {
  it.each(names)("%s is small and carries its licences", (name) => {
    // A database's client, a cipher and five services of AWS are more than the others have.
    const limit = name === "db-backup" ? 900_000 : 500_000;
    const dist = join(root, "actions", name, "dist");
    expect(sizeOf(dist)).toBeLessThan(limit);
    expect(readFileSync(join(dist, "licenses.txt"), "utf8")).toContain("@actions/core");
  });

  it.each(names)("%s answers unusable inputs on Node 24 with all that is wrong, before any work", async (name) => {
    expect(process.versions.node).toMatch(/^24\./);
    const { inputs } = load(readFileSync(join(root, "actions", name, "action.yml"), "utf8")) as ActionFile;
    // What defaults to true, false or a number takes little else.
    const strict = Object.entries(inputs).filter(([, { default: value = "" }]) => /^(true|false|\d+)$/.test(value));
    const required = Object.entries(inputs).filter(([, { required: isRequired = false }]) => isRequired);
    const nonsense = Object.fromEntries(strict.map(([input]) => [input, "nonsense"]));
    const { code, text, summary } = await run(name, nonsense, { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
    for (const [input] of required) expect(text).toMatch(new RegExp(`\\b${input}: `));
    expect(text).not.toContain("bug in the action");
    // Of a job that has done its work, only the post or the record is lost.
    const lost = new Map([
      ["notify", { warning: "nothing was posted", summary: "" }],
      ["audit-record", { warning: "nothing was recorded", summary: "### ⚠️ The audit record was not written" }],
    ]).get(name);
    if (lost)
      return expect({ code, text, summary }).toMatchObject({
        code: 0,
        text: expect.stringContaining(`::warning title=${name}%3A ${lost.warning}::`),
        summary: lost.summary === "" ? "" : expect.stringContaining(lost.summary),
      });
    // An action that needs nothing and takes any text has no unusable input.
    if (strict.length + required.length > 0)
      expect({ code, text, summary }).toMatchObject({
        code: 1,
        text: expect.stringMatching(new RegExp(`^::error title=${name}%3A configuration error::`, "m")),
        summary: expect.stringMatching(new RegExp(`^### ❌ ${name}: .+\\n\\n<ul>\\n<li>`)),
      });
  });

  it.each(names)("%s describes in action.yml the inputs that it reads and the outputs that it sets", (name) => {
    const { inputs, outputs, runs } = load(
      readFileSync(join(root, "actions", name, "action.yml"), "utf8"),
    ) as ActionFile;
    const sources = readdirSync(join(root, "actions", name, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(root, "actions", name, "src", file), "utf8"))
      .join("\n");
    const read = new Set(
      [
        ...sources.matchAll(
          /read\.(?:optional|required|boolean|number|whole|pairs|structured|choice|lines|names|texts)(?:<[^(]*>)?\("([\w-]+)"/g,
        ),
        ...sources.matchAll(/this\.(?:setting|connection)\("([\w-]+)"|\bcount\("([\w-]+)"/g),
      ].map(([, input, counted]) => input ?? counted),
    );
    expect(Object.keys(inputs).toSorted()).toEqual([...read].toSorted());
    const shared = ["ecs/report/report-result.ts", "report.ts"]
      .map((file) => readFileSync(join(root, "actions/shared/src", file), "utf8"))
      .join("\n");
    for (const output of Object.keys(outputs)) expect((sources + shared).includes(output), output).toBe(true);
    expect(runs).toMatchObject({ using: "node24", main: "dist/index.js" });
    for (const file of [runs["main"], runs["post"] ?? runs["main"]])
      expect(existsSync(join(root, "actions", name, file!))).toBe(true);
  });
});

describe("a cancelled job", () => {
  it.each([
    ["leave", "To roll it back: npx github:rainbow-seeker/deploy-toolkit rollback"],
    ["rollback", "is rolled back to api:1"],
  ])("is concluded by the step after it, which knows what was begun: on-cancel %s", async (onCancel, said) => {
    const ecs = new ScriptedEcs(() => Date.now(), { steps: [{ at: 0, pending: 3 }] });
    const aws = await ScriptedAws.start(ecs.handlers);
    const definition = join(makeTestFolder("bundle-test-"), "task-definition.json");
    writeFileSync(
      definition,
      JSON.stringify({ family: "api", memory: "512", containerDefinitions: [{ name: "api", image: "new" }] }),
    );
    const inputs = {
      service: "api",
      "task-definition": definition,
      "wait-for-service-stability": "true",
      "on-cancel": onCancel,
    };
    const environment = { AWS_ENDPOINT_URL: aws.url };

    const main = await runBundle("deploy", {
      inputs,
      environment,
      onOutput: (text, kill) => text.includes("3 pending") && kill("SIGINT"),
    });
    // The runner hands on what was saved last.
    const post = await runBundle("deploy", {
      inputs,
      environment: { ...environment, STATE_started: main.state["started"]! },
      file: "post.js",
    });
    expect(post.code).toBe(0);
    expect(post.text).toContain(said);
    expect(aws.last("ecs:UpdateService").taskDefinition).toContain(onCancel === "leave" ? "api:2" : "api:1");
    await aws.stop();
  });
});

describe("the root action", () => {
  const described = load(readFileSync(join(root, "action.yml"), "utf8")) as ActionFile;
  const parts = ["render-task-definition", "deploy", "smoke-test"].map(
    (name) => load(readFileSync(join(root, "actions", name, "action.yml"), "utf8")) as ActionFile,
  );

  it("has inputs of its parts, with their defaults, and few of its own", () => {
    const own = new Set(["migration-images", "rollback-on-failure", "service", "images", "url", "task-definition"]);
    for (const [name, { default: fallback }] of Object.entries(described.inputs)) {
      if (own.has(name)) continue;
      const part = parts.find(({ inputs }) => name in inputs);
      expect(part?.inputs[name]?.default, name).toBe(fallback);
    }
  });

  it("is small and starts from its files", () => {
    for (const file of [described.runs["main"]!, described.runs["post"]!])
      expect(existsSync(join(root, file))).toBe(true);
    expect(sizeOf(dirname(join(root, described.runs["main"]!)))).toBeLessThan(570_000);
  });

  it("answers bad input with all that is wrong", async () => {
    const { code, text } = await run("root", { consecutive: "0", url: "http://localhost/" });
    expect(code).toBe(1);
    expect(text.split("service: is required").length).toBe(2);
    for (const part of ["service: is required", "consecutive: must be", "there is nothing to set"])
      expect(text).toContain(part);
  });
});

describe("a whole way on the bundles", () => {
  let aws: ScriptedAws;
  let service: Server;
  let url: string;
  const arn = "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/api";
  let current = `${arn}:1`;

  beforeAll(async () => {
    const describeAll = () => ({
      services: [
        {
          serviceName: "api",
          status: "ACTIVE",
          taskDefinition: current,
          desiredCount: 1,
          runningCount: 1,
          events: [],
          deployments: [
            {
              id: `ecs-svc/${current.slice(-1)}`,
              status: "PRIMARY",
              taskDefinition: current,
              desiredCount: 1,
              runningCount: 1,
              rolloutState: "COMPLETED",
            },
          ],
        },
      ],
    });
    aws = await ScriptedAws.start({
      "ecs:DescribeServices": describeAll,
      "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({
        taskDefinition: {
          taskDefinitionArn: taskDefinition,
          family: "api",
          memory: "512",
          containerDefinitions: [{ name: "api", image: "old" }],
        },
      }),
      "ecs:RegisterTaskDefinition": (input) => ({ taskDefinition: { ...input, taskDefinitionArn: `${arn}:2` } }),
      "ecs:UpdateService": ({ taskDefinition }) => {
        current = taskDefinition;
        return { service: describeAll().services[0] };
      },
      "ecs:ListServiceDeployments": () => ({ serviceDeployments: [] }),
      "ecs:TagResource": () => ({}),
    });
    service = createServer((_request, response) => response.end('{"commit":"abc"}'));
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/`;
  });

  afterAll(async () => {
    service.close();
    await aws.stop();
  });

  it("goes from render over deploy to smoke-test by their outputs", async () => {
    const environment = { AWS_ENDPOINT_URL: aws.url };
    const rendered = await run("render-task-definition", { service: "api", images: "api=new" }, environment);
    expect(rendered).toMatchObject({
      code: 0,
      outputs: { changed: "true" },
      summary: expect.stringContaining("old → new"),
    });

    const deployed = await run(
      "deploy",
      { service: "api", "task-definition": rendered.outputs["task-definition"]!, "wait-for-service-stability": "true" },
      environment,
    );
    expect(deployed).toMatchObject({
      code: 0,
      outputs: { outcome: "succeeded", "task-definition-arn": `${arn}:2`, "previous-task-definition-arn": `${arn}:1` },
      summary: expect.stringContaining("### ✅ api: revision 2 deployed, 1 of 1 tasks running"),
    });
    // A custom endpoint has no console.
    expect(deployed.summary).not.toContain("<a href");

    const tested = await run(
      "smoke-test",
      { url, "expect-version": "abc", "task-definition-arn": deployed.outputs["task-definition-arn"]! },
      environment,
    );
    expect(tested).toMatchObject({
      code: 0,
      outputs: { passed: "true", failures: "[]" },
      summary: expect.stringContaining("passed"),
    });
    expect(aws.last("ecs:TagResource").resourceArn).toBe(`${arn}:2`);
  });

  it("fails the step and names the remedy when AWS cannot be reached or asked", async () => {
    const nobody = await run(
      "deploy",
      { service: "api", "task-definition": "api:1" },
      { AWS_ENDPOINT_URL: aws.url, AWS_REGION: "" },
    );
    expect(nobody.code).toBe(1);
    expect(nobody.text).toContain("Set AWS_REGION");
  });
});
