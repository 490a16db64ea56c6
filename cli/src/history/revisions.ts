// The revisions of a service, with their tags: many of them, a few calls at a time.
import type { EcsReader } from "../../../actions/shared/src/ecs/service.ts";
import { mapConcurrently } from "../../../actions/shared/src/concurrency.ts";
import { DescribeTaskDefinitionCommand, type TaskDefinition } from "@aws-sdk/client-ecs";
import { withRetry } from "../../../actions/shared/src/aws.ts";
import { FailedError } from "../../../actions/shared/src/errors.ts";
import { revisionArns } from "../../../actions/shared/src/ecs/task-definition/revision-arns.ts";
import { templateTag } from "../../../actions/shared/src/ecs/task-definition/resolve.ts";

export interface Revision {
  arn: string;
  registeredAt: Date | undefined;
  tags: ReadonlyMap<string, string>;
  definition: TaskDefinition;
}

/** Calls at a time. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html */
const atOnce = 10;
/** Revisions of a family that are listed, in calls for 100 each. */
const mostListed = 2000;
/** Revisions that are read beyond those that ECS has deployments of. */
const mostRead = 300;

/** ARN → revision; those that ECS no longer knows are left out. */
export async function readRevisions(reader: EcsReader, arns: string[]): Promise<Map<string, Revision>> {
  const found = await mapConcurrently([...new Set(arns)], atOnce, (arn) => readRevision(reader, arn));
  return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.arn, one] as const])));
}

/** A deleted revision is described no more, and an emulator's answer may lack it. */
async function readRevision(reader: EcsReader, arn: string): Promise<Revision | undefined> {
  try {
    const { taskDefinition, tags = [] } = await withRetry(reader, "ecs:DescribeTaskDefinition", () =>
      reader.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ["TAGS"] })),
    );
    if (taskDefinition === undefined) return undefined;
    return {
      arn,
      registeredAt: taskDefinition.registeredAt,
      tags: new Map(tags.map(({ key = "", value = "" }) => [key, value])),
      definition: taskDefinition,
    };
  } catch (error) {
    if (error instanceof FailedError && /ClientException/.test(error.message)) return undefined;
    throw error;
  }
}

/**
 * The revisions of a family that were registered since a time, newest first: read in groups until one is older.
 *
 * @returns `isComplete` false: there may be more
 */
export async function revisionsSince(
  reader: EcsReader,
  family: string,
  since: Date,
): Promise<{ revisions: Revision[]; isComplete: boolean }> {
  const arns = await revisionArns(reader, family, mostListed);
  const revisions: Revision[] = [];
  for (let at = 0; at < Math.min(arns.length, mostRead); at += atOnce) {
    const read = await readRevisions(reader, arns.slice(at, at + atOnce));
    const recent = [...read.values()].filter(({ registeredAt }) => registeredAt === undefined || registeredAt >= since);
    revisions.push(...recent.filter(({ tags }) => !tags.has(templateTag)));
    if (recent.length < read.size) return { revisions, isComplete: true };
  }
  return { revisions, isComplete: arns.length <= mostRead };
}
