// A request → the address that it goes to, or the proxy that chooses one.
import { messageOf } from "../../shared/src/errors.ts";
import type { HttpAnswer, HttpRequest, SendHttp } from "../../shared/src/http.ts";
import { proxySetting, type ProxySetting } from "../../shared/src/proxy.ts";
import type { Addresses } from "./addresses.ts";
import type { Route } from "./route.ts";

export interface Network {
  send: SendHttp;
  addresses: Addresses;
}

interface Sent {
  response: HttpAnswer;
  /** Where the connection went, if the name has several addresses. */
  address: string | undefined;
  /** Where it went; undefined: a proxy chose. */
  connectedTo: string | undefined;
}

/** To the chosen or the next address of the host; to the one after it if there is no way from here to that kind. */
export async function sendTo(
  { url, hostname, port, isChosen }: Route,
  {
    request,
    network: { send, addresses },
    chosen,
  }: { request: HttpRequest; network: Network; chosen: string | undefined },
): Promise<Sent> {
  const proxy = isChosen ? undefined : proxySetting(url);
  if (proxy) addresses.note(describeProxy(proxy));
  if (proxy?.url) return { response: await send(request), address: undefined, connectedTo: undefined };
  for (let first = chosen; ; first = undefined) {
    const began = performance.now();
    const connectTo = first ?? (await addresses.next(hostname));
    const looked = performance.now() - began;
    const address = addresses.inUse(hostname).length > 1 ? connectTo : undefined;
    try {
      const response = await send({ ...request, connectTo, connectPort: port });
      addresses.answered(hostname, connectTo);
      return {
        response: { ...response, milliseconds: response.milliseconds + looked },
        address,
        connectedTo: connectTo,
      };
    } catch (error) {
      if (!isConnectFailure(error) || !addresses.skip(hostname, connectTo, error))
        throw new ConnectionError(error, address);
    }
  }
}

const describeProxy = ({ variable, url }: ProxySetting): string =>
  url
    ? `Requests go through the proxy in ${variable}. It resolves names itself: requests are not spread over all addresses of a name.`
    : `${variable} is ignored: only http and https proxies are supported.`;

/** There is no response. */
export class ConnectionError extends Error {
  readonly reason: unknown;
  /** Where the connection went, if the name has several addresses. */
  readonly address: string | undefined;

  constructor(reason: unknown, address: string | undefined) {
    super(messageOf(reason), { cause: reason });
    this.reason = reason;
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

export function isTransient(error: unknown): boolean {
  // If a name has several addresses, there is one error for each.
  if (error instanceof AggregateError) return error.errors.every(isTransient);
  return transientCodes.has(String((error as { code?: unknown }).code));
}
