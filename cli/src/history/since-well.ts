// What changed since the service was last well.
import type { Service } from "@aws-sdk/client-ecs";
import { differences } from "../../../actions/shared/src/ecs/task-definition/differences.ts";
import { toTaskDefinitionInput } from "../../../actions/shared/src/ecs/task-definition/read-definition.ts";
import { verifiedTag, wasLeft } from "../../../actions/shared/src/ecs/task-definition/marks.ts";
import { shortName } from "../../../actions/shared/src/ecs/task-definition/task-definition.ts";
import { isCommit, type Commit, type CommitSource } from "./commits.ts";
import type { Deployment } from "./deployments.ts";
import type { Revision } from "./revisions.ts";

export interface SinceWell {
  /** ARN of the newest verified revision that was not rolled back from; undefined: none is known. */
  revision: string | undefined;
  verifiedAt: string | undefined;
  isRunning: boolean;
  /** From it to what runs. */
  changes: string[];
  /** undefined: not known. */
  commits: Commit[] | undefined;
}

export async function sinceWell(
  service: Service,
  { deployments, revisions }: { deployments: Deployment[]; revisions: Revision[] },
  source: CommitSource,
): Promise<SinceWell> {
  const running = revisions.find(({ arn }) => arn === service.taskDefinition);
  const well = revisions
    .filter(({ tags }) => tags.has(verifiedTag) && !wasLeft(tags))
    .toSorted((a, b) => ((a.tags.get(verifiedTag) ?? "") < (b.tags.get(verifiedTag) ?? "") ? 1 : -1))[0];
  const isWell = running !== undefined && running.tags.has(verifiedTag) && !wasLeft(running.tags);
  const last = isWell ? running : well;
  const isRunning = isWell;
  const found = { revision: last?.arn, verifiedAt: last?.tags.get(verifiedTag), isRunning };
  if (last === undefined || running === undefined || isRunning) return { ...found, changes: [], commits: [] };
  const commitOf = ({ arn, tags }: Revision) =>
    tags.get("deploy:commit") ?? deployments.find(({ revision }) => revision === arn)?.commit;
  const [base, head] = [commitOf(last), commitOf(running)];
  return {
    ...found,
    changes: differences(inputOf(last), inputOf(running)),
    commits: isCommit(base) && isCommit(head) ? await source.between(base, head) : undefined,
  };
}

const inputOf = ({ arn, definition }: Revision) =>
  toTaskDefinitionInput({ taskDefinition: definition }, shortName(arn));
