// The history of a service, for a terminal and as JSON.
import { formatDuration } from "../../../actions/shared/src/clock.ts";
import { oneLine } from "../../../actions/shared/src/printable.ts";
import { shortName } from "../../../actions/shared/src/ecs/task-definition/task-definition.ts";
import { table } from "../table.ts";
import type { Commit } from "./commits.ts";
import type { Brought } from "./deployments.ts";
import type { Dora } from "./dora.ts";
import type { ServiceHistory } from "./history.ts";
import type { SinceWell } from "./since-well.ts";

export function describe(one: ServiceHistory, limit: number): string {
  const { service, cluster, since, until, deployments, dora, gaps } = one;
  const rows = deployments.slice(0, limit).map(rowOf);
  const more = deployments.length - rows.length;
  return [
    `${service} in ${cluster}, from ${minute(since)} to ${minute(until)}`,
    "",
    rows.length === 0 ? "No deployments are known." : table(rows),
    ...(more > 0 ? [`… and ${more} more (--limit)`] : []),
    "",
    ...describeSinceWell(one.sinceWell),
    "",
    ...describeDora(dora),
    ...(gaps.length > 0 ? ["", "Not known:", ...gaps.map((gap) => `  ${gap}`)] : []),
  ].join("\n");
}

const minute = (time: Date): string => `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** Characters of a subject or a reason. */
const longest = 80;

function rowOf(one: Brought): Record<string, string> {
  const { startedAt, endedAt, revision, kind, outcome, by, commit, commits, reason } = one;
  return {
    when: minute(startedAt),
    what: kind,
    revision: revision === undefined ? "unknown" : shortName(revision),
    outcome,
    took: endedAt === undefined ? "" : formatDuration(endedAt.getTime() - startedAt.getTime()),
    by: by ?? "unknown",
    commit: commit?.slice(0, 12) ?? "unknown",
    // Why it failed says more than what it brought.
    "": oneLine(
      (outcome === "rolled back" || outcome === "failed" ? reason : undefined) ?? subjectOf(commits),
      longest,
    ),
  };
}

function subjectOf(commits: Commit[] | undefined): string {
  const [first] = commits ?? [];
  if (first === undefined) return "";
  const more = (commits?.length ?? 1) - 1;
  return `${first.subject}${first.author ? ` (${first.author})` : ""}${more > 0 ? `, and ${more} more commits` : ""}`;
}

function describeSinceWell({ revision, verifiedAt, isRunning, changes, commits }: SinceWell): string[] {
  if (revision === undefined)
    return ["When it was last well is not known: no revision is marked as verified (smoke-test does)."];
  const well = `${shortName(revision)}, verified ${verifiedAt}`;
  if (isRunning) return [`It runs what was last verified: ${well}.`];
  return [
    `It was last well with ${well}. Since then:`,
    ...(changes.length > 0 ? changes : ["nothing in the task definition"]).map((line) => `  ${line}`),
    ...(commits === undefined
      ? ["  commits: not known"]
      : commits
          .slice(0, 20)
          .map(({ sha, subject, author }) => `  ${sha.slice(0, 12)} ${oneLine(`${subject} (${author})`, longest)}`)),
  ];
}

function describeDora(dora: Dora): string[] {
  const { deploymentFrequency: frequency, leadTime, changeFailureRate: failures, timeToRestore: restore } = dora;
  const time = (seconds: number | undefined) => (seconds === undefined ? "not known" : long(seconds));
  return [
    `Deployment frequency   ${frequency.perWeek} a week (${frequency.count} changes went live in ${frequency.days} days)`,
    `Lead time for changes  ${time(leadTime.median)} (median of ${leadTime.commits} commits, from commit to the end of its deployment${leadTime.unknown > 0 ? `; unknown for ${leadTime.unknown} deployments` : ""})`,
    `Change failure rate    ${failures.percent === undefined ? "not known" : `${failures.percent} %`} (${failures.failed} of ${failures.changes} changes were rolled back or failed)`,
    `Time to restore        ${restore.restored + restore.open === 0 ? "nothing failed" : `${time(restore.median)} (median of ${restore.restored} failures, from the start of the change to a healthy service${restore.open > 0 ? `; ${restore.open} not restored` : ""})`}`,
  ];
}

/** "4 s", "3 min 20 s", "5 h 10 min" or "3 d 4 h". */
export function long(seconds: number): string {
  if (seconds < 3600) return formatDuration(seconds * 1000);
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
