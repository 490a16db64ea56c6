// A check → its requests: URL, headers and body, and the redirects that are followed.
import { messageOf } from "../../shared/src/errors.ts";
import type { HttpAnswer, HttpRequest, SendHttp } from "../../shared/src/http.ts";
import type { Check } from "./checks.ts";
import type { Inputs } from "./inputs.ts";

/** The result of one request: a response, or the reason why there is none. */
export type Exchange = { response: HttpAnswer } | { failure: string; retryable: boolean };

export type RequestSpec = Pick<Check, "path" | "url" | "method" | "headers" | "body" | "followRedirects">;

const maxRedirects = 5;

/** Sends the request of a check. Never throws: a failure is returned, with whether a retry can help. */
export async function sendCheck(spec: RequestSpec, inputs: Inputs, send: SendHttp): Promise<Exchange> {
  const start = spec.url === undefined ? new URL(spec.path ?? "", inputs.url) : new URL(spec.url);
  let request = { url: start, method: spec.method, body: spec.body };
  let milliseconds = 0;
  try {
    for (let redirects = 0; ; redirects += 1) {
      const response = await send(httpRequest(request, { spec, inputs, start }));
      milliseconds += response.milliseconds;
      const { location } = response.headers;
      if (!spec.followRedirects || location === undefined || response.status < 300 || response.status > 399)
        return { response: { ...response, milliseconds } };
      if (redirects === maxRedirects)
        return { failure: `redirected more than ${maxRedirects} times, last to ${location}`, retryable: false };
      // As in browsers: a POST becomes a GET without a body, unless the status preserves the method.
      const isGet = response.status === 303 || (response.status < 307 && request.method === "POST");
      request = {
        url: new URL(location, request.url),
        method: isGet ? "GET" : request.method,
        body: isGet ? undefined : request.body,
      };
    }
  } catch (error) {
    return { failure: `no response (${messageOf(error)})`, retryable: isTransient(error) };
  }
}

type Hop = { url: URL; method: string; body: string | undefined };

function httpRequest(
  { url, method, body }: Hop,
  { spec, inputs, start }: { spec: RequestSpec; inputs: Inputs; start: URL },
): HttpRequest {
  const isOwnOrigin = inputs.url !== undefined && new URL(inputs.url).origin === url.origin;
  // Credentials are sent to the origin of the input url only: scheme, host and port must be the same.
  const credentials = isOwnOrigin
    ? { ...inputs.headers, ...(inputs.bearerToken ? { authorization: `Bearer ${inputs.bearerToken}` } : {}) }
    : {};
  const target =
    isOwnOrigin && inputs.host ? forHost(url, inputs.host) : { url, connectTo: undefined, host: undefined };
  return {
    url: target.url,
    method,
    headers: {
      accept: "application/json, */*;q=0.5",
      "user-agent": "rainbow-smoke-test",
      ...credentials,
      ...(url.origin === start.origin ? spec.headers : {}),
      ...(target.host ? { host: target.host } : {}),
    },
    timeout: inputs.requestTimeout * 1000,
    connectTo: inputs.resolve.get(target.url.hostname) ?? target.connectTo,
    ...(body === undefined ? {} : { body }),
  };
}

/** A request for another host over a connection to the host of `url`: certificate and Host header are the other's. */
function forHost(url: URL, host: string): { url: URL; connectTo: string; host: string } {
  const other = new URL(url);
  other.hostname = host.replace(/:\d+$/, "");
  return { url: other, connectTo: url.hostname.replace(/^\[|\]$/g, ""), host };
}

/** A process that starts, a connection that is cut, a busy name server. A wrong name or certificate is permanent. */
const transientCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNABORTED",
]);

function isTransient(error: unknown): boolean {
  // If a name has several addresses, there is one error for each.
  if (error instanceof AggregateError) return error.errors.every(isTransient);
  return transientCodes.has(String((error as { code?: unknown }).code));
}
