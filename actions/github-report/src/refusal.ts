// What GitHub refuses: whether it will still do it, and what a person has to change if not.
import type { Clock } from "../../shared/src/clock.ts";
import { messageOf } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";

/** An error of Octokit. One that has a cause is about the connection, and its status (500) is not GitHub's. */
interface RequestError extends Error {
  status?: number;
  response?: { headers?: Record<string, string | number | undefined> };
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

export const statusOf = (error: unknown): number | undefined =>
  causeOf(error) === undefined ? (error as RequestError | undefined)?.status : undefined;

/** A report is not worth more of a job's time. Milliseconds. */
const longestWait = 120_000;

/**
 * Repeats work that GitHub has not done because of a limit, or may not have done because of a fault. The work has to
 * begin with a look at what is there: an answer that was lost does not tell whether the request had arrived.
 */
export async function repeated<T>({ clock, log }: { clock: Clock; log: Log }, work: () => Promise<T>): Promise<T> {
  const deadline = clock.now() + longestWait;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const wait = waitFor(error, { attempt, now: clock.now() });
      if (wait === undefined || clock.now() + wait > deadline) throw error;
      log(`GitHub: ${messageOf(error)}; trying again in ${Math.ceil(wait / 1000)} s`);
      await clock.sleep(wait);
    }
  }
}

/** Codes of Node's for a connection that did not come about, or ended too early. */
const brokenConnection = /^(ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/;

/**
 * Milliseconds until a request may be repeated; undefined: the answer would be the same.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function waitFor(error: unknown, { attempt, now }: { attempt: number; now: number }): number | undefined {
  const backoff = 1000 * 2 ** attempt;
  const cause = causeOf(error) as { code?: unknown } | undefined;
  if (cause !== undefined) return brokenConnection.test(String(cause.code)) ? backoff : undefined;
  const { status = 0, response } = error as RequestError;
  if (status >= 500) return backoff;
  if (status !== 403 && status !== 429) return undefined;
  const headers = response?.headers ?? {};
  const after = Number(headers["retry-after"] ?? Number.NaN);
  if (after >= 0) return after * 1000;
  if (String(headers["x-ratelimit-remaining"]) === "0")
    return Math.max(1000, Number(headers["x-ratelimit-reset"]) * 1000 - now);
  return status === 429 || /secondary rate limit/i.test(messageOf(error)) ? 60_000 : undefined;
}

/** What a person has to change, so that GitHub takes the report. */
export function remedyFor(error: unknown, kind: "issue" | "comment"): string {
  const permission = kind === "issue" ? "issues: write" : "pull-requests: write";
  switch (statusOf(error)) {
    case 401:
      return "GitHub does not accept the token: check the input token.";
    case 403:
    case 429:
      return /rate limit/i.test(messageOf(error))
        ? "The limit of requests is used up; the next run reports again."
        : `The token may not do it: give the job "permissions: ${permission}". A run for a pull request from a fork, or of Dependabot, has a token that can only read.`;
    case 404:
      return `The token does not reach the repository, or the pull request is not there. Check the inputs repository, pull-request and token, and "permissions: ${permission}".`;
    case 410:
      return "Issues are disabled in this repository: enable them under Settings, General, Features, or name another repository with the input repository.";
    case undefined:
      return "Check GITHUB_API_URL and the proxy of the environment, and the input repository.";
    default:
      return "The next run reports again.";
  }
}
