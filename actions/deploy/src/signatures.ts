// Only images that our own build has signed are deployed, where a key is given. What cannot be verified is not
// deployed.
import { BatchGetImageCommand } from "@aws-sdk/client-ecr";
import { withRetry } from "../../shared/src/aws.ts";
import { parseEcrImage } from "../../shared/src/ecs/ecr-image.ts";
import type { TaskDefinitionInput } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { isSignedBy, signatureMediaType, signatureTag } from "../../shared/src/signature.ts";
import type { Run } from "./dependencies.ts";

/** @throws ConfigurationError that names every image without a signature by the key. */
export async function verifySignatures(run: Run, definitions: TaskDefinitionInput[]): Promise<void> {
  const { imagePublicKey: key, unsignedContainers } = run.inputs;
  if (key === undefined) return;
  const containers = definitions
    .flatMap(({ containerDefinitions = [] }) => containerDefinitions)
    .filter(({ name = "" }) => !unsignedContainers.includes(name));
  const images = [...new Set(containers.map(({ image = "" }) => image))];
  const problems = (await Promise.all(images.map((image) => problemOf(run, image, key)))).filter(
    (problem) => problem !== undefined,
  );
  if (problems.length === 0) return run.log(`signed: ${images.join(", ")}`);
  throw new ConfigurationError(
    `Not signed by image-public-key; nothing was changed.\n${problems.map((problem) => `  ${problem}`).join("\n")}\n  build-push signs with signing-key. Containers with images of others: unsigned-containers.`,
  );
}

async function problemOf(run: Run, image: string, key: string): Promise<string | undefined> {
  const parsed = parseEcrImage(image);
  if (!parsed) return `${image}: is not in ECR, where signatures are looked for`;
  const { registryId, region, repositoryName, imageDigest } = parsed;
  if (!imageDigest)
    return `${image}: is named by a tag, which may move; name it by digest (the output image of build-push)`;
  const command = new BatchGetImageCommand({
    registryId,
    repositoryName,
    imageIds: [{ imageTag: signatureTag(imageDigest) }],
    acceptedMediaTypes: [signatureMediaType],
  });
  const { images = [] } = await withRetry(run, "ecr:BatchGetImage", () => run.ecr(region).send(command));
  const manifest = images[0]?.imageManifest;
  if (manifest === undefined) return `${image}: has no signature`;
  // The signature names the repository, without a tag that stands before the digest.
  const [reference = ""] = image.split(/:[\w.-]+@|@/);
  return isSignedBy({ reference, digest: imageDigest, manifest, key })
    ? undefined
    : `${image}: is signed, but not by this key for this image`;
}
