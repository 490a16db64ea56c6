// Which revision to go back to. Never "the number before": that may be one that failed, or was never deployed.
import type { ServiceDeployment } from "@aws-sdk/client-ecs";
import { goOnWithout } from "../../shared/src/aws.ts";
import { newestRecords, taskDefinitionsOf } from "../../shared/src/ecs/deployment/deployment-record.ts";
import { firstImageOf } from "../../shared/src/ecs/task-definition/first-image.ts";
import { readRevision } from "../../shared/src/ecs/task-definition/resolve.ts";
import { verifiedTag, wasLeft } from "../../shared/src/ecs/task-definition/marks.ts";
import { revisionArns } from "../../shared/src/ecs/task-definition/revision-arns.ts";
import type { EcsReader } from "../../shared/src/ecs/service.ts";
import { shortName, type TaskDefinitionInput } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import type { Target } from "./inputs.ts";

export interface Revision {
  arn: string;
  definition: TaskDefinitionInput;
  tags: Map<string, string>;
  active: boolean;
}

export interface Choice {
  revision: Revision;
  /** Why this one, in words. */
  why: string;
}

export interface Place extends EcsReader {
  cluster: string;
  service: string;
}

export const asAsked = "as asked";

export async function chooseTarget(place: Place, running: Revision, to: Target): Promise<Choice> {
  const { family = "" } = running.definition;
  if (to.kind === "revision") return { revision: await readRevision(place, to.name), why: asAsked };
  if (to.kind === "number") return { revision: await readRevision(place, `${family}:${to.revision}`), why: asAsked };
  if (to.kind === "commit") return ofCommit(place, family, to.commit);
  return lastHealthy(place, running, family);
}

async function ofCommit(place: Place, family: string, commit: string): Promise<Choice> {
  for await (const revision of newestFirst(place, family)) {
    if (revision.tags.get("deploy:commit")?.startsWith(commit))
      return { revision, why: `deployed and verified by commit ${revision.tags.get("deploy:commit")}` };
  }
  throw new ConfigurationError(
    `to: no revision of ${family} has the commit ${commit} in its tag deploy:commit, which smoke-test sets. Name a revision instead (aws ecs list-task-definitions --family-prefix ${family}).`,
  );
}

/**
 * ECS's own records of successful deployments, newest first, if it keeps them; otherwise the revisions that a smoke
 * test has
 * marked. A revision that was rolled back from is not healthy, whatever it was before.
 */
async function lastHealthy(place: Place, running: Revision, family: string): Promise<Choice> {
  const { successful, undone } = await deployedBefore(place);
  if (undone !== undefined && undone !== running.arn && !wasLeft(running.tags)) {
    return {
      revision: running,
      why: `ECS itself rolled back to it from ${shortName(undone)}; to roll back further, name a revision`,
    };
  }
  // That of Terraform's first revision was successful as well: of no tasks.
  const isCandidate = (revision: Revision) =>
    revision.arn !== running.arn &&
    revision.active &&
    !wasLeft(revision.tags) &&
    firstImageOf(revision.definition) === undefined;
  let stable: Revision | undefined;
  for (const arn of successful) {
    if (arn === running.arn) continue;
    const revision = await readRevision(place, arn);
    if (!isCandidate(revision)) continue;
    if (revision.tags.has(verifiedTag)) return verified(revision);
    stable ??= revision;
  }
  let newest: Revision | undefined;
  for await (const revision of newestFirst(place, family)) {
    const verifiedAt = revision.tags.get(verifiedTag);
    if (verifiedAt === undefined || !isCandidate(revision)) continue;
    if (verifiedAt > (newest?.tags.get(verifiedTag) ?? "")) newest = revision;
  }
  if (newest) return verified(newest);
  // If no revision is ever verified, ECS's record of a successful deployment is all there is.
  if (stable && !running.tags.has(verifiedTag))
    return {
      revision: stable,
      why: "the last one whose deployment ECS has on record as successful; no smoke test has verified any",
    };
  throw new ConfigurationError(
    `There is no healthy revision of ${family} to roll back to: ECS has no record of another successful deployment, and no other revision has the tag ${verifiedTag}. Name one with to: (aws ecs list-task-definitions --family-prefix ${family}).`,
  );
}

const verified = (revision: Revision): Choice => ({
  revision,
  why: `the last one that was verified (${revision.tags.get(verifiedTag)}${revision.tags.has("deploy:commit") ? `, commit ${revision.tags.get("deploy:commit")}` : ""})`,
});

interface Deployments {
  /** ARNs of revisions with successful deployments, newest first. */
  successful: string[];
  /** ARN of the revision of the newest deployment, when ECS has rolled that one back. */
  undone: string | undefined;
}

/** What ECS has on record; nothing where it keeps no records or this role may not read them. */
async function deployedBefore(place: Place): Promise<Deployments> {
  try {
    const newestFirst = await newestRecords(place, 20);
    if (newestFirst.length === 0) return { successful: [], undone: undefined };
    const definitions = await taskDefinitionsOf(
      place,
      newestFirst.flatMap(({ targetServiceRevision }) => targetServiceRevision?.arn ?? []),
    );
    const definitionOf = ({ targetServiceRevision }: ServiceDeployment) =>
      definitions.get(targetServiceRevision?.arn ?? "");
    return {
      successful: [
        ...new Set(
          newestFirst
            .filter(({ status }) => status === "SUCCESSFUL")
            .flatMap((deployment) => definitionOf(deployment) ?? []),
        ),
      ],
      undone: newestFirst[0]?.status === "ROLLBACK_SUCCESSFUL" ? definitionOf(newestFirst[0]) : undefined,
    };
  } catch (error) {
    goOnWithout(
      place,
      "ecs:ListServiceDeployments",
      error,
      "ECS's records of deployments cannot be read; the tags of revisions decide",
    );
    return { successful: [], undone: undefined };
  }
}

/** So many revisions are looked at, one call each. */
const lookBack = 50;

async function* newestFirst(place: Place, family: string): AsyncGenerator<Revision> {
  for (const arn of await revisionArns(place, family, lookBack)) yield await readRevision(place, arn);
}
