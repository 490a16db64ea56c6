// Whether an image is in ECR, or may come into it with the first pull.
import { DescribeImagesCommand, DescribePullThroughCacheRulesCommand } from "@aws-sdk/client-ecr";
import { withRetry } from "../../aws.ts";
import { noImage, parseEcrImage, type EcrImage } from "../ecr-image.ts";
import { isMissing, tryLook } from "../look.ts";
import type { Check, CheckContext } from "./check.ts";

/** Images of other registries cannot be asked about by this role. */
export function imageCheck(context: CheckContext, image: string): Check {
  const parsed = parseEcrImage(image);
  if (!parsed) return async () => undefined;
  const { registryId, region, repositoryName, imageDigest, imageTag } = parsed;
  const command = new DescribeImagesCommand({
    registryId,
    repositoryName,
    imageIds: [imageDigest ? { imageDigest } : { imageTag }],
  });
  return async () => {
    try {
      await withRetry(context, "ecr:DescribeImages", () => context.ecr(region).send(command));
      return undefined;
    } catch (error) {
      if (!isMissing(error, noImage)) throw error;
    }
    const text = `image ${image}: is not in ECR. Was it pushed, and has no lifecycle policy removed it?`;
    const isPulled = await isPulledThrough(context, parsed);
    if (isPulled === false) return { isCertain: true, text };
    const why =
      isPulled === undefined
        ? "A pull-through cache may provide it"
        : "It is left to the pull-through cache of its repository";
    return { isCertain: false, text: `${text} ${why}.` };
  };
}

/**
 * Whether a rule of the registry gets images of this repository from elsewhere; undefined: unknown. A prefix ends with a
 * slash; ROOT is that of all repositories without a rule of their own.
 * Source: Amazon ECR user guide, "Customizing repository prefixes for ECR to ECR pull through cache".
 */
async function isPulledThrough(
  context: CheckContext,
  { registryId, region, repositoryName }: EcrImage,
): Promise<boolean | undefined> {
  // Nobody may read the rules of a registry that belongs to another account.
  if (context.account !== undefined && registryId !== context.account) return undefined;
  const command = new DescribePullThroughCacheRulesCommand({ registryId, maxResults: 1000 });
  const answer = await tryLook(context, { call: "ecr:DescribePullThroughCacheRules", consequence: unknownRules }, () =>
    withRetry(context, "ecr:DescribePullThroughCacheRules", () => context.ecr(region).send(command)),
  );
  // A registry has up to 50 rules; with more there would be another page.
  if (answer === undefined || answer.nextToken !== undefined) return undefined;
  return (answer.pullThroughCacheRules ?? []).some(
    ({ ecrRepositoryPrefix: prefix = "" }) => prefix === "ROOT" || repositoryName.startsWith(`${prefix}/`),
  );
}

const unknownRules =
  "whether a pull-through cache provides an image that is not in ECR is unknown, so that the missing image does not stop the deployment";
