// The history of services as a runbook: what ECS has on record, what the revisions' tags tell, what GitHub adds, what
// changed since it was last well, and the figures.
import type { Service, ServiceDeployment } from "@aws-sdk/client-ecs";
import { isUnavailable, toUserError } from "../../../actions/shared/src/aws.ts";
import { mapConcurrently } from "../../../actions/shared/src/concurrency.ts";
import { recordsSince, taskDefinitionsOf } from "../../../actions/shared/src/ecs/deployment/deployment-record.ts";
import type { EcsReader } from "../../../actions/shared/src/ecs/service.ts";
import { shortName } from "../../../actions/shared/src/ecs/task-definition/task-definition.ts";
import type { RunProcess } from "../../../actions/shared/src/process.ts";
import { findService } from "../find-service.ts";
import { originOf } from "../github/checkout.ts";
import { GitHub, GitHubError, type GitHubSettings } from "../github/github.ts";
import { servicesOf } from "../status.ts";
import { commitsOfCheckout, commitsOfGitHub, firstOf, isCommit, type CommitSource } from "./commits.ts";
import { deploymentsOf, type Brought, type Deployment } from "./deployments.ts";
import { doraOf, type Dora } from "./dora.ts";
import type { Inputs } from "./inputs.ts";
import { readRevisions, revisionsSince, type Revision } from "./revisions.ts";
import { sinceWell, type SinceWell } from "./since-well.ts";
import { withGitHub } from "./who.ts";

export interface Dependencies extends EcsReader {
  run: RunProcess;
  github: GitHubSettings;
  environment: NodeJS.ProcessEnv;
}

export interface ServiceHistory {
  cluster: string;
  service: string;
  since: Date;
  until: Date;
  /** All of the window, newest first. */
  deployments: Brought[];
  sinceWell: SinceWell;
  dora: Dora;
  /** What could not be known, and what would tell. */
  gaps: string[];
}

export async function history(inputs: Inputs, dependencies: Dependencies): Promise<ServiceHistory[]> {
  const { environment, run } = dependencies;
  const [services, repository] = await Promise.all([
    findServices(inputs, dependencies),
    inputs.repository ?? (environment["GITHUB_REPOSITORY"] || originOf(inputs.folder, run)),
  ]);
  return mapConcurrently(services, 4, (one) => historyOf(inputs, dependencies, { ...one, repository }));
}

async function findServices(
  { services, cluster }: Inputs,
  reader: EcsReader,
): Promise<{ cluster: string; service: Service }[]> {
  if (services.length > 0) return Promise.all(services.map((name) => findService(reader, name, cluster)));
  const all = await servicesOf(reader, cluster ?? "default");
  return all.map((service) => ({ cluster: cluster ?? "default", service }));
}

async function historyOf(
  inputs: Inputs,
  dependencies: Dependencies,
  { cluster, service, repository }: { cluster: string; service: Service; repository: string | undefined },
): Promise<ServiceHistory> {
  const { since } = inputs;
  const until = new Date(dependencies.clock.now());
  const name = service.serviceName ?? "";
  const gaps: string[] = [];
  const known = await readEcs(dependencies, { cluster, service, since }, gaps);
  const deployments = deploymentsOf({ service: name, ...known, running: service.taskDefinition }).filter(
    ({ startedAt }) => startedAt >= since,
  );
  const named = await nameDeployers(inputs, dependencies, { deployments, repository, gaps });
  const commits = commitSource(inputs, dependencies, repository);
  const withCommits = await addCommits(named, commits);
  const unknown = withCommits.filter((one) => one.wentLive && one.kind === "deployment" && one.commits === undefined);
  if (unknown.length > 0)
    gaps.push(
      `when the commits of ${unknown.length} deployments were made: ${unknown.some(({ commit }) => commit === undefined) ? "their revisions name no commit (smoke-test sets deploy:commit); " : ""}run it in a checkout (--folder) or with a GitHub token (GH_TOKEN)`,
    );
  return {
    cluster,
    service: name,
    since,
    until,
    deployments: withCommits,
    sinceWell: await sinceWell(service, { deployments: named, revisions: known.all }, commits),
    dora: doraOf(withCommits, { since, until }),
    gaps,
  };
}

