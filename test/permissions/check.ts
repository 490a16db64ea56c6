// Each action under a role that holds its iam-policy.json and nothing else, on a local AWS that evaluates policies (AUTH=true).
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { assertEnded, runBundle, type BundleResult } from "../lib/run-bundle.ts";
import { inTurn, SmallAws, withSmallAws, type SmallAwsContext } from "../lib/small-aws.ts";

export function permissionsCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws({ name: "permissions", note, evaluatesPolicies: true }, (surroundings) =>
    inTurn(stepsOf(surroundings), note),
  );
}

/** The bundles, each with credentials of a role of its own. */
class Actions {
  private readonly aws: SmallAws;

  constructor(aws: SmallAws) {
    this.aws = aws;
  }

  async run(name: string, inputs: Record<string, string>, role = name): Promise<BundleResult> {
    return runBundle(name, {
      inputs,
      environment: { GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567", ...(await this.aws.environmentOf(role)) },
    });
  }

  async mustEnd(code: number, name: string, inputs: Record<string, string>): Promise<BundleResult> {
    const ended = await this.run(name, inputs);
    assertEnded(ended, code);
    return ended;
  }
}

function stepsOf({ aws, folder, url }: SmallAwsContext): [string, () => Promise<void>][] {
  const actions = new Actions(aws);
  const place = { cluster: "small", service: "api" };
  const waiting = { ...place, "wait-for-service-stability": "true", "wait-for-minutes": "3" };
  let good = "";
  const building = {
    context: join(folder, "context"),
    repository: "made",
    registry: aws.registry,
    network: "host",
    "create-repository": "true",
    tags: "v1",
    "signing-key": generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }) as string,
  };
  const rendered = async (environment: string, command = "") =>
    (
      await actions.mustEnd(0, "render-task-definition", {
        ...place,
        "container-name": "api",
        image: SmallAws.image,
        "environment-variables": environment,
        command,
        secrets: "TOKEN=token",
      })
    ).outputs["task-definition"]!;
  return [
    [
      "build-push makes the repository, builds, signs and tags, and finds it again",
      async () => {
        await mkdir(building.context);
        await writeFile(
          join(building.context, "Dockerfile"),
          `FROM ${SmallAws.image}\nARG COMMIT\nLABEL org.opencontainers.image.revision=$COMMIT\n`,
        );
        const { outputs } = await actions.mustEnd(0, "build-push", building);
        assert.equal((await actions.mustEnd(0, "build-push", building)).outputs["image"], outputs["image"]);
        await attempt(["docker", "rmi", `${aws.registry}/made:${outputs["tags"]!.split("\n")[0]}`]);
      },
    ],
    [
      "render-task-definition finds a secret by its name",
      async () => {
        const definition = JSON.parse(await readFile(await rendered("A=1"), "utf8"));
        assert.match(definition.containerDefinitions[0].secrets[0].valueFrom, /^arn:aws:secretsmanager:/);
      },
    ],
    [
      "deploy migrates, registers, deploys and watches",
      async () => {
        const { outputs, text } = await actions.mustEnd(0, "deploy", {
          ...waiting,
          "task-definition": await rendered("A=1"),
          "migration-task-definition": "migrate",
          alarms: "api-5xx",
        });
        assert.equal(outputs["outcome"], "succeeded");
        assert.match(text, /migrated/);
        good = outputs["task-definition-arn"]!;
      },
    ],
    [
      "smoke-test marks the revision",
      async () => {
        await actions.mustEnd(0, "smoke-test", { url, "expect-version": "new", "task-definition-arn": good });
      },
    ],
    [
      "deploy explains a failure, with log lines",
      async () => {
        const { text } = await actions.mustEnd(1, "deploy", {
          ...waiting,
          "task-definition": await rendered("A=2", "node -e \"console.log('no flux'); process.exit(42)\""),
        });
        assert.match(text, /exited with code 42/);
        assert.match(text, /no flux/);
      },
    ],
    [
      "rollback goes back to the verified revision",
      async () => {
        await actions.mustEnd(0, "deploy", { ...waiting, "task-definition": await rendered("A=3") });
        const { outputs } = await actions.mustEnd(0, "rollback", { ...place, reason: "the permissions check" });
        assert.deepEqual([outputs["outcome"], outputs["task-definition-arn"]], ["succeeded", good]);
      },
    ],
    [
      "the root action does all of it",
      async () => {
        const { outputs } = await actions.mustEnd(1, "root", {
          ...place,
          images: `api=${SmallAws.image}`,
          "environment-variables": "A=4",
          url,
          "expect-version": "another",
          timeout: "2",
        });
        assert.equal(outputs["outcome"], "rolled-back");
      },
    ],
    [
      "a role without the policy is told which permission it lacks",
      async () => {
        const { code, text } = await actions.run("deploy", { ...waiting, "task-definition": "api" }, "nothing");
        assert.equal(code, 1);
        assert.match(text, /lacks ecs:Describe(TaskDefinition|Services)/);
      },
    ],
  ];
}
