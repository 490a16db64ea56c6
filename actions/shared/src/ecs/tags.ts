// Images that are named by tags: which image a tag names now, beside the one that runs. ECS resolves a tag when a
// deployment starts and keeps to that digest until the next one, unless a container sets versionConsistency to disabled.
// Source: Amazon ECS developer guide, "Container image resolution". Of an image for several platforms ECS and ECR both have
// the digest of its index (amazon-ecs-agent, pull request 3576).
import { DescribeImagesCommand, type ECRClient } from "@aws-sdk/client-ecr";
import type { ECSClient, Service } from "@aws-sdk/client-ecs";
import { withRetry, type RetryContext } from "../aws.ts";
import { primaryOf } from "./deployment/completion.ts";
import { isPinned, noImage, parseEcrImage } from "./ecr-image.ts";
import { briefly, isMissing, tryLook } from "./look.ts";
import { runningDigests, type RunningDigests } from "./tasks/running-digests.ts";
import type { TaskDefinitionInput } from "./task-definition/task-definition.ts";

export interface TagReader extends RetryContext {
  ecs: ECSClient;
  ecr: (region: string) => ECRClient;
}

/** An image that is named by a tag, beside what the service runs of it. */
export interface TagState {
  container: string;
  image: string;
  /** `unknown` is not the same: whoever wants to be sure names the image by its digest. */
  state: "same" | "moved" | "unknown";
  /** What is known, in words. */
  text: string;
}

/** The containers whose images are named by a tag. */
export const taggedContainers = ({ containerDefinitions = [] }: TaskDefinitionInput): [string, string][] =>
  containerDefinitions.flatMap(({ name = "", image = "" }) =>
    image === "" || isPinned(image) ? [] : [[name, image] as [string, string]],
  );

/** @param running the service, and the ARN of the revision that it runs. */
export async function readTags(
  reader: TagReader,
  running: { cluster: string; name: string; service: Service; arn: string },
  containers: [string, string][],
): Promise<TagState[]> {
  if (containers.length === 0) return [];
  const session = briefly(reader);
  // Of an image outside of ECR nothing is known, whatever runs.
  const digests = containers.some(([, image]) => parseEcrImage(image)) ? await digestsOf(session, running) : undefined;
  return Promise.all(containers.map((container) => stateOf(session, container, digests)));
}

const digestsOf = (
  session: TagReader,
  { cluster, name, service, arn }: Parameters<typeof readTags>[1],
): Promise<RunningDigests | undefined> =>
  tryLook(session, { call: "ecs:ListTasks", consequence: unknownDigests }, () =>
    runningDigests(session, {
      cluster,
      service: name,
      taskDefinitionArn: arn,
      deploymentId: primaryOf(service)?.id,
    }),
  );

const unknownDigests =
  "which images the running tasks have is unknown, so that whether a tag names another one now is unknown, too, and so is why tasks of the deployment stop";
const unknownTag =
  "which image a tag names now is unknown, and it was not checked before the deployment that the images exist";

async function stateOf(
  session: TagReader,
  [container, image]: [string, string],
  digests: RunningDigests | undefined,
): Promise<TagState> {
  const unknown = (why: string): TagState => ({ container, image, state: "unknown", text: `${image} ${why}` });
  if (!parseEcrImage(image)) return unknown("is a tag in a registry that is not ECR, and may name another image now");
  const now = await digestOfTag(session, image);
  if (now === undefined) return unknown("could not be looked up in ECR");
  const running = [...(digests?.get(container) ?? [])];
  if (running.length === 0) return unknown("cannot be compared, because the image that runs is unknown");
  const isSame = running.every((digest) => digest === now);
  const text = isSame ? `${image} still is ${now}` : `${image} is ${now} now, and ${running.join(" and ")} runs`;
  return { container, image, state: isSame ? "same" : "moved", text };
}

async function digestOfTag(session: TagReader, image: string): Promise<string | undefined> {
  const parsed = parseEcrImage(image);
  if (!parsed) return undefined;
  const { registryId, region, repositoryName, imageTag } = parsed;
  const command = new DescribeImagesCommand({ registryId, repositoryName, imageIds: [{ imageTag }] });
  const answer = await tryLook(session, { call: "ecr:DescribeImages", consequence: unknownTag }, async () => {
    try {
      return await withRetry(session, "ecr:DescribeImages", () => session.ecr(region).send(command));
    } catch (error) {
      // The preflight reports it.
      if (isMissing(error, noImage)) return undefined;
      throw error;
    }
  });
  return answer?.imageDetails?.[0]?.imageDigest;
}
