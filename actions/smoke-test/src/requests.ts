// A check → its requests: URL, headers and body, and the redirects that are followed.
import { messageOf } from "../../shared/src/errors.ts";
import type { HttpAnswer, HttpRequest } from "../../shared/src/http.ts";
import { oneLine } from "../../shared/src/printable.ts";
import type { Check } from "./checks.ts";
import { ConnectionError, isTransient, sendTo, type Network } from "./connection.ts";
import { decodeBody } from "./decode.ts";
import type { Inputs } from "./inputs.ts";
import { routeOf, type Route } from "./route.ts";
import { withoutUserInfo } from "./user-info.ts";

export interface Answer extends HttpAnswer {
  /** Of the request that it answers, as the service sees it. */
  url: URL;
  /** Why `text` is not what the service meant. */
  unreadable: string | undefined;
}

/** The result of one request: a response, or the reason why there is none. */
export type Exchange = ({ response: Answer } | { failure: string; retryable: boolean }) & {
  /** Of the last connection, if the name has several. */
  address?: string | undefined;
  /** Of the first connection; undefined: there was none, or a proxy chose it. */
  startedAt?: string | undefined;
};

export interface Variant {
  /** Value of a query parameter for which no cache has a response; undefined: the URL as it is. */
  unique?: string | undefined;
  /** Address to start at; undefined: the next one. */
  address?: string | undefined;
}

export type RequestSpec = Pick<
  Check,
  "path" | "url" | "method" | "headers" | "body" | "followRedirects" | "allowCached"
>;

const maxRedirects = 5;

/** With ./ before it, a path such as a:b or //c is a path, and cannot lead to another host. */
export const startOf = ({ path = "", url }: Pick<Check, "path" | "url">, inputs: Pick<Inputs, "url">): URL =>
  url === undefined ? new URL(`./${path}`, inputs.url) : new URL(url);

/** Sends the request of a check. Never throws: a failure is returned, with whether a retry can help. */
export async function sendCheck(spec: RequestSpec, context: Context): Promise<Exchange> {
  try {
    return await follow(spec, context);
  } catch (error) {
    if (error instanceof RedirectError) return { failure: error.message, retryable: false };
    const { reason, address } = error instanceof ConnectionError ? error : { reason: error, address: undefined };
    return { failure: `no response (${messageOf(reason)})`, retryable: isTransient(reason), address };
  }
}

type Context = { inputs: Inputs; network: Network } & Variant;

/** A redirect that is not followed. */
class RedirectError extends Error {}

/** The request and, if the check says so, the ones that the responses redirect to. */
async function follow(spec: RequestSpec, { inputs, network, unique, address: chosen }: Context): Promise<Exchange> {
  const start = startOf(spec, inputs);
  let hop: Hop = { url: start, method: spec.method, body: spec.body };
  let milliseconds = 0;
  let startedAt: string | undefined;
  for (let redirects = 0; ; redirects += 1) {
    // A redirect may lead to a signed URL, which stays as it is.
    const isPlain = redirects > 0 && hop.url.search !== "";
    const route = routeOf(isPlain ? hop.url : withQuery(hop.url, unique), inputs);
    const request = requestOf(hop, route, { spec, inputs, start });
    const sent = await sendTo(route, { request, network, chosen: redirects === 0 ? chosen : undefined });
    if (redirects === 0) startedAt = sent.connectedTo;
    milliseconds += sent.response.milliseconds;
    const response = withoutQuery(sent.response, unique);
    const { location } = response.headers;
    if (!spec.followRedirects || location === undefined || response.status < 300 || response.status > 399) {
      const decoded = await decodeBody(response.bytes, response.headers);
      return {
        response: { ...response, ...decoded, url: route.url, milliseconds },
        address: sent.address,
        startedAt,
      };
    }
    if (redirects === maxRedirects)
      throw new RedirectError(`redirected more than ${maxRedirects} times, last to ${shown(location)}`);
    hop = afterRedirect(location, response.status, { ...hop, url: route.url });
  }
}

const shown = (location: string): string => oneLine(withoutUserInfo(location), 300);

interface Hop {
  url: URL;
  method: string;
  body: string | undefined;
}

function afterRedirect(location: string, status: number, from: Hop): Hop {
  const url = URL.canParse(location, from.url.href) ? new URL(location, from.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new RedirectError(`redirects to ${shown(location)}, which is not an http or https URL`);
  // As in browsers: a POST becomes a GET without a body, unless the status preserves the method.
  const isGet = status === 303 || (status < 307 && from.method === "POST");
  return { url, method: isGet ? "GET" : from.method, body: isGet ? undefined : from.body };
}

/** Not stored on the way, or asked for again: RFC 9111, 5.2.1.4; pragma for caches of HTTP/1.0. */
const uncached = { "cache-control": "no-cache", pragma: "no-cache" };

function requestOf(
  { url, method, body }: Hop,
  { url: asked, isOwn }: Route,
  { spec, inputs, start }: { spec: RequestSpec; inputs: Inputs; start: URL },
): HttpRequest {
  const own = {
    // Credentials are sent to the origin of the input url only: scheme, host and port must be the same.
    ...(isOwn ? inputs.headers : {}),
    ...(isOwn && inputs.bearerToken ? { authorization: `Bearer ${inputs.bearerToken}` } : {}),
    ...(url.origin === start.origin || (isOwn && routeOf(start, inputs).isOwn) ? spec.headers : {}),
  };
  const decidesItself = spec.allowCached || "cache-control" in own || "pragma" in own;
  return {
    url: asked,
    method,
    headers: {
      accept: "application/json, */*;q=0.5",
      "user-agent": "rainbow-smoke-test",
      ...(decidesItself ? {} : uncached),
      ...own,
    },
    timeout: inputs.requestTimeout * 1000,
    ...(body === undefined ? {} : { body }),
  };
}

export const uniqueParameter = "smoke-test";

function withQuery(url: URL, unique: string | undefined): URL {
  if (unique === undefined) return url;
  const other = new URL(url);
  other.search += `${url.search === "" ? "" : "&"}${uniqueParameter}=${unique}`;
  return other;
}

/** Load balancers carry the query over to the target of a redirect. */
function withoutQuery(response: HttpAnswer, unique: string | undefined): HttpAnswer {
  const { location } = response.headers;
  if (unique === undefined || location === undefined) return response;
  const parameter = `${uniqueParameter}=${unique}`;
  const plain = location.replace(`${parameter}&`, "").replace(new RegExp(`[?&]${parameter}`), "");
  return { ...response, headers: { ...response.headers, location: plain } };
}
