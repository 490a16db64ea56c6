// The image repository: what is in it, and the way into it.
import { BatchGetImageCommand, DescribeImagesCommand, DescribeRepositoriesCommand, GetAuthorizationTokenCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { explained } from "../../shared/src/aws.ts";
import { FailedError } from "../../shared/src/errors.ts";

export interface Repository {
  name: string;
  /** Host and name, as docker wants them. */
  reference: string;
  host: string;
  /** "user:password" in base64: goes into docker's configuration file and into a header, never on a command line. */
  authorization: string;
}

export async function openRepository(ecr: ECRClient, name: string, registry: string | undefined): Promise<Repository> {
  const { repositories = [] } = await explained("ecr:DescribeRepositories", ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })));
  const uri = repositories[0]!.repositoryUri!;
  const host = registry ?? uri.slice(0, uri.indexOf("/"));
  const { authorizationData = [] } = await explained("ecr:GetAuthorizationToken", ecr.send(new GetAuthorizationTokenCommand({})));
  return { name, host, reference: `${host}/${name}`, authorization: authorizationData[0]!.authorizationToken! };
}

/** Digest of the image with this tag; undefined when there is none. */
export async function digestOf(ecr: ECRClient, repository: string, tag: string): Promise<string | undefined> {
  try {
    const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageTag: tag }] }));
    return imageDetails[0]?.imageDigest;
  } catch (error) {
    if (error instanceof Error && error.name === "ImageNotFoundException") return undefined;
    return explained("ecr:DescribeImages", Promise.reject(error as Error));
  }
}

interface Manifest {
  config?: { digest: string };
  manifests?: { digest: string }[];
}

const revisionLabel = "org.opencontainers.image.revision";

/** The commit that an image says it was built from: the label in its configuration, which its digest covers. */
export async function revisionOf(ecr: ECRClient, repository: Repository, digest: string): Promise<string> {
  const manifest = await manifestOf(ecr, repository.name, digest);
  const blob = await download(repository, `blobs/${manifest.config!.digest}`);
  const { config } = JSON.parse(blob) as { config?: { Labels?: Record<string, string> } };
  const revision = config?.Labels?.[revisionLabel];
  if (revision) return revision;
  throw new FailedError(`The image ${repository.reference}@${digest} carries no label ${revisionLabel}: it was not pushed by this action. Remove its content tag, and it is built anew.`);
}

async function manifestOf(ecr: ECRClient, repositoryName: string, imageDigest: string): Promise<Manifest> {
  const { images = [] } = await explained("ecr:BatchGetImage", ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }] })));
  const manifest = JSON.parse(images[0]?.imageManifest ?? "{}") as Manifest;
  // An index names one manifest for each platform: all were built from one commit.
  if (manifest.manifests?.[0]) return manifestOf(ecr, repositoryName, manifest.manifests[0].digest);
  if (manifest.config) return manifest;
  throw new FailedError(`The manifest of ${repositoryName}@${imageDigest} names no configuration.`);
}

async function download({ host, name, authorization }: Repository, path: string): Promise<string> {
  const scheme = /^(localhost|127\.|\[::1\])/.test(host) ? "http" : "https";
  const response = await fetch(`${scheme}://${host}/v2/${name}/${path}`, { headers: { authorization: `Basic ${authorization}` } });
  if (!response.ok) throw new FailedError(`${host} answered ${response.status} for ${name}/${path}.`);
  return response.text();
}
