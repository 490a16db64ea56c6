// Image references: where ECR has an image, and whether a reference names one image for ever.

/**
 * `ACCOUNT.dkr.ecr.REGION.amazonaws.com/repository:tag`, `…@sha256:…`, or both. Endpoints for FIPS and dual stack and
 * those of other partitions are called otherwise. Source: Amazon ECR user guide, "Amazon ECR private registry", and AWS
 * general reference, "Amazon ECR endpoints and quotas".
 */
const ecrImage =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([\w-]+)\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws)\/([^@:]+)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/;

export interface EcrImage {
  registryId: string;
  region: string;
  repositoryName: string;
  /** Where there is one, it counts, and a tag beside it does not. */
  imageDigest: string | undefined;
  imageTag: string;
}

/** undefined for images elsewhere, which the role of a job cannot ask about. */
export function parseEcrImage(image: string): EcrImage | undefined {
  const matched = ecrImage.exec(image);
  if (!matched) return undefined;
  const [, registryId = "", region = "", repositoryName = "", imageTag = "latest", imageDigest] = matched;
  return { registryId, region, repositoryName, imageDigest, imageTag };
}

/** Whether an image is named by its digest; what a tag names may be another image tomorrow. */
export const isPinned = (image: string): boolean => /@sha256:[0-9a-f]{64}$/.test(image);

/** Names of the errors with which ECR answers that there is no such image. */
export const noImage = /^(ImageNotFound|RepositoryNotFound)/;
