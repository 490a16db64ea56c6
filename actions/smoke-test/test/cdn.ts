// A cache in front of the tasks of a service, for tests: as a function of a request, and as a server.
import type { RequestListener } from "node:http";
import type { SendHttp } from "../../shared/src/http.ts";

type Headers = Record<string, string>;

/** How caches tell that they answered; age in seconds. */
export const tellings = {
  cloudfront: (isHit, age) => ({
    "x-cache": isHit ? "Hit from cloudfront" : "Miss from cloudfront",
    ...(isHit ? { age } : {}),
  }),
  fastly: (isHit, age) => ({ "x-cache": isHit ? "HIT" : "MISS", "x-cache-hits": isHit ? "1" : "0", age }),
  cloudflare: (isHit) => ({ "cf-cache-status": isHit ? "HIT" : "MISS" }),
  varnish: (isHit, age) => ({ "x-varnish": isHit ? "32770 3" : "32771", age, via: "1.1 varnish" }),
  "RFC 9211": (isHit) => ({ "cache-status": isHit ? '"the; cache, fwd=x"; hit; ttl=30' : "cache; fwd=uri-miss" }),
  "RFC 9111": (isHit, age): Headers => (isHit ? { age } : {}),
  nothing: () => ({}),
} satisfies Record<string, (isHit: boolean, age: string) => Headers>;

export interface CdnOptions {
  /** What two requests have in common that get the same response. */
  key: "path" | "url";
  honoursNoCache: boolean;
  tells: keyof typeof tellings;
  /** Milliseconds. */
  now?: () => number;
}

export interface Task {
  status?: number;
  body: string;
  headers?: Headers;
}

export class Cdn {
  /** Requests that reached a task. */
  forwarded = 0;
  requests = 0;
  private readonly store = new Map<string, { response: Task; at: number }>();
  private readonly tasks: Task[];
  private readonly options: CdnOptions;

  constructor(tasks: Task[], options: CdnOptions) {
    this.tasks = tasks;
    this.options = options;
  }

  answer(url: string, headers: Record<string, unknown>): Task {
    const { key, honoursNoCache, tells, now = Date.now } = this.options;
    this.requests += 1;
    const name = key === "url" ? url : url.split("?")[0]!;
    const isBypassed = honoursNoCache && headers["cache-control"] === "no-cache";
    const stored = isBypassed ? undefined : this.store.get(name);
    const age = String(Math.floor((now() - (stored?.at ?? now())) / 1000));
    const response = stored?.response ?? this.tasks[this.forwarded++ % this.tasks.length]!;
    if (!stored) this.store.set(name, { response, at: now() });
    return { ...response, headers: { ...response.headers, ...tellings[tells](stored !== undefined, age) } };
  }

  readonly listener: RequestListener = (request, response) => {
    const { status = 200, headers, body } = this.answer(request.url!, request.headers);
    response.writeHead(status, headers).end(body);
  };

  readonly send: SendHttp = async ({ url, headers = {} }) => {
    const answer = this.answer(url.pathname + url.search, headers);
    return {
      status: answer.status ?? 200,
      headers: answer.headers ?? {},
      bytes: Buffer.from(answer.body),
      text: answer.body,
      milliseconds: 1,
      certificateEnds: undefined,
    };
  };
}
