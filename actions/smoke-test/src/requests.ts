// A check → its requests: URL, headers and body, the address that each goes to, and the redirects that are followed.
import { messageOf } from "../../shared/src/errors.ts";
import type { HttpAnswer, SendHttp } from "../../shared/src/http.ts";
import { proxySetting, type ProxySetting } from "../../shared/src/proxy.ts";
import type { Addresses } from "./addresses.ts";
import type { Check } from "./checks.ts";
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
};

export type RequestSpec = Pick<
  Check,
  "path" | "url" | "method" | "headers" | "body" | "followRedirects" | "allowCached"
>;

export interface Network {
  send: SendHttp;
  addresses: Addresses;
}

const maxRedirects = 5;

export const startOf = ({ path, url }: Pick<Check, "path" | "url">, inputs: Pick<Inputs, "url">): URL =>
  url === undefined ? new URL(path ?? "", inputs.url) : new URL(url);

/**
 * Sends the request of a check. Never throws: a failure is returned, with whether a retry can help.
 * @param unique value of the query parameter that no cache has a response for; undefined: the URL as it is
 */
export async function sendCheck(
  spec: RequestSpec,
  inputs: Inputs,
  network: Network,
  unique?: string,
): Promise<Exchange> {
  let milliseconds = 0;
  let address: string | undefined;
  try {
    const start = startOf(spec, inputs);
    let hop: Hop = { url: start, method: spec.method, body: spec.body };
    for (let redirects = 0; ; redirects += 1) {
      // A redirect may lead to a signed URL, which stays as it is.
      const isPlain = redirects > 0 && hop.url.search !== "";
      const route = routeOf(isPlain ? hop.url : withQuery(hop.url, unique), inputs);
      const headers = headersOf(hop, route, { spec, inputs, start });
      const sent = await sendTo(route, { ...hop, headers, timeout: inputs.requestTimeout * 1000 }, network);
      ({ address } = sent);
      milliseconds += sent.response.milliseconds;
      const response = withoutQuery(sent.response, unique);
      const { location } = response.headers;
      if (!spec.followRedirects || location === undefined || response.status < 300 || response.status > 399) {
        const decoded = await decodeBody(response.bytes, response.headers);
        return { response: { ...response, ...decoded, url: route.url, milliseconds }, address };
      }
      if (redirects === maxRedirects)
        return {
          failure: `redirected more than ${maxRedirects} times, last to ${withoutUserInfo(location)}`,
          retryable: false,
          address,
        };
      const next = afterRedirect(location, response.status, { ...hop, url: route.url });
      if (!next)
        return {
          failure: `redirects to ${withoutUserInfo(location)}, which is not an http or https URL`,
          retryable: false,
          address,
        };
      hop = next;
    }
  } catch (error) {
    const reason = error instanceof AddressError ? error.cause : error;
    address = error instanceof AddressError ? error.address : address;
    return { failure: `no response (${messageOf(reason)})`, retryable: isTransient(reason), address };
  }
}

interface Hop {
  url: URL;
  method: string;
  body: string | undefined;
}

function afterRedirect(location: string, status: number, from: Hop): Hop | undefined {
  const url = URL.canParse(location, from.url.href) ? new URL(location, from.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  // Whoever redirects does not choose what we log in with.
  url.username = "";
  url.password = "";
  // As in browsers: a POST becomes a GET without a body, unless the status preserves the method.
  const isGet = status === 303 || (status < 307 && from.method === "POST");
  return { url, method: isGet ? "GET" : from.method, body: isGet ? undefined : from.body };
}

/** Not stored on the way, or asked for again: RFC 9111, 5.2.1.4; pragma for caches of HTTP/1.0. */
const uncached = { "cache-control": "no-cache", pragma: "no-cache" };

function headersOf(
  { url }: Hop,
  { isOwn }: Route,
  { spec, inputs, start }: { spec: RequestSpec; inputs: Inputs; start: URL },
): Record<string, string> {
  const own = {
    // Credentials are sent to the origin of the input url only: scheme, host and port must be the same.
    ...(isOwn ? inputs.headers : {}),
    ...(isOwn && inputs.bearerToken ? { authorization: `Bearer ${inputs.bearerToken}` } : {}),
    ...(url.origin === start.origin || (isOwn && routeOf(start, inputs).isOwn) ? spec.headers : {}),
  };
  const decidesItself = spec.allowCached || "cache-control" in own || "pragma" in own;
  return {
    accept: "application/json, */*;q=0.5",
    "user-agent": "rainbow-smoke-test",
    ...(decidesItself ? {} : uncached),
    ...own,
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

type Sent = Parameters<SendHttp>[0];

/** The next address of the host; the one after it if there is no way from here to that kind of address. */
async function sendTo(
  { url, hostname, port, isChosen }: Route,
  request: Omit<Sent, "url" | "body"> & { body: string | undefined },
  { send, addresses }: Network,
): Promise<{ response: HttpAnswer; address: string | undefined }> {
  const { body, ...rest } = request;
  const sent: Sent = { ...rest, url, ...(body === undefined ? {} : { body }) };
  const proxy = isChosen ? undefined : proxySetting(url);
  if (proxy) addresses.note(describeProxy(proxy));
  if (proxy?.url) return { response: await send(sent), address: undefined };
  for (;;) {
    const began = performance.now();
    const connectTo = await addresses.next(hostname);
    const looked = performance.now() - began;
    const address = addresses.inUse(hostname).length > 1 ? connectTo : undefined;
    try {
      const response = await send({ ...sent, connectTo, connectPort: port });
      addresses.answered(hostname, connectTo);
      return { response: { ...response, milliseconds: response.milliseconds + looked }, address };
    } catch (error) {
      if (!isConnectFailure(error) || !addresses.skip(hostname, connectTo, error))
        throw new AddressError(error, address);
    }
  }
}

const describeProxy = ({ variable, url }: ProxySetting): string =>
  url
    ? `Requests go through the proxy in ${variable}. It resolves names itself: requests are not spread over all addresses of a name.`
    : `${variable} is ignored: only http and https proxies are supported.`;

class AddressError extends Error {
  readonly address: string | undefined;

  constructor(cause: unknown, address: string | undefined) {
    super(messageOf(cause), { cause });
    this.address = address;
  }
}

const isConnectFailure = (error: unknown): boolean => (error as { syscall?: unknown }).syscall === "connect";

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
  // No address of this kind on the machine: another one of the name may work.
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
]);

function isTransient(error: unknown): boolean {
  // If a name has several addresses, there is one error for each.
  if (error instanceof AggregateError) return error.errors.every(isTransient);
  return transientCodes.has(String((error as { code?: unknown }).code));
}
