// The section of one service: what happened to it, and the facts about it.
import type { Outcome } from "../../outcome.ts";
import { codeBlock, details, factTable, type Facts } from "../../summary/blocks.ts";
import { serviceLink } from "../../summary/console-links.ts";
import { code, join, link, markup, type Markup } from "../../summary/markup.ts";
import type { Section, Status } from "../../summary/section.ts";
import { shortName, type TaskDefinitionInput } from "../task-definition/task-definition.ts";
import { taskCounts } from "../deployment/completion.ts";
import { imageFacts } from "./image-facts.ts";
import type { Explanation } from "./explain-result.ts";
import { headlineOf, type Happened } from "./headline.ts";

type Tags = ReadonlyMap<string, string>;

/** What the caller knows of a service besides its result. */
export interface ServiceDetails {
  /** Of the revision and of the one before it, where they are registered already. */
  tags?: Tags | undefined;
  previousTags?: Tags | undefined;
  /** What the new revision changes, one line each. */
  changes?: string[];
  /** Of a rollback: why it is done, and why to this revision. */
  reason?: string | undefined;
  choice?: string | undefined;
  /** Of a deployment that went well, and is hardly what was wanted. */
  warning?: string | undefined;
}

export interface ServiceSection extends Happened {
  cluster: string;
  definition: TaskDefinitionInput;
  details: ServiceDetails;
  explanation: Explanation | undefined;
}

export function serviceSection(about: ServiceSection): Section {
  const { explanation, details: known } = about;
  const changes = known.changes ?? [];
  return {
    status: known.warning === undefined ? statusOf(about.outcome) : "warning",
    title: headlineOf(about),
    content: [
      known.warning === undefined ? undefined : markup`${known.warning}`,
      factTable({ ...explanation?.facts, ...factsOf(about) }),
      ...(explanation?.content ?? []),
      changes.length === 0
        ? undefined
        : details(`Changes to the task definition (${changes.length})`, [codeBlock(changes.join("\n"))]),
    ],
  };
}

export const statusOf = (outcome: Outcome | ""): Status => (outcome === "" ? "started" : outcome);

function factsOf(about: ServiceSection): Facts {
  const { cluster, service, outcome, arn, previousArn, definition, deploymentId, result, took } = about;
  const { tags, previousTags, reason, choice } = about.details;
  const { runningCount, desiredCount } = taskCounts(result?.service ?? {}, deploymentId);
  const isNew = previousArn !== arn;
  return {
    Revision: code(shortName(arn)),
    "Previous revision": isNew && previousArn !== "" ? withVersion(shortName(previousArn), previousTags) : undefined,
    ...imageFacts(definition),
    Version: tags?.get("deploy:version"),
    ...commitFact(tags),
    "Reason for the rollback": reason,
    "Target revision": choice,
    Tasks: outcome === "succeeded" ? tasksOf(runningCount, desiredCount) : undefined,
    Deployment: deploymentId === "" ? undefined : code(deploymentId),
    Duration: outcome === "unchanged" ? undefined : took,
    Console: joined([serviceLink(arn, { cluster, service }), ...(about.explanation?.links ?? [])]),
  };
}

function joined(links: (Markup | undefined)[]): Markup | undefined {
  const known = links.filter((link) => link !== undefined);
  return known.length === 0 ? undefined : join(known, " · ");
}

const tasksOf = (running: number, desired: number): string =>
  `${running} of ${desired}${desired === 0 ? "; the desired count is 0, so that nothing runs" : ""}`;

const withVersion = (name: string, tags: Tags | undefined): Markup => {
  const version = tags?.get("deploy:version");
  return version === undefined ? code(name) : markup`${code(name)}, version ${version}`;
};

/** The commit that the revision was verified with; of a new revision the commit that this run is for. */
function commitFact(tags: Tags | undefined): Facts {
  const { GITHUB_SHA: sha, GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  const known = tags?.get("deploy:commit");
  const commit = tags === undefined ? sha : known;
  if (!commit) return {};
  const text = code(commit.slice(0, 12));
  const isLinked = server && repository && /^[0-9a-f]{40}$/.test(commit);
  return {
    [tags === undefined ? "Commit of this run" : "Commit"]: isLinked
      ? link(text, `${server}/${repository}/commit/${commit}`)
      : text,
  };
}
