// A check → its requests: to whom they go, what they carry, and how far a redirect is followed.
import { messageOf } from "../../shared/src/errors.ts";
import type { HttpAnswer, HttpRequest, SendHttp } from "../../shared/src/http.ts";
import type { Check } from "./checks.ts";
import type { Inputs } from "./inputs.ts";

/** What came of one request: an answer, or none. */
export type Exchange = { answer: HttpAnswer } | { failure: string; retryable: boolean };

export type Asked = Pick<Check, "path" | "url" | "method" | "headers" | "body" | "followRedirects">;

const furthest = 5;

/** Sends the request of a check. Never fails: what went wrong on the way is told, and whether it can pass. */
export async function ask(asked: Asked, inputs: Inputs, send: SendHttp): Promise<Exchange> {
  const start = asked.url === undefined ? new URL(asked.path ?? "", inputs.url) : new URL(asked.url);
  let request = { url: start, method: asked.method, body: asked.body };
  let milliseconds = 0;
  try {
    for (let hops = 0; ; hops += 1) {
      const answer = await send(httpRequest(request, { asked, inputs, start }));
      milliseconds += answer.milliseconds;
      const { location } = answer.headers;
      if (!asked.followRedirects || location === undefined || answer.status < 300 || answer.status > 399)
        return { answer: { ...answer, milliseconds } };
      if (hops === furthest)
        return { failure: `leads on more than ${furthest} times, at last to ${location}`, retryable: false };
      // As browsers do: what was sent is not sent again, unless the answer asks for just that.
      const isGet = answer.status === 303 || (answer.status < 307 && request.method === "POST");
      request = {
        url: new URL(location, request.url),
        method: isGet ? "GET" : request.method,
        body: isGet ? undefined : request.body,
      };
    }
  } catch (error) {
    return { failure: `no answer (${messageOf(error)})`, retryable: canHeal(error) };
  }
}

type Hop = { url: URL; method: string; body: string | undefined };

function httpRequest(
  { url, method, body }: Hop,
  { asked, inputs, start }: { asked: Asked; inputs: Inputs; start: URL },
): HttpRequest {
  const own = inputs.url === undefined ? undefined : new URL(inputs.url);
  // What opens our door is shown at our door alone: scheme, host and port must be the same.
  const secrets =
    own?.origin === url.origin
      ? { ...inputs.headers, ...(inputs.bearerToken ? { authorization: `Bearer ${inputs.bearerToken}` } : {}) }
      : {};
  const given = url.origin === start.origin ? asked.headers : {};
  const headers = { accept: "application/json, */*;q=0.5", "user-agent": "rainbow-smoke-test", ...secrets, ...given };
  const place =
    own?.origin === url.origin && inputs.host
      ? atHost(url, inputs.host)
      : { url, connectTo: undefined, host: undefined };
  const connectTo = inputs.resolve.get(place.url.hostname) ?? place.connectTo;
  return {
    url: place.url,
    method,
    headers: { ...headers, ...(place.host ? { host: place.host } : {}) },
    timeout: inputs.requestTimeout * 1000,
    connectTo,
    ...(body === undefined ? {} : { body }),
  };
}

/** The address of another host that is reached where the url points: its certificate and Host are the other's. */
function atHost(url: URL, host: string): { url: URL; connectTo: string; host: string } {
  const other = new URL(url);
  other.hostname = host.replace(/:\d+$/, "");
  return { url: other, connectTo: url.hostname.replace(/^\[|\]$/g, ""), host };
}

/** A process that starts, a connection that is cut, a name server that is busy. A wrong name or certificate stays wrong. */
const passing = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNABORTED",
]);

function canHeal(error: unknown): boolean {
  // Where a name has several addresses, each has an error of its own.
  if (error instanceof AggregateError) return error.errors.every(canHeal);
  return passing.has(String((error as { code?: unknown }).code));
}
