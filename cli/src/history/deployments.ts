// What was deployed, from ECS's records and the tags of revisions: pure.
import type { ServiceDeployment } from "@aws-sdk/client-ecs";
import { rolledBackTag, verifiedTag, wasLeft } from "../../../actions/shared/src/ecs/task-definition/marks.ts";
import { shortName } from "../../../actions/shared/src/ecs/task-definition/task-definition.ts";
import type { Commit } from "./commits.ts";
import type { Revision } from "./revisions.ts";

export type Outcome = "verified" | "succeeded" | "rolled back" | "failed" | "stopped" | "in progress";

export interface Deployment {
  service: string;
  startedAt: Date;
  endedAt: Date | undefined;
  /** ARN of the task definition; undefined: ECS no longer knows it. */
  revision: string | undefined;
  previous: string | undefined;
  /** `restart`: the same revision again, with other settings or by force. */
  kind: "deployment" | "rollback" | "restart";
  outcome: Outcome;
  /** When the service ran a healthy revision again, after a failure. */
  restoredAt: Date | undefined;
  /** Whether it went live, whatever became of it afterwards. */
  wentLive: boolean;
  reason: string | undefined;
  commit: string | undefined;
  /** URL of the workflow run. */
  run: string | undefined;
  /** Who started the run; undefined: not known. */
  by: string | undefined;
  source: "ECS" | "tags";
}

/** A deployment, and the commits that it brought; undefined: not known. */
export type Brought = Deployment & { commits: Commit[] | undefined };

export interface Known {
  service: string;
  /** Of ECS, in any order. */
  records: ServiceDeployment[];
  /** ARN of a service revision → of its task definition. */
  taskDefinitions: ReadonlyMap<string, string>;
  /** By ARN. */
  revisions: ReadonlyMap<string, Revision>;
  /** Registered in the window; their tags tell of deployments that ECS has no record of. */
  registered: Revision[];
  running: string | undefined;
}

/** Newest first. */
export function deploymentsOf(known: Known): Deployment[] {
  const recorded = known.records.map((record) => ofRecord(known, record)).toSorted(byTime);
  const first = recorded[0]?.startedAt;
  const deployed = new Set(recorded.map(({ revision }) => revision));
  const tagged = known.registered
    .filter(({ arn, registeredAt }) => !deployed.has(arn) && (first === undefined || (registeredAt ?? first) < first))
    .flatMap((revision) => ofTags(known, revision))
    .toSorted(byTime);
  return restored([...tagged, ...recorded].map(leftLater(known)).map(withoutLaterRuns)).toReversed();
}

const byTime = (a: Deployment, b: Deployment): number => a.startedAt.getTime() - b.startedAt.getTime();

function ofRecord({ service, taskDefinitions, revisions }: Known, record: ServiceDeployment): Deployment {
  const revision = taskDefinitions.get(record.targetServiceRevision?.arn ?? "");
  const sources = (record.sourceServiceRevisions ?? []).map(({ arn = "" }) => taskDefinitions.get(arn));
  const previous = sources.find((arn) => arn !== undefined);
  const tags = revisions.get(revision ?? "")?.tags ?? new Map<string, string>();
  const startedAt = record.createdAt ?? record.startedAt ?? new Date(0);
  const outcome = outcomeOf(record, tags, startedAt);
  return {
    service,
    startedAt,
    endedAt: record.finishedAt ?? record.stoppedAt,
    revision,
    previous,
    kind: kindOf(revision, previous),
    outcome,
    restoredAt: undefined,
    wentLive: outcome === "verified" || outcome === "succeeded",
    reason: record.rollback?.reason ?? alarmsOf(record) ?? record.statusReason,
    commit: tags.get("deploy:commit"),
    run: outcome === "verified" ? tags.get("deploy:run") : undefined,
    by: undefined,
    source: "ECS",
  };
}

const alarmsOf = ({ alarms }: ServiceDeployment): string | undefined =>
  alarms?.triggeredAlarmNames?.length ? `alarms: ${alarms.triggeredAlarmNames.join(", ")}` : undefined;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html */
