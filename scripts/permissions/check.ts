// Each action under a role that holds its iam-policy.json and nothing else, on a local AWS that evaluates policies (AUTH=true).
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { attempt } from "../../infra/local/process.ts";
import type { Counts } from "../lib/checks.ts";
import { inTurn, SmallAws, withSmallAws } from "../lib/small-aws.ts";

export function permissionsCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws({ name: "permissions", note, evaluatesPolicies: true }, ({ aws, folder, url }) => inTurn(stepsOf(new Actions(aws, folder), url), note));
}

interface Ended {
  code: number;
  text: string;
  outputs: Record<string, string>;
}

/** The bundles, each with credentials of a role of its own. */
class Actions {
  private readonly aws: SmallAws;
  private readonly folder: string;

  constructor(aws: SmallAws, folder: string) {
    this.aws = aws;
    this.folder = folder;
  }

  async run(name: string, inputs: Record<string, string>, role = name): Promise<Ended> {
    const output = join(this.folder, "output");
    await writeFile(output, "");
    const given = Object.fromEntries(Object.entries(inputs).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value]));
    const env = { PATH: process.env["PATH"], RUNNER_TEMP: this.folder, GITHUB_OUTPUT: output, ...(await this.aws.environmentOf(role)), ...given };
    const { code, stdout, stderr } = await attempt([process.execPath, join(root, "actions", name, "dist/index.js")], { cwd: this.folder, env });
    const outputs = Object.fromEntries([...(await readFile(output, "utf8")).matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n?\2$/gm)].map(([, key, , value]) => [key!, value!]));
    return { code, text: stdout + stderr, outputs };
  }

  /** Must end so, and never for want of a permission: not even of one that it could do without. */
  async mustEnd(code: number, name: string, inputs: Record<string, string>): Promise<Ended> {
    const ended = await this.run(name, inputs);
    assert.equal(ended.code, code, `${name}: ${ended.text}`);
    assert.doesNotMatch(ended.text, /may not|permission|AccessDenied/, `${name}: ${ended.text}`);
    return ended;
  }
}

function stepsOf(actions: Actions, url: string): [string, () => Promise<void>][] {
  const place = { cluster: "small", service: "api" };
  const waiting = { ...place, "wait-for-service-stability": "true", "wait-for-minutes": "3" };
  let good = "";
  const rendered = async (environment: string, command = "") => (await actions.mustEnd(0, "render-task-definition", { ...place, "container-name": "api", image: SmallAws.image, "environment-variables": environment, command, secrets: "TOKEN=token" })).outputs["task-definition"]!;
  return [
    ["render-task-definition finds a secret by its name", async () => {
      const definition = JSON.parse(await readFile(await rendered("A=1"), "utf8"));
      assert.match(definition.containerDefinitions[0].secrets[0].valueFrom, /^arn:aws:secretsmanager:/);
    }],
    ["deploy migrates, registers, deploys and watches", async () => {
      const { outputs, text } = await actions.mustEnd(0, "deploy", { ...waiting, "task-definition": await rendered("A=1"), "migration-task-definition": "migrate", alarms: "api-5xx" });
      assert.equal(outputs["outcome"], "succeeded");
      assert.match(text, /migrated/);
      good = outputs["task-definition-arn"]!;
    }],
    ["smoke-test marks the revision", async () => {
      await actions.mustEnd(0, "smoke-test", { url, version: "new", "task-definition-arn": good });
    }],
    ["deploy explains a failure, with log lines", async () => {
      const { text } = await actions.mustEnd(1, "deploy", { ...waiting, "task-definition": await rendered("A=2", 'node -e "console.log(\'no flux\'); process.exit(42)"') });
      assert.match(text, /exited with code 42/);
      assert.match(text, /no flux/);
    }],
    ["rollback goes back to the verified revision", async () => {
      await actions.mustEnd(0, "deploy", { ...waiting, "task-definition": await rendered("A=3") });
      const { outputs } = await actions.mustEnd(0, "rollback", { ...place, reason: "the permissions check" });
      assert.deepEqual([outputs["outcome"], outputs["task-definition-arn"]], ["succeeded", good]);
    }],
    ["the root action does all of it", async () => {
      const { outputs } = await actions.mustEnd(1, "root", { ...place, images: `api=${SmallAws.image}`, "environment-variables": "A=4", url, version: "another", timeout: "2" });
      assert.equal(outputs["outcome"], "rolled-back");
    }],
    ["a role without the policy is told which permission it lacks", async () => {
      const { code, text } = await actions.run("deploy", { ...waiting, "task-definition": "api" }, "nothing");
      assert.equal(code, 1);
      assert.match(text, /may not ecs:Describe(TaskDefinition|Services)/);
    }],
  ];
}