interface EcsFacts {
  records: ServiceDeployment[];
  taskDefinitions: Map<string, string>;
  revisions: Map<string, Revision>;
  registered: Revision[];
  all: Revision[];
}

/** ECS keeps service deployments for 90 days: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html */
const kept = 90 * 86_400_000;
/** The window began a moment ago. */
const moment = 60_000;

async function readEcs(
  reader: EcsReader,
  asked: { cluster: string; service: Service; since: Date },
  gaps: string[],
): Promise<EcsFacts> {
  const { cluster, service, since } = asked;
  const target = { ...reader, cluster, service: service.serviceName ?? "" };
  const family = shortName(service.taskDefinition).replace(/:\d+$/, "");
  const [records, listed] = await Promise.all([
    unlessUnavailable("ecs:ListServiceDeployments", () => recordsSince(target, since)),
    revisionsSince(reader, family, since),
  ]);
  if (records.length === 0)
    gaps.push(
      "deployments that failed or were stopped: ECS has no records of this service, and tags tell only of what was verified",
    );
  if (since.getTime() < reader.clock.now() - kept - moment)
    gaps.push("deployments of more than 90 days ago that failed or were stopped: ECS keeps its records no longer");
  if (!listed.isComplete)
    gaps.push(`revisions older than the newest ${listed.revisions.length}, which are all that was read`);
  const taskDefinitions = await unlessUnavailable("ecs:DescribeServiceRevisions", async () => [
    ...(await taskDefinitionsOf(
      target,
      records.flatMap(({ targetServiceRevision, sourceServiceRevisions = [] }) =>
        [targetServiceRevision, ...sourceServiceRevisions].flatMap((one) => one?.arn ?? []),
      ),
    )),
  ]);
  const have = new Set(listed.revisions.map(({ arn }) => arn));
  const missing = [...taskDefinitions.map(([, arn]) => arn), service.taskDefinition ?? ""].filter(
    (arn) => arn !== "" && !have.has(arn),
  );
  const revisions = new Map([
    ...listed.revisions.map((one) => [one.arn, one] as const),
    ...(await readRevisions(reader, missing)),
  ]);
  return {
    records,
    taskDefinitions: new Map(taskDefinitions),
    revisions,
    registered: listed.revisions,
    all: [...revisions.values()],
  };

  /** What the role may not read, or an emulator does not know, is a gap. */
  async function unlessUnavailable<T>(call: string, read: () => Promise<T[]>): Promise<T[]> {
    try {
      return await read();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      gaps.push(toUserError(call, error).message.split("\n")[0] ?? call);
      return [];
    }
  }
}

async function nameDeployers(
  { environment, since }: Inputs,
  { github }: Dependencies,
  { deployments, repository, gaps }: { deployments: Deployment[]; repository: string | undefined; gaps: string[] },
): Promise<Deployment[]> {
  const api = new GitHub(github);
  if (repository === undefined || !api.hasToken) {
    gaps.push(
      `who deployed: give a GitHub token that reads actions and deployments (GH_TOKEN=$(gh auth token))${repository === undefined ? " and --repository OWNER/NAME" : ""}`,
    );
    return deployments;
  }
  try {
    return await withGitHub(deployments, { api, repository, environment, since });
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    gaps.push(`who deployed: ${error.message}`);
    return deployments;
  }
}

function commitSource({ folder }: Inputs, { run, github }: Dependencies, repository: string | undefined): CommitSource {
  const api = new GitHub(github);
  return firstOf([
    commitsOfCheckout(folder, run),
    ...(repository !== undefined && api.hasToken ? [commitsOfGitHub(api, repository)] : []),
  ]);
}

/** What each deployment brought: the commits since the one before that went live. Newest first. */
async function addCommits(deployments: Deployment[], source: CommitSource): Promise<Brought[]> {
  return mapConcurrently(deployments, 4, async (one) => {
    if (!isCommit(one.commit)) return { ...one, commits: undefined };
    const before = deployments
      .slice(deployments.indexOf(one) + 1)
      .find(({ wentLive, commit }) => wentLive && isCommit(commit) && commit !== one.commit);
    const commits =
      one.kind === "deployment" && before !== undefined ? await source.between(before.commit, one.commit) : undefined;
    // The first one of the window, and what is not a descendant: the commit itself.
    return { ...one, commits: commits?.length ? commits : await source.between(undefined, one.commit) };
  });
}
