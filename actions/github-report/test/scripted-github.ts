// GitHub's issues and comments as an HTTP server. Requests and answers are checked against GitHub's own OpenAPI
// description (extract-api.ts), so that neither the action nor this script can invent a call.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";

interface Described {
  query: string[];
  request: object | null;
  answers: Record<string, object | null>;
}

export interface Call {
  /** "POST /repos/{owner}/{repo}/issues" */
  name: string;
  path: string;
  query: Record<string, string>;
  body: Record<string, unknown>;
  authorization: string | undefined;
}

export interface Issue {
  id: number;
  number: number;
  state: "open" | "closed";
  state_reason: string | null;
  title: string;
  body: string | null;
  labels: string[];
  login: string;
  isPullRequest: boolean;
}

export interface Comment {
  id: number;
  issue: number;
  body: string;
  login: string;
}

/** A refusal, or a fault. */
export interface Answer {
  status: number;
  message?: string;
  headers?: Record<string, string>;
  /** The request is carried out, and only its answer is lost. */
  afterwards?: boolean;
  /** The connection ends without an answer. */
  cut?: boolean;
}

const api = JSON.parse(readFileSync(join(import.meta.dirname, "github-api.json"), "utf8")) as Record<string, Described>;
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const compiled = new Map<object, ValidateFunction>();
function assertMatches(schema: object, value: unknown, what: string): void {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  if (!validate(value)) throw new Error(`${what}: ${ajv.errorsText(validate.errors)}`);
}

const routes = Object.keys(api).map((name) => {
  const [method = "", path = ""] = name.split(" ");
  return { name, method, pattern: new RegExp(`^/api/v3${path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`) };
});

export class ScriptedGithub {
  readonly calls: Call[] = [];
  readonly issues: Issue[] = [];
  readonly comments: Comment[] = [];
  /** What the script itself got wrong, or the action asked for that GitHub does not describe. */
  readonly problems: string[] = [];
  /** Login that the token writes as. */
  login = "github-actions[bot]";
  /** Instead of the usual answer; undefined: the usual one. `count` of earlier calls of the name. */
  answer: (call: Call, count: number) => Answer | undefined = () => undefined;
  /** Called before a call is carried out, and waited for. */
  before: (call: Call) => Promise<void> = async () => {};
  private readonly server: Server;
  private lastId = 9_007_199_254_740_000;

  private constructor() {
    this.server = createServer((request, response) => {
      this.handle(request, response).catch((error: unknown) => {
        this.problems.push(String(error));
        response.destroy();
      });
    });
  }

  static async start(): Promise<ScriptedGithub> {
    const github = new ScriptedGithub();
    await new Promise<void>((resolve) => github.server.listen(0, "127.0.0.1", resolve));
    return github;
  }

