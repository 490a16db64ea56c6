// Each action under a role with just its iam-policy.json, on a local AWS that evaluates policies (AUTH=true).
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { assertEnded, runBundle, type BundleResult } from "../lib/run-bundle.ts";
import { inTurn, SmallAws, withSmallAws, type SmallAwsContext } from "../lib/small-aws.ts";

export function permissionsCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws({ name: "permissions", note, evaluatesPolicies: true }, (context) =>
    inTurn(stepsOf(context), note),
  );
}

/** The bundles, each with the credentials of its own role. */
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

  /** Runs an action and asserts its exit code, and that it lacked no permission. */
  async expectExit(code: number, name: string, inputs: Record<string, string>): Promise<BundleResult> {
    const result = await this.run(name, inputs);
    assertEnded(result, code);
    return result;
  }
}

function stepsOf({ aws, folder, url }: SmallAwsContext): [string, () => Promise<void>][] {
  const actions = new Actions(aws);
  const service = { cluster: "small", service: "api" };
  const deploy = { ...service, "wait-for-service-stability": "true", "wait-for-minutes": "3" };
  let verifiedArn = "";
  const build = {
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
      await actions.expectExit(0, "render-task-definition", {
        ...service,
        "container-name": "api",
        image: SmallAws.image,
        "environment-variables": environment,
        command,
        secrets: "TOKEN=token",
      })
    ).outputs["task-definition"]!;
  return [
    [
      "build-push creates the repository, builds, signs and tags, and finds the image on the second run",
      async () => {
        await mkdir(build.context);
        await writeFile(
          join(build.context, "Dockerfile"),
          `FROM ${SmallAws.image}\nARG COMMIT\nLABEL org.opencontainers.image.revision=$COMMIT\n`,
        );
        const { outputs } = await actions.expectExit(0, "build-push", build);
        assert.equal((await actions.expectExit(0, "build-push", build)).outputs["image"], outputs["image"]);
        await attempt(["docker", "rmi", `${aws.registry}/made:${outputs["tags"]!.split("\n")[0]}`]);
      },
    ],
    [
      "render-task-definition finds a secret by name",
      async () => {
        const definition = JSON.parse(await readFile(await rendered("A=1"), "utf8"));
        assert.match(definition.containerDefinitions[0].secrets[0].valueFrom, /^arn:aws:secretsmanager:/);
      },
    ],
    [
      "deploy migrates, registers, deploys and watches the deployment",
      async () => {
        const { outputs, text } = await actions.expectExit(0, "deploy", {
          ...deploy,
          "task-definition": await rendered("A=1"),
          "migration-task-definition": "migrate",
          alarms: "api-5xx",
        });
        assert.equal(outputs["outcome"], "succeeded");
        assert.match(text, /migrated/);
        verifiedArn = outputs["task-definition-arn"]!;
      },
    ],
    [
      "smoke-test marks the revision",
      async () => {
        await actions.expectExit(0, "smoke-test", { url, "expect-version": "new", "task-definition-arn": verifiedArn });
      },
    ],
    [
      "deploy explains a failure, with log lines",
      async () => {
        const { text } = await actions.expectExit(1, "deploy", {
          ...deploy,
          "task-definition": await rendered("A=2", "node -e \"console.log('no flux'); process.exit(42)\""),
        });
        assert.match(text, /exited with code 42/);
        assert.match(text, /no flux/);
      },
    ],
    [
      "rollback returns to the verified revision",
      async () => {
        await actions.expectExit(0, "deploy", { ...deploy, "task-definition": await rendered("A=3") });
        const { outputs } = await actions.expectExit(0, "rollback", { ...service, reason: "the permissions check" });
        assert.deepEqual([outputs["outcome"], outputs["task-definition-arn"]], ["succeeded", verifiedArn]);
      },
    ],
    [
      "service-control stops the service and brings it back",
      async () => {
        const emergency = { ...service, reason: "the permissions check" };
        const stopped = await actions.expectExit(0, "service-control", { ...emergency, mode: "stop" });
        const resumed = await actions.expectExit(0, "service-control", { ...emergency, mode: "resume" });
        const statesOf = ({ outputs }: BundleResult) =>
          (JSON.parse(outputs["services"]!) as Record<string, unknown>[]).map((one) => [one["state"], one["reason"]]);
        assert.deepEqual(statesOf(stopped), [["stopped", "the permissions check"]]);
        assert.deepEqual(statesOf(resumed), [["running", undefined]]);
      },
    ],
    [
      "audit-record writes a record, and a second one of the same run",
      async () => {
        for (const outcome of ["started", "success"]) {
          const record = { kind: "deploy", environment: "production", outcome, "log-group": "/audit/small" };
          const { outputs } = await actions.expectExit(0, "audit-record", record);
          assert.equal(outputs["result"], "recorded");
        }
      },
    ],
    [
      "the root action runs all of them and rolls back",
      async () => {
        const { outputs } = await actions.expectExit(1, "root", {
          ...service,
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
      "deploy succeeds with the policy of the action that it replaces, and warns of what it cannot see",
      async () => {
        const path = join(folder, "replaced.json");
        const definition = JSON.parse(await readFile(await rendered("A=5"), "utf8"));
        // The preflight looks secrets up; here it is about what every deployment does.
        for (const container of definition.containerDefinitions) delete container.secrets;
        await writeFile(path, JSON.stringify(definition));
        const result = await actions.run("deploy", { ...deploy, "task-definition": path }, "replaced");
        assert.equal(result.code, 0, result.text);
        assert.equal(result.outputs["outcome"], "succeeded");
        for (const permission of ["ecs:DescribeTaskDefinition", "ecs:ListServiceDeployments"])
          assert.match(result.text, new RegExp(`::warning [^\\n]*lacks ${permission}: [^\\n]*"Effect":"Allow"`));
      },
    ],
    [
      "a role without the policy gets an error that names the missing permission",
      async () => {
        const { code, text } = await actions.run("deploy", { ...deploy, "task-definition": "api" }, "nothing");
        assert.equal(code, 1);
        assert.match(text, /lacks ecs:Describe(TaskDefinition|Services)/);
      },
    ],
  ];
}
