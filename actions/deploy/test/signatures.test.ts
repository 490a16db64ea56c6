import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { signImage } from "../../shared/src/signature.ts";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, ScriptedEcs } from "../../shared/test/scripted-ecs.ts";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { definition, file, logConfiguration, runDeploy } from "./run-deploy.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const [privatePem, publicPem] = [
  privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  publicKey.export({ type: "spki", format: "pem" }) as string,
];
const reference = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api";
const digest = `sha256:${"a".repeat(64)}`;
const image = `${reference}@${digest}`;

/** What ECR has beside the image. */
const signed = (by: { reference?: string; digest?: string; privateKey?: string } = {}): Handlers => ({
  "ecr:BatchGetImage": ({ imageIds: [{ imageTag }] }) =>
    imageTag === `sha256-${"a".repeat(64)}.sig`
      ? { images: [{ imageManifest: signImage({ reference, digest, privateKey: privatePem, ...by }).manifest }] }
      : { images: [], failures: [{ failureCode: "ImageNotFound" }] },
});

async function deploy(handlers: Handlers, inputs: Record<string, string> = {}) {
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), { steps: [{ at: 2, running: 3, state: "COMPLETED" }] });
  const run = await runDeploy(
    { ...ecs.handlers, "ecr:DescribeImages": () => ({ imageDetails: [{}] }), ...handlers },
    { "task-definition": file(definition(image)), "image-public-key": publicPem, ...inputs },
    clock,
  );
  await run.aws.stop();
  return run;
}

describe("with image-public-key", () => {
  it("what our build has signed is deployed", async () => {
    const { error, outputs, lines } = await deploy(signed());
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({ outcome: "succeeded", "task-definition-arn": arnOf(2) });
    expect(lines).toContain(`signed: ${image}`);
  });

  it.each<[string, Handlers, Record<string, string>, string]>([
    [
      "nothing lies beside the image",
      { "ecr:BatchGetImage": () => ({ images: [], failures: [] }) },
      {},
      "has no signature",
    ],
    [
      "another has signed it",
      signed({
        privateKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
          type: "pkcs8",
          format: "pem",
        }) as string,
      }),
      {},
      "not by this key for this image",
    ],
    [
      "the signature is of another image",
      signed({ digest: `sha256:${"b".repeat(64)}` }),
      {},
      "not by this key for this image",
    ],
    [
      "the signature is of another repository",
      signed({ reference: `${reference}-staging` }),
      {},
      "not by this key for this image",
    ],
    [
      "a tag stands for it",
      signed(),
      { "task-definition": file(definition(`${reference}:latest`)) },
      "is named by a tag",
    ],
    ["it lies elsewhere", signed(), { "task-definition": file(definition("nginx:1")) }, "is not in ECR"],
    [
      "the role may not look",
      {
        "ecr:BatchGetImage": () =>
          new AwsError("AccessDeniedException", "not authorized to perform: ecr:BatchGetImage"),
      },
      { preflight: "false" },
      "lacks ecr:BatchGetImage",
    ],
  ])("nothing is deployed when %s", async (_what, handlers, inputs, said) => {
    const { error, aws } = await deploy(handlers, inputs);
    expect(error).toMatchObject({ name: "ConfigurationError", message: expect.stringContaining(said) });
    expect([aws.count("ecs:RegisterTaskDefinition"), aws.count("ecs:UpdateService")]).toEqual([0, 0]);
  });

  it("the migration's image must be signed too, and a container of others need not be where it is named", async () => {
    const withProxy = {
      ...definition(image),
      containerDefinitions: [
        ...definition(image).containerDefinitions,
        { name: "proxy", image: "nginx:1", logConfiguration },
      ],
    };
    const refused = await deploy(signed(), { "task-definition": file(withProxy) });
    expect(refused.error!.message).toContain("nginx:1: is not in ECR");
    expect(
      (await deploy(signed(), { "task-definition": file(withProxy), "unsigned-containers": "proxy" })).error,
    ).toBeUndefined();
    const migration = await deploy(signed(), { "migration-task-definition": file(definition("migrate:1", "migrate")) });
    expect(migration.error!.message).toContain("migrate:1: is not in ECR");
  });

  it("a key that is none is said before anything", async () => {
    const { error, aws } = await deploy(signed(), { "image-public-key": privatePem, "unsigned-containers": "" });
    expect(error!.message).toContain("image-public-key: must be an ECDSA P-256 public key");
    expect(aws.calls).toEqual([]);
    expect(
      (await deploy(signed(), { "image-public-key": "", "unsigned-containers": "proxy" })).error!.message,
    ).toContain("has no effect without image-public-key");
  });
});
