// One open issue, found by label, author and marker.
import type { Octokit } from "@octokit/core";
import { formatDuration } from "../../shared/src/clock.ts";
import { entriesOf } from "./github.ts";
import type { IssueInputs } from "./inputs.ts";
import { bodyOf, isNewer, markerOf, safeTitle, withoutMarker, type Marker } from "./report-text.ts";
import type { Run } from "./run.ts";

export interface Kept {
  result: "created" | "updated" | "closed" | "unchanged";
  url: string;
  /** For the log. */
  text: string;
}

export interface Context {
  github: Octokit;
  run: Run;
  /** Milliseconds since the epoch. */
  now: number;
}

interface OpenIssue {
  id: number;
  number: number;
  url: string;
  body: string;
  marker: Marker;
}

/** A closed issue is the record of what happened then: what fails again gets a new one, which people are notified of. */
export async function keepIssue(context: Context, inputs: IssueInputs): Promise<Kept> {
  const kept = await oneOpenIssue(context, inputs);
  if (kept && isNewer(kept.marker, context.run))
    return { result: "unchanged", url: kept.url, text: `issue ${kept.number}: a later run has reported already` };
  if (inputs.state === "open") return kept ? update(context, inputs, kept) : create(context, inputs);
  return kept ? close(context, inputs, kept) : { result: "unchanged", url: "", text: "no issue is open" };
}

/** The oldest of this report; the others, of runs that reported in the same moment, are closed. */
async function oneOpenIssue(context: Context, inputs: IssueInputs): Promise<OpenIssue | undefined> {
  const [kept, ...others] = await openIssues(context, inputs);
  if (kept) for (const one of others) await closeDuplicate(context, inputs, { issue: one, kept });
  return kept;
}

/** An issue of anybody else is none, even with the marker and the label. */
async function openIssues({ github }: Context, { owner, name, label, id, author }: IssueInputs): Promise<OpenIssue[]> {
  const found: OpenIssue[] = [];
  const issues = entriesOf((place) =>
    github.request("GET /repos/{owner}/{repo}/issues", {
      owner,
      repo: name,
      state: "open",
      labels: label,
      sort: "created",
      direction: "asc",
      ...place,
    }),
  );
  for await (const issue of issues) {
    const marker = markerOf(issue.body);
    if (marker?.id !== id || issue.user?.login !== author || issue.pull_request) continue;
    found.push({ id: Number(issue.id), number: issue.number, url: issue.html_url, body: issue.body ?? "", marker });
  }
  return found.toSorted((a, b) => a.number - b.number);
}

async function create(context: Context, inputs: IssueInputs): Promise<Kept> {
  const { github, run, now } = context;
  const marker = { id: inputs.id, run: run.id, attempt: run.attempt, count: 1, since: new Date(now).toISOString() };
  const { data } = await github.request("POST /repos/{owner}/{repo}/issues", {
    owner: inputs.owner,
    repo: inputs.name,
    title: safeTitle(inputs.title),
    body: bodyOf(marker, inputs.body, [`Reported by ${runLink(run)}.`]),
    labels: [inputs.label],
  });
  const own: Kept = { result: "created", url: data.html_url, text: `issue ${data.number} was opened` };
  if (data.user?.login !== inputs.author) return { ...own, text: own.text + wrongAuthor(data.user?.login) };
  // Another run may have opened one in the same moment: both look, and the older issue stays.
  const first = await oneOpenIssue(context, inputs);
  if (!first || first.number >= data.number) return own;
  return { result: "updated", url: first.url, text: `issue ${first.number} was opened in the same moment` };
}

async function update({ github, run, now }: Context, inputs: IssueInputs, issue: OpenIssue): Promise<Kept> {
  // A run that repeats its own report does not count twice.
  const isSame = issue.marker.run === run.id && issue.marker.attempt === run.attempt;
  const count = issue.marker.count + (isSame ? 0 : 1);
  const { since } = issue.marker;
  const times = `Reported ${count} times in ${formatDuration(now - Date.parse(since))}, first at ${since}.`;
  await github.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
    ...placeOf(inputs, issue),
    title: safeTitle(inputs.title),
    body: bodyOf(markerFor(issue, run, count), inputs.body, [
      `Reported by ${runLink(run)}.`,
      ...(count > 1 ? [times] : []),
    ]),
  });
  return { result: "updated", url: issue.url, text: `issue ${issue.number} was updated` };
}

/** One request, so that a run that ends half-way has either closed it or not. */
async function close({ github, run, now }: Context, inputs: IssueInputs, issue: OpenIssue): Promise<Kept> {
  const solved = `✅ Solved at ${new Date(now).toISOString()}.`;
  const report = [solved, inputs.body, "---", withoutMarker(issue.body)].filter((part) => part !== "").join("\n\n");
  await github.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
    ...placeOf(inputs, issue),
    state: "closed",
    state_reason: "completed",
    body: bodyOf(markerFor(issue, run, issue.marker.count), report, [`Closed by ${runLink(run)}.`]),
  });
  return { result: "closed", url: issue.url, text: `issue ${issue.number} was closed` };
}

async function closeDuplicate(
  { github }: Context,
  inputs: IssueInputs,
  { issue, kept }: { issue: OpenIssue; kept: OpenIssue },
): Promise<void> {
  await github.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
    ...placeOf(inputs, issue),
    state: "closed",
    state_reason: "duplicate",
    duplicate_issue_id: kept.id,
  });
}

const placeOf = (inputs: IssueInputs, issue: OpenIssue) => ({
  owner: inputs.owner,
  repo: inputs.name,
  issue_number: issue.number,
});

const markerFor = ({ marker }: OpenIssue, { id: run, attempt }: Run, count: number): Marker => ({
  ...marker,
  run,
  attempt,
  count,
});

export const wrongAuthor = (login: string | undefined): string =>
  `; the next run will not find it, because its author is ${login}: set the input author to that`;

const runLink = ({ url, id, attempt }: Run): string =>
  url === undefined ? "a run outside of GitHub Actions" : `[run ${id}, attempt ${attempt}](${url}/attempts/${attempt})`;
