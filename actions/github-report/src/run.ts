// The run that reports, as its runner describes it.
import { readFileSync } from "node:fs";
import { thisRun } from "../../shared/src/report.ts";

export interface Run {
  apiUrl: string;
  /** OWNER/NAME; empty outside of GitHub Actions. */
  repository: string;
  /** Grows with each run of a repository; 0 outside of GitHub Actions. */
  id: number;
  attempt: number;
  /** Page of the run; undefined outside of GitHub Actions. */
  url: string | undefined;
  /** Number of the pull request that the run is about. */
  pullRequest: number | undefined;
}

export function describeRun(environment: Record<string, string | undefined>): Run {
  const { GITHUB_REPOSITORY: repository = "", GITHUB_RUN_ID: id } = environment;
  return {
    apiUrl: environment["GITHUB_API_URL"] || "https://api.github.com",
    repository,
    id: Number(id ?? 0),
    attempt: Number(environment["GITHUB_RUN_ATTEMPT"] ?? 1),
    url: thisRun(environment).url,
    pullRequest: pullRequestOf(environment["GITHUB_EVENT_PATH"]),
  };
}

function pullRequestOf(path: string | undefined): number | undefined {
  if (!path) return undefined;
  try {
    const event = JSON.parse(readFileSync(path, "utf8")) as { pull_request?: { number?: number } } | null;
    return event?.pull_request?.number;
  } catch {
    // A runner always writes the event; without it, the input says which pull request is meant.
    return undefined;
  }
}
