// Reads GitHub's REST API. Shapes are those of GitHub's own description (https://github.com/github/rest-api-description),
// as types from @octokit/openapi-types.
import type { components } from "@octokit/openapi-types";
import { connect } from "../../../actions/github-report/src/github.ts";
import { messageOf } from "../../../actions/shared/src/errors.ts";
import { isObject } from "../../../actions/shared/src/fields.ts";
import type { SendHttp } from "../../../actions/shared/src/http.ts";
import { oneLine } from "../../../actions/shared/src/printable.ts";

export type Schema = components["schemas"];

/** GitHub did not answer a request with what it asked for. */
export class GitHubError extends Error {
  override name = "GitHubError";
  /** HTTP status; undefined: no answer. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

export interface GitHubSettings {
  /** https://api.github.com, or that of an Enterprise Server. */
  apiUrl: string;
  /** undefined: only what is public can be read. */
  token: string | undefined;
  send: SendHttp;
}

/** By the names that GitHub's runner and command line use. */
export function gitHubSettings(environment: NodeJS.ProcessEnv, send: SendHttp): GitHubSettings {
  return {
    apiUrl: (environment["GITHUB_API_URL"] || "https://api.github.com").replace(/\/$/, ""),
    token: environment["GH_TOKEN"] || environment["GITHUB_TOKEN"] || undefined,
    send,
  };
}

/** Pages of a list, of 100 entries each: more is nothing that a terminal shows. */
const mostPages = 10;

export class GitHub {
  private readonly settings: GitHubSettings;
  private readonly octokit: ReturnType<typeof connect>;

  constructor(settings: GitHubSettings) {
    this.settings = settings;
    this.octokit = connect({ ...settings, token: settings.token ?? "" });
  }

  get hasToken(): boolean {
    return this.settings.token !== undefined;
  }

  /** @throws GitHubError unless the answer is 2xx with JSON */
  async get<T>(path: string): Promise<T> {
    return (await this.answer<T>(path)).body;
  }

  /** The entries of all pages, or those before one that is not `wanted`: lists begin with the newest. */
  async list<T>(
    path: string,
    entriesOf: (body: never) => T[],
    wanted: (entry: T) => boolean = () => true,
  ): Promise<T[]> {
    const entries: T[] = [];
    let next: string | undefined = `${path}${path.includes("?") ? "&" : "?"}per_page=100`;
    for (let page = 1; next !== undefined && page <= mostPages; page += 1) {
      const answer: { body: never; next: string | undefined } = await this.answer<never>(next);
      const found = entriesOf(answer.body);
      entries.push(...found.filter(wanted));
      next = found.every(wanted) ? answer.next : undefined;
    }
    return entries;
  }

  private async answer<T>(path: string): Promise<{ body: T; next: string | undefined }> {
    try {
      const { data, headers } = await this.octokit.request(`GET ${path}`);
      return { body: data as T, next: nextPage(headers.link, this.settings.apiUrl) };
    } catch (error) {
      throw toGitHubError(path, error);
    }
  }
}

/** Of Octokit: https://github.com/octokit/request-error.js */
interface RequestError extends Error {
  status?: number;
  response?: { headers: Record<string, unknown>; data?: unknown };
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function toGitHubError(path: string, error: unknown): GitHubError {
  const { status, response } = error as RequestError;
  // Without an answer, Octokit's status is 500.
  if (response === undefined || status === undefined) return new GitHubError(`${path}: ${messageOf(error)}`);
  if ((status === 403 || status === 429) && response.headers["x-ratelimit-remaining"] === "0")
    return new GitHubError(`${path}: GitHub's rate limit is used up for now`, status);
  const { message = "" } = (isObject(response.data) ? response.data : {}) as { message?: string };
  return new GitHubError(oneLine(`${path}: GitHub answers ${status}${message ? `, ${message}` : ""}`, 300), status);
}

/** Path of the next page. Of the same API only: the token is for no other host. */
function nextPage(link: string | undefined, apiUrl: string): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? "")?.[1];
  return next?.startsWith(`${apiUrl}/`) ? next.slice(apiUrl.length) : undefined;
}
