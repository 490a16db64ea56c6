// GitHub's REST API and its tokens for jobs as a script: a real HTTP server, whose answers have GitHub's own types.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Some of the fields of an answer, with their names and types; what is left out, nothing here reads. */
export type Some<T> = T extends (infer E)[] ? Some<E>[] : T extends object ? { [K in keyof T]?: Some<T[K]> } : T;

/** Anything else is the body of a 200. */
export class GitHubAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export type Routes = Record<string, unknown>;

export class ScriptedGitHub {
  readonly requests: { path: string; authorization: string | undefined }[] = [];
  routes: Routes;
  private readonly server: Server;

  private constructor(routes: Routes) {
    this.routes = routes;
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      this.requests.push({ path: url.pathname + url.search, authorization: request.headers.authorization });
      const found = this.routes[url.pathname] ?? new GitHubAnswer(404, { message: "Not Found" });
      const answer = typeof found === "function" ? (found as (url: URL) => unknown)(url) : found;
      const { status, body, headers } = answer instanceof GitHubAnswer ? answer : new GitHubAnswer(200, answer);
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    });
  }

  static async start(routes: Routes = {}): Promise<ScriptedGitHub> {
    const github = new ScriptedGitHub(routes);
    await new Promise<void>((resolve) => github.server.listen(0, "127.0.0.1", resolve));
    return github;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A token as GitHub signs them; nobody here checks the signature. */
export function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.c2lnbmF0dXJl`;
}
