// The image repository in ECR: what is in it, and what is put on it.
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
import type { Log } from "../../shared/src/report.ts";
import type { Manifest, RegistryRepository } from "./registry-http.ts";
import { required } from "../../shared/src/required.ts";

export interface Repository {
  name: string;
  /** Host and name, as docker wants them. */
  reference: string;
  host: string;
  /** Whether a tag may be given to another image later. */
  mayMove: (tag: string) => boolean;
}

/** OCI label of the commit that an image was built from. */
export const revisionLabel = "org.opencontainers.image.revision";

/** Tag of the layer cache, in repositories that let it move. */
export const cacheTag = "buildcache";

export async function openRepository(
  ecr: ECRClient,
  options: { name: string; registry: string | undefined; create: boolean; log: Log },
): Promise<Repository> {
  const { name, registry, create, log } = options;
  const found = (await describeRepository(ecr, name, create)) ?? (await createRepository(ecr, name, log));
  const uri = required(found.repositoryUri, "ecr:DescribeRepositories: repositoryUri");
  const host = registry ?? uri.slice(0, uri.indexOf("/"));
  const exceptions = (found.imageTagMutabilityExclusionFilters ?? []).map(
    ({ filter = "" }) =>
      new RegExp(
        `^${filter
          .split("*")
          .map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, "\\$&"))
          .join(".*")}$`,
      ),
  );
  const isException = (tag: string) => exceptions.some((exception) => exception.test(tag));
  const mayMove = (tag: string) =>
    found.imageTagMutability?.startsWith("IMMUTABLE") ? isException(tag) : !isException(tag);
  return { name, host, reference: `${host}/${name}`, mayMove };
}

interface Described {
  repositoryUri?: string | undefined;
  imageTagMutability?: string | undefined;
  imageTagMutabilityExclusionFilters?: ImageTagMutabilityExclusionFilter[] | undefined;
}

async function describeRepository(ecr: ECRClient, name: string, mayBeMissing: boolean): Promise<Described | undefined> {
  try {
    const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return repositories[0];
  } catch (error) {
    if (mayBeMissing && error instanceof Error && error.name === "RepositoryNotFoundException") return undefined;
    return withAwsErrorContext("ecr:DescribeRepositories", Promise.reject(error as Error));
  }
}

/** As infra/modules/registry makes them: images keep their tags, are scanned, and do not pile up. */
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

async function createRepository(ecr: ECRClient, repositoryName: string, log: Log): Promise<Described> {
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
    log(
      `${repositoryName} is created: tags do not move (but ${cacheTag}), pushes are scanned, the newest 100 images stay`,
    );
    return required(repository, "ecr:CreateRepository: repository");
  } catch (error) {
    // Two first builds at once: the other has made it.
    if (error instanceof Error && error.name === "RepositoryAlreadyExistsException")
      return required(await describeRepository(ecr, repositoryName, false), "ecr:DescribeRepositories: repositories");
    return withAwsErrorContext("ecr:CreateRepository", Promise.reject(error as Error));
  }
}

export interface Image extends Manifest {
  digest: string;
}

/** The image with a tag or digest; undefined when there is none. */
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
 * Puts a tag on an image that is there. A tag that points to it already is left.
 * @throws ConfigurationError when it points to another image and may not move.
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
      `The tag ${imageTag} is on another image (${holder?.digest}), and tags of ${repository.name} do not move. Give this content (${image.digest}) another tag: one that holds the commit, or none, since later steps go by the digest.`,
      { cause: error },
    );
  }
}

export interface ImageFacts {
  /** Compressed, as it is stored and pulled, for each platform. Bytes. */
  sizes: Record<string, number>;
  /** Digest of a configuration, in which the labels are; one where there are several platforms, since all were built from one commit. */
  config: string;
}

interface ManifestContent {
  config?: { digest: string; size: number };
  layers?: { size: number }[];
  manifests?: { digest: string; platform?: { os?: string; architecture?: string; variant?: string } }[];
}

export async function factsOf(ecr: ECRClient, repositoryName: string, image: Image): Promise<ImageFacts> {
  const { config, layers = [], manifests } = JSON.parse(image.text) as ManifestContent;
  if (config)
    return { config: config.digest, sizes: { image: config.size + layers.reduce((sum, { size }) => sum + size, 0) } };
  // Attestations stand in an index beside the images, for a platform that does not exist.
  const platforms = (manifests ?? []).filter(({ platform }) => platform?.os !== "unknown");
  const found = await Promise.all(
    platforms.map(async ({ digest, platform }) => {
      const part = await findImage(ecr, repositoryName, { imageDigest: digest });
      if (!part) throw new FailedError(`${repositoryName}@${image.digest} names ${digest}, which is not there.`);
      const facts = await factsOf(ecr, repositoryName, part);
      return {
        config: facts.config,
        size: [
          [platform?.os, platform?.architecture, platform?.variant].filter(Boolean).join("/"),
          facts.sizes["image"] ?? 0,
        ] as const,
      };
    }),
  );
  const [first] = found;
  if (!first) throw new FailedError(`The manifest of ${repositoryName}@${image.digest} names no configuration.`);
  return { config: first.config, sizes: Object.fromEntries(found.map(({ size }) => size)) };
}

/** The commit that an image says it was built from: the label in its configuration, which its digest covers. */
export async function revisionOf(registry: RegistryRepository, image: Image, { config }: ImageFacts): Promise<string> {
  const { config: settings } = JSON.parse(await registry.blob(config)) as {
    config?: { Labels?: Record<string, string> };
  };
  const revision = settings?.Labels?.[revisionLabel];
  if (revision) return revision;
  throw new FailedError(
    `The image ${registry.host}/${registry.name}@${image.digest} carries no label ${revisionLabel}: it was not pushed by this action. Remove its content tag, and it is built anew.`,
  );
}
