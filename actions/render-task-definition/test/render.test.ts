import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECSClient } from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, it } from "vitest";
import { ScriptedAws, type Handlers } from "../../shared/test/scripted-aws.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";

const inputs = (given: Record<string, string>) => readInputs((name) => given[name] ?? "");
let aws: ScriptedAws | undefined;
afterEach(() => aws?.stop());

async function render(handlers: Handlers, given: Record<string, string>): Promise<{ changed: boolean; definition: any; lines: string[] }> {
  aws = await ScriptedAws.start(handlers);
  const lines: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "render-test-"));
  const { path, changed } = await main(inputs(given), { ecs: new ECSClient(aws.client), log: (line) => lines.push(line), folder });
  return { changed, lines, definition: JSON.parse(readFileSync(path, "utf8")) };
}

/** Terraform registered revision 3 with more memory; the service still runs revision 2. */
const revisions: Record<string, object> = {
  "arn:aws:ecs:r:1:task-definition/api:2": { family: "api", memory: "512", containerDefinitions: [{ name: "api", image: "repo@sha256:a" }] },
  "api:3": { family: "api", memory: "1024", containerDefinitions: [{ name: "api", image: "repo:none-yet" }] },
};
const running = (tags: object[] = []): Handlers => ({
  "ecs:DescribeServices": () => ({ services: [{ serviceName: "api", status: "ACTIVE", taskDefinition: "arn:aws:ecs:r:1:task-definition/api:2", tags }] }),
  "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({ taskDefinition: { ...revisions[taskDefinition], taskDefinitionArn: taskDefinition } }),
});
const templated = [{ key: "deploy:template", value: "api:3" }];

describe("render-task-definition", () => {
  it("starts from the shape that Terraform owns, so that a change of it reaches the deployment", async () => {
    const { definition, changed, lines } = await render(running(templated), { service: "api", images: "api=repo@sha256:a" });
    expect(definition).toMatchObject({ memory: "1024", containerDefinitions: [{ image: "repo@sha256:a" }] });
    expect(changed).toBe(true);
    expect(lines).toContain("~ memory: 512 → 1024");
  });

  it("starts from the revision that runs where no tag names another", async () => {
    const { definition, changed } = await render(running(), { service: "api", images: "api=repo@sha256:a" });
    expect(definition.memory).toBe("512");
    expect(changed).toBe(false);
  });

  it("refuses a file that ECS would not take, or would take otherwise than it reads, before anything is called", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "render-test-")), "api.yaml");
    writeFileSync(file, "family: api\nrequiresCompatibilities: [FARGATE]\nnetworkMode: awsvpc\ncpu: '512'\nmemory: '512'\ncontainerDefinitions:\n  - name: api\n    enviroment: []\n");
    const message = /containerDefinitions\[0\]\.enviroment: ECS does not know this; did you mean environment\?\n +memory: with cpu 512 Fargate has 1024 to 4096/;
    await expect(render({}, { "task-definition": file, images: "api=repo@sha256:a" })).rejects.toThrow(message);
    expect(aws!.calls).toEqual([]);
  });

  it("refuses a source that is neither file nor revision", async () => {
    await expect(render({}, { "task-definition": "./nowhere.json", images: "api=x" })).rejects.toThrow("there is no file ./nowhere.json");
  });
});

describe("readInputs", () => {
  it.each([
    [{}, ["images: is required", "task-definition or service"]],
    [{ service: "api", "task-definition": "x", images: "api=" }, ["not both", "api has no image"]],
    [{ service: "api", images: "api=a b" }, ["has a space"]],
  ])("tells all that is wrong with %j", (given, parts) => {
    for (const part of parts) expect(() => inputs(given as Record<string, string>)).toThrow(part);
  });
});