function outcomeOf({ status }: ServiceDeployment, tags: ReadonlyMap<string, string>, startedAt: Date): Outcome {
  switch (status) {
    case "SUCCESSFUL":
      return (tags.get(verifiedTag) ?? "") >= startedAt.toISOString() ? "verified" : "succeeded";
    case "ROLLBACK_SUCCESSFUL":
      return "rolled back";
    case "ROLLBACK_FAILED":
      return "failed";
    case "STOPPED":
      return "stopped";
    default:
      return "in progress";
  }
}

/** A revision with a lower number than the one that ran is an older one. */
function kindOf(revision: string | undefined, previous: string | undefined): Deployment["kind"] {
  if (revision === undefined || previous === undefined) return "deployment";
  if (revision === previous) return "restart";
  const [family, number] = parts(revision);
  const [otherFamily, otherNumber] = parts(previous);
  return family === otherFamily && number < otherNumber ? "rollback" : "deployment";
}

function parts(arn: string): [string, number] {
  const [family = "", number] = shortName(arn).split(":");
  return [family, Number(number)];
}

/** Tags tell of a revision that was verified, rolled back from, or runs; of any other it is not known that it was deployed. */
function ofTags({ service, running }: Known, { arn, tags, registeredAt }: Revision): Deployment[] {
  const verifiedAt = tags.get(verifiedTag);
  const leftAt = tags.get(rolledBackTag);
  if (verifiedAt === undefined && leftAt === undefined && arn !== running) return [];
  const end = verifiedAt ?? leftAt;
  return [
    {
      service,
      startedAt: registeredAt ?? new Date(end ?? 0),
      endedAt: end === undefined ? undefined : new Date(end),
      revision: arn,
      previous: undefined,
      kind: "deployment",
      outcome: verifiedAt === undefined ? (leftAt === undefined ? "succeeded" : "rolled back") : "verified",
      restoredAt: undefined,
      wentLive: verifiedAt !== undefined || leftAt === undefined,
      reason: tags.get("deploy:rolled-back-reason"),
      commit: tags.get("deploy:commit"),
      run: tags.get("deploy:run"),
      by: undefined,
      source: "tags",
    },
  ];
}

/**
 * What succeeded and was rolled back from afterwards has failed: the last deployment of the revision before that. Of a
 * deployment that only tags tell of, the last mark counts.
 */
function leftLater({
  revisions,
  registered,
}: Known): (one: Deployment, index: number, all: Deployment[]) => Deployment {
  const tagsOf = (arn: string | undefined) =>
    (revisions.get(arn ?? "") ?? registered.find((one) => one.arn === arn))?.tags ?? new Map<string, string>();
  return (one, index, all) => {
    const tags = tagsOf(one.revision);
    const leftAt = tags.get(rolledBackTag);
    if (!one.wentLive || leftAt === undefined || leftAt < one.startedAt.toISOString()) return one;
    const left = {
      ...one,
      outcome: "rolled back" as const,
      reason: tags.get("deploy:rolled-back-reason") ?? one.reason,
    };
    if (one.source === "tags") return wasLeft(tags) ? { ...left, restoredAt: new Date(leftAt) } : one;
    const isAgain = all
      .slice(index + 1)
      .some((next) => next.revision === one.revision && next.startedAt.toISOString() <= leftAt);
    return isAgain ? one : left;
  };
}

/** The tags name the run that verified a revision last; an earlier deployment of it was another run's. */
function withoutLaterRuns(one: Deployment, index: number, all: Deployment[]): Deployment {
  const isVerifiedLater = all.slice(index + 1).some(({ run }) => run !== undefined && run === one.run);
  return isVerifiedLater ? { ...one, run: undefined } : one;
}

/** After a failure: ECS's own rollback restores the service at its end, else the next deployment that succeeds. Oldest first. */
function restored(deployments: Deployment[]): Deployment[] {
  return deployments.map((one, index) => {
    if ((one.outcome !== "rolled back" && one.outcome !== "failed") || one.restoredAt !== undefined) return one;
    if (one.outcome === "rolled back" && !one.wentLive) return { ...one, restoredAt: one.endedAt };
    const next = deployments
      .slice(index + 1)
      .find(({ outcome, endedAt }) => (outcome === "verified" || outcome === "succeeded") && endedAt !== undefined);
    return { ...one, restoredAt: next?.endedAt };
  });
}