  /** As GITHUB_API_URL of a GitHub Enterprise Server has it. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/v3`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  addIssue(issue: Partial<Issue>): Issue {
    const added: Issue = {
      id: (this.lastId += 1),
      number: this.issues.length + 1,
      state: "open",
      state_reason: null,
      title: "Something",
      body: null,
      labels: [],
      login: this.login,
      isPullRequest: false,
      ...issue,
    };
    this.issues.push(added);
    return added;
  }

  addComment(comment: Pick<Comment, "issue" | "body"> & Partial<Comment>): Comment {
    const added = { id: (this.lastId += 1), login: this.login, ...comment };
    this.comments.push(added);
    return added;
  }

  named(name: string): Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "", "http://github.example");
    const route = routes.find(({ method, pattern }) => method === request.method && pattern.test(url.pathname));
    if (!route) throw new Error(`GitHub's description has no ${request.method} ${url.pathname}`);
    const described = api[route.name]!;
    const call: Call = {
      name: route.name,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: JSON.parse(Buffer.concat(chunks).toString() || "{}"),
      authorization: request.headers.authorization,
    };
    const unknown = Object.keys(call.query).filter((name) => !described.query.includes(name));
    if (unknown.length > 0) this.problems.push(`${call.name} has no parameters ${unknown.join(", ")}`);
    if (described.request) this.check(described.request, call.body, `request of ${call.name}`);
    const count = this.named(call.name).length;
    this.calls.push(call);
    await this.before(call);

    const fault = this.answer(call, count);
    if (fault && !fault.afterwards) return this.refuse(response, described, fault);
    const parts = route.pattern.exec(url.pathname)!.slice(1);
    const done = this.carryOut(call, parts);
    if (fault) return this.refuse(response, described, fault);
    if (done === undefined) return this.refuse(response, described, { status: 404, message: "Not Found" });
    const schema = described.answers[String(done.status)];
    if (schema) this.check(schema, done.body, `answer of ${call.name}`);
    send(response, done.status, done.body);
  }

  private refuse(response: ServerResponse, described: Described, fault: Answer): void {
    if (fault.cut) return void response.destroy();
    const body = { message: fault.message ?? "", documentation_url: "https://docs.github.com/rest" };
    const schema = described.answers[String(fault.status)];
    if (schema) this.check(schema, body, `refusal ${fault.status}`);
    send(response, fault.status, body, fault.headers);
  }

  private check(schema: object, value: unknown, what: string): void {
    try {
      assertMatches(schema, value, what);
    } catch (error) {
      this.problems.push((error as Error).message);
    }
  }

  private carryOut({ name, query, body }: Call, parts: string[]): { status: number; body?: unknown } | undefined {
    const [owner, repo, number] = parts;
    const repository = `${owner}/${repo}`;
    // GitHub's limit, as its answer 422 words it.
    if (typeof body["body"] === "string" && body["body"].length > 65_536)
      this.problems.push("body is too long (maximum is 65536 characters)");
    switch (name) {
      case "GET /repos/{owner}/{repo}/issues": {
        const found = this.issues.filter(
          ({ state, labels }) =>
            (query["state"] === "all" || state === (query["state"] ?? "open")) &&
            (query["labels"] ?? "").split(",").every((label) => label === "" || labels.includes(label)),
        );
        const sorted = query["direction"] === "asc" ? found : found.toReversed();
        return { status: 200, body: page(sorted, query).map((issue) => this.issueOf(repository, issue)) };
      }
      case "POST /repos/{owner}/{repo}/issues": {
        const added = this.addIssue(body as Partial<Issue>);
        return { status: 201, body: this.issueOf(repository, added) };
      }
      case "PATCH /repos/{owner}/{repo}/issues/{issue_number}": {
        const { title, body: text, state, state_reason: reason } = body as Partial<Issue>;
        const issue = this.issues.find((one) => one.number === Number(number));
        if (!issue) return undefined;
        if (title !== undefined) issue.title = title;
        if (text !== undefined) issue.body = text;
        if (state !== undefined && state !== issue.state) Object.assign(issue, { state, state_reason: reason ?? null });
        return { status: 200, body: this.issueOf(repository, issue) };
      }
      case "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": {
        const found = this.comments.filter(({ issue }) => issue === Number(number));
        return { status: 200, body: page(found, query).map((comment) => this.commentOf(repository, comment)) };
      }
      case "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": {
        const added = this.addComment({ issue: Number(number), body: String(body["body"]) });
        return { status: 201, body: this.commentOf(repository, added) };
      }
      default: {
        const comment = this.comments.find(({ id }) => id === Number(number));
        if (!comment) return undefined;
        if (name.startsWith("DELETE")) {
          this.comments.splice(this.comments.indexOf(comment), 1);
          return { status: 204 };
        }
        comment.body = String(body["body"]);
        return { status: 200, body: this.commentOf(repository, comment) };
      }
    }
  }

  private issueOf(repository: string, issue: Issue): object {
    const { isPullRequest, labels, login, ...fields } = issue;
    const url = `${this.url}/repos/${repository}/issues/${issue.number}`;
    const page = `https://github.example/${repository}/issues/${issue.number}`;
    return {
      ...fields,
      ...whenAndWhere(url, page, issue.id),
      repository_url: `${this.url}/repos/${repository}`,
      labels_url: `${url}/labels{/name}`,
      comments_url: `${url}/comments`,
      events_url: `${url}/events`,
      user: userOf(login),
      labels: labels.map((name) => ({ name })),
      assignee: null,
      milestone: null,
      locked: false,
      comments: 0,
      closed_at: issue.state === "closed" ? at : null,
      ...(isPullRequest ? { pull_request: { url, html_url: page, diff_url: page, patch_url: page } } : {}),
    };
  }

  private commentOf(repository: string, { id, issue, body, login }: Comment): object {
    const url = `${this.url}/repos/${repository}/issues/comments/${id}`;
    const page = `https://github.example/${repository}/pull/${issue}#issuecomment-${id}`;
    const issueUrl = `${this.url}/repos/${repository}/issues/${issue}`;
    return { id, body, user: userOf(login), issue_url: issueUrl, ...whenAndWhere(url, page, id) };
  }
}

const at = "2026-01-01T00:00:00Z";
const whenAndWhere = (url: string, page: string, id: number): object => ({
  node_id: `N_${id}`,
  url,
  html_url: page,
  created_at: at,
  updated_at: at,
});

function userOf(login: string): object {
  const url = `https://api.github.example/users/${encodeURIComponent(login)}`;
  const kinds =
    "avatar events followers following gists html organizations received_events repos starred subscriptions";
  return {
    login,
    id: 1,
    node_id: "U_1",
    gravatar_id: "",
    type: "Bot",
    site_admin: false,
    url,
    ...Object.fromEntries(kinds.split(" ").map((kind) => [`${kind}_url`, url])),
  };
}

function page<T>(all: T[], query: Record<string, string>): T[] {
  const size = Number(query["per_page"] ?? 30);
  const start = (Number(query["page"] ?? 1) - 1) * size;
  return all.slice(start, start + size);
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
