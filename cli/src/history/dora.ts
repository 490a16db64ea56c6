// The four key metrics of DORA (https://dora.dev/guides/dora-metrics/), by these definitions: a change is a deployment of
// a new revision that has ended; rollbacks, restarts, and deployments that another one replaced are none.
import type { Brought, Deployment } from "./deployments.ts";

export interface Dora {
  /** Changes that went live. */
  deploymentFrequency: { count: number; days: number; perWeek: number };
  /** From each commit to the end of the deployment that brought it; seconds. undefined: no commit time is known. */
  leadTime: { median: number | undefined; commits: number; unknown: number };
  /** Changes that were rolled back, by ECS or by rollback, or failed; of all changes. undefined: there were none. */
  changeFailureRate: { percent: number | undefined; failed: number; changes: number };
  /** From the start of a failed change to the end of what restored the service; seconds. undefined: nothing failed. */
  timeToRestore: { median: number | undefined; restored: number; open: number };
}

export const isChange = ({ kind, outcome }: Deployment): boolean =>
  kind === "deployment" && outcome !== "in progress" && outcome !== "stopped";

const hasFailed = ({ outcome }: Deployment): boolean => outcome === "rolled back" || outcome === "failed";

export function doraOf(deployments: Brought[], window: { since: Date; until: Date }): Dora {
  const changes = deployments.filter(isChange);
  const live = changes.filter(({ wentLive }) => wentLive);
  const failed = changes.filter(hasFailed);
  const days = Math.max(1, (window.until.getTime() - window.since.getTime()) / 86_400_000);
  const leadTimes = live.flatMap(({ endedAt, commits = [] }) =>
    endedAt === undefined ? [] : commits.map(({ time }) => Math.max(0, endedAt.getTime() - time.getTime())),
  );
  const restoreTimes = failed.flatMap(({ startedAt, restoredAt }) =>
    restoredAt === undefined ? [] : [restoredAt.getTime() - startedAt.getTime()],
  );
  return {
    deploymentFrequency: {
      count: live.length,
      days: Math.round(days),
      perWeek: Math.round((live.length / days) * 70) / 10,
    },
    leadTime: {
      median: seconds(median(leadTimes)),
      commits: leadTimes.length,
      unknown: live.filter(({ commits }) => commits === undefined || commits.length === 0).length,
    },
    changeFailureRate: {
      percent: changes.length === 0 ? undefined : Math.round((failed.length / changes.length) * 1000) / 10,
      failed: failed.length,
      changes: changes.length,
    },
    timeToRestore: {
      median: seconds(median(restoreTimes)),
      restored: restoreTimes.length,
      open: failed.length - restoreTimes.length,
    },
  };
}

const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Math.round(milliseconds / 1000);

export function median(values: number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
