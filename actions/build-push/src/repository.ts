// The image repository in ECR: its settings, images and tags.
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  PutImageCommand,
  PutLifecyclePolicyCommand,
  type ECRClient,
  type ImageTagMutabilityExclusionFilter,
} from "@aws-sdk/client-ecr";
import { withAwsErrorContext } from "../../shared/src/aws.ts";
import { ConfigurationError, FailedError } from "../../shared/src/errors.ts";
import { oneLine } from "../../shared/src/printable.ts";
import type { Log } from "../../shared/src/report.ts";
import { required } from "../../shared/src/required.ts";
import { contentOf, imagesIn } from "./manifest.ts";
import { cacheTag, mutabilityOf } from "./mutability.ts";
import type { Manifest, RegistryRepository } from "./registry-http.ts";

export interface Repository {
  name: string;
  /** Host and name, as docker expects them. */
  reference: string;
  host: string;
  isMutable: (tag: string) => boolean;
}

/** OCI label with the commit that an image was built from. */
export const revisionLabel = "org.opencontainers.image.revision";

export async function openRepository(
  ecr: ECRClient,
  options: { name: string; registry: string | undefined; create: boolean; log: Log },
): Promise<Repository> {
  const { name, registry, create, log } = options;
  const settings =
    (await describeRepository(ecr, name, { mayBeMissing: create })) ?? (await createRepository(ecr, name, log));
  const uri = required(settings.repositoryUri, "ecr:DescribeRepositories: repositoryUri");
  const host = registry ?? uri.slice(0, uri.indexOf("/"));
  const { isMutable } = mutabilityOf(settings);
  return { name, host, reference: `${host}/${name}`, isMutable };
}

interface RepositorySettings {
  repositoryUri?: string | undefined;
  imageTagMutability?: string | undefined;
  imageTagMutabilityExclusionFilters?: ImageTagMutabilityExclusionFilter[] | undefined;
}

async function describeRepository(
  ecr: ECRClient,
  name: string,
  { mayBeMissing }: { mayBeMissing: boolean },
): Promise<RepositorySettings | undefined> {
  try {
    const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return required(repositories[0], "ecr:DescribeRepositories: repositories");
  } catch (error) {
    if (mayBeMissing && error instanceof Error && error.name === "RepositoryNotFoundException") return undefined;
    return withAwsErrorContext("ecr:DescribeRepositories", Promise.reject(error as Error));
  }
}

/** As infra/modules/registry does it: untagged images and all but the newest 100 expire. */
const lifecycle = {
  rules: [
    {
      rulePriority: 1,
      description: "Layers of images that lost their tags",
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 },
      action: { type: "expire" },
    },
    {
      rulePriority: 2,
      description: "Enough images to roll back to",
      selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 100 },
      action: { type: "expire" },
    },
  ],
};

async function createRepository(ecr: ECRClient, repositoryName: string, log: Log): Promise<RepositorySettings> {
  try {
    const { repository } = await ecr.send(
      new CreateRepositoryCommand({
        repositoryName,
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: cacheTag }],
        imageScanningConfiguration: { scanOnPush: true },
      }),
    );
    await withAwsErrorContext(
      "ecr:PutLifecyclePolicy",
      ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: JSON.stringify(lifecycle) })),
    );
    log(`created ${repositoryName}: immutable tags (except ${cacheTag}), scan on push, the newest 100 images are kept`);
    return required(repository, "ecr:CreateRepository: repository");
  } catch (error) {
    // Two first builds at the same time: the other one has created it.
    const existing =
      error instanceof Error && error.name === "RepositoryAlreadyExistsException"
        ? await describeRepository(ecr, repositoryName, { mayBeMissing: false })
        : undefined;
    return existing ?? withAwsErrorContext("ecr:CreateRepository", Promise.reject(error as Error));
  }
}

export interface Image extends Manifest {
  digest: string;
}

/** The image with a tag or digest; undefined if there is none. */
export async function findImage(
  ecr: ECRClient,
  repositoryName: string,
  id: { imageTag: string } | { imageDigest: string },
): Promise<Image | undefined> {
  const { images = [] } = await withAwsErrorContext(
    "ecr:BatchGetImage",
    ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [id] })),
  );
  const [image] = images;
  return (
    image && {
      digest: required(image.imageId?.imageDigest, "ecr:BatchGetImage: imageDigest"),
      text: required(image.imageManifest, "ecr:BatchGetImage: imageManifest"),
      mediaType: image.imageManifestMediaType ?? "",
    }
  );
}

