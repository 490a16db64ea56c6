// What a bundle has read when its first call to AWS begins: reading code is a third of the time until then
// (docs/performance.md, "Watching a deployment").
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ScriptedAws } from "../../actions/shared/test/scripted-aws.ts";
import { runBundle } from "../lib/run-bundle.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

let aws: ScriptedAws;

beforeAll(async () => {
  const missing = () => ({ services: [] });
  aws = await ScriptedAws.start({ "ecs:DescribeServices": missing, "ecs:DescribeTaskDefinition": missing });
});
afterAll(() => aws.stop());

interface FirstCall {
  /** Paths. */
  files: string[];
  /** Of Node, with the kind before the name. */
  builtins: string[];
}

async function firstCall(action: string, inputs: Record<string, string>): Promise<FirstCall> {
  const folder = makeTestFolder("first-call-");
  const [hook, noted] = [join(folder, "hook.cjs"), join(folder, "noted")];
  writeFileSync(
    hook,
    `const http = require("node:http"), { appendFileSync } = require("node:fs"), { request } = http;
    http.request = (...given) => {
      const files = Object.keys(require.cache).filter((path) => path !== __filename);
      appendFileSync(${JSON.stringify(noted)}, JSON.stringify({ files, builtins: process.moduleLoadList }) + "\\n");
      return request(...given);
    };`,
  );
  const environment = { AWS_ENDPOINT_URL: aws.url, NODE_OPTIONS: `--require ${JSON.stringify(hook)}` };
  const { text } = await runBundle(action, { inputs, environment });
  const [first] = readFileSync(noted, "utf8").split("\n");
  expect(first, text).toBeTruthy();
  return JSON.parse(first!) as FirstCall;
}

const bytesOf = (files: string[]): number => files.reduce((sum, file) => sum + statSync(file).size, 0);

it.each([
  ["deploy", { service: "api", "task-definition": "api:1" }, 200_000],
  ["rollback", { service: "api" }, 194_000],
  ["render-task-definition", { service: "api", images: "api=x" }, 203_000],
  ["root", { service: "api", images: "api=x" }, 224_000],
])("%s has read index.js and nothing else, which is small", async (action, inputs, limit) => {
  const { files, builtins } = await firstCall(action, inputs);
  expect(files.map((file) => basename(file))).toEqual(["index.js"]);
  expect(bytesOf(files)).toBeLessThan(limit);
  // 1.5 ms that nothing needs until then.
  expect(builtins.filter((name) => name.endsWith("fs/promises"))).toEqual([]);
});

it("deploy has also read what checks a file, but not what deploys", async () => {
  const file = join(makeTestFolder("first-call-"), "task-definition.yml");
  writeFileSync(file, "family: api\nmemory: 512\ncontainerDefinitions: [{ name: api, image: x }]\n");
  const { files } = await firstCall("deploy", { service: "api", "task-definition": file });
  expect(bytesOf(files)).toBeLessThan(290_000);
  expect(files.map((path) => basename(path))).toContain("yaml.js");
});
