// Who deployed: from the workflow runs that revisions name, and from GitHub's deployments for what names none.
import { mapConcurrently } from "../../../actions/shared/src/concurrency.ts";
import type { GitHub, Schema } from "../github/github.ts";
import type { Deployment } from "./deployments.ts";
import { isCommit } from "./commits.ts";

/** Requests at a time. */
const atOnce = 8;

type GitHubDeployment = Schema["deployment"];

/** The same deployments, with what GitHub knows of them. @throws GitHubError */
export async function withGitHub(
  deployments: Deployment[],
  asked: { api: GitHub; repository: string; environment: string; since: Date },
): Promise<Deployment[]> {
  const { api, repository, environment, since } = asked;
  // One that began before the window may have deployed in it.
  const first = new Date(since.getTime() - 86_400_000).toISOString();
  const candidates = await api.list<GitHubDeployment>(
    `/repos/${repository}/deployments?environment=${encodeURIComponent(environment)}`,
    (all: GitHubDeployment[]) => all,
    ({ created_at: createdAt }) => createdAt >= first,
  );
  const matched = await mapConcurrently(deployments, atOnce, (one) => withDeployment(api, repository, one, candidates));
  const runs = [...new Set(matched.flatMap(({ run }) => runId(run, repository) ?? []))];
  const actors = new Map(
    await mapConcurrently(runs, atOnce, async (id) => [id, await actorOf(api, repository, id)] as const),
  );
  return matched.map((one) => ({ ...one, by: actors.get(runId(one.run, repository) ?? "") ?? one.by }));
}

/** A revision that was verified names its commit and run; any other is that of the job that was running then. */
async function withDeployment(
  api: GitHub,
  repository: string,
  one: Deployment,
  candidates: GitHubDeployment[],
): Promise<Deployment> {
  if (one.run !== undefined) return one;
  const startedAt = one.startedAt.toISOString();
  const before = candidates.find(({ created_at: createdAt }) => iso(createdAt) <= startedAt);
  if (before === undefined) return one;
  const statuses = await api.list<Schema["deployment-status"]>(
    `/repos/${repository}/deployments/${before.id}/statuses`,
    (all: Schema["deployment-status"][]) => all,
  );
  const end = statuses.findLast(({ state }) => state === "success" || state === "failure" || state === "error");
  // It had ended before: whoever deployed afterwards did so from a terminal.
  if (end !== undefined && iso(end.created_at) < startedAt) return one;
  const url = statuses.map(({ log_url: log, target_url: target }) => log || target).find((text) => text);
  return {
    ...one,
    commit: one.commit ?? (isCommit(before.sha) ? before.sha : undefined),
    run: url,
    by: before.creator?.login,
  };
}

/** GitHub's times have no fractions of seconds. */
const iso = (time: string): string => new Date(time).toISOString();

const runId = (url: string | undefined, repository: string): string | undefined => {
  const [, name, id] = /^https?:\/\/[^/]+\/([\w.-]+\/[\w.-]+)\/actions\/runs\/(\d+)/.exec(url ?? "") ?? [];
  return name?.toLowerCase() === repository.toLowerCase() ? id : undefined;
};

/** undefined: the run is deleted, or of a repository that the token does not reach. */
async function actorOf(api: GitHub, repository: string, id: string): Promise<string | undefined> {
  try {
    const run = await api.get<Schema["workflow-run"]>(`/repos/${repository}/actions/runs/${id}`);
    return (run.triggering_actor ?? run.actor)?.login;
  } catch {
    return undefined;
  }
}