/**
 * Puts a tag on an existing image. If the tag points to it already, nothing changes.
 *
 * @throws ConfigurationError if the tag points to another image and is immutable
 */
export async function putTag(ecr: ECRClient, repository: Repository, image: Image, imageTag: string): Promise<void> {
  const put = new PutImageCommand({
    repositoryName: repository.name,
    imageManifest: image.text,
    ...(image.mediaType ? { imageManifestMediaType: image.mediaType } : {}),
    imageDigest: image.digest,
    imageTag,
  });
  try {
    await ecr.send(put);
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "ImageAlreadyExistsException") return;
    if (name !== "ImageTagAlreadyExistsException")
      return withAwsErrorContext("ecr:PutImage", Promise.reject(error as Error));
    const holder = await findImage(ecr, repository.name, { imageTag });
    if (holder?.digest === image.digest) return;
    throw new ConfigurationError(
      `The tag ${imageTag} points to another image (${holder?.digest}), ` +
        `and the tags of ${repository.name} are immutable. ` +
        `Use another tag for this content (${image.digest}): one that contains the commit, ` +
        "or none, because later steps use the digest.",
      { cause: error },
    );
  }
}

export interface ImageFacts {
  /** Compressed, as stored and pulled, for each platform. Bytes. */
  sizes: Record<string, number>;
  /** Digest of the configuration, which has the labels; of several platforms the first, as all have the same commit. */
  config: string;
}

export async function factsOf(ecr: ECRClient, repositoryName: string, image: Image): Promise<ImageFacts> {
  const manifest = contentOf(image);
  const { config, layers = [] } = manifest;
  if (config) return { config: config.digest, sizes: { image: sizeOf(config, layers) } };
  const parts = await Promise.all(
    imagesIn(manifest).map(async ({ digest, platform }) => {
      const child = await findImage(ecr, repositoryName, { imageDigest: digest });
      if (!child) throw new FailedError(`${repositoryName}@${image.digest} refers to ${digest}, which does not exist.`);
      const content = contentOf(child);
      if (!content.config) throw noConfiguration(repositoryName, digest);
      const name = [platform?.os, platform?.architecture, platform?.variant].filter(Boolean).join("/");
      return { name, config: content.config.digest, size: sizeOf(content.config, content.layers ?? []) };
    }),
  );
  const [first] = parts;
  if (!first) throw noConfiguration(repositoryName, image.digest);
  return { config: first.config, sizes: Object.fromEntries(parts.map(({ name, size }) => [name, size])) };
}

const sizeOf = (config: { size: number }, layers: { size: number }[]): number =>
  layers.reduce((sum, { size }) => sum + size, config.size);

const noConfiguration = (repositoryName: string, digest: string): FailedError =>
  new FailedError(`The manifest of ${repositoryName}@${digest} refers to no image configuration.`);

/** What a version looks like: it goes into outputs, which workflows insert into commands. */
const versionPattern = /^[A-Za-z0-9][\w.-]{0,127}$/;

/** The commit in the image's label; the digest of the image covers its configuration, and with it the label. */
export async function revisionOf(registry: RegistryRepository, image: Image, { config }: ImageFacts): Promise<string> {
  const { config: settings } = JSON.parse(await registry.blob(config)) as {
    config?: { Labels?: Record<string, string> };
  };
  const revision = settings?.Labels?.[revisionLabel];
  if (revision && versionPattern.test(revision)) return revision;
  if (revision)
    throw new FailedError(
      `The image ${registry.host}/${registry.name}@${image.digest} has the label ${revisionLabel}=` +
        `${oneLine(revision, 100)}, which is no version, so it was not pushed by this action. ` +
        "Remove its content tag to have it built again.",
    );
  throw new FailedError(
    `The image ${registry.host}/${registry.name}@${image.digest} has no label ${revisionLabel}, ` +
      "so it was not pushed by this action. Remove its content tag to have it built again.",
  );
}
