// A URL → where its request goes: the host that it is for, the host that it connects to, and what may be sent there.
import { withoutBrackets } from "../../shared/src/proxy.ts";
import type { Inputs } from "./inputs.ts";

export interface Route {
  /** As the service sees it: with the host of the input `host`. */
  url: URL;
  /** Whether it is the scheme, host and port of the input `url`, which alone gets headers and token. */
  isOwn: boolean;
  /** Name or address to connect to. */
  hostname: string;
  /** undefined: the one of the url. */
  port: number | undefined;
  /** Chosen by `host` or `resolve`: no proxy looks it up. */
  isChosen: boolean;
}

export function routeOf(asked: URL, inputs: Pick<Inputs, "url" | "host" | "resolve">): Route {
  const base = inputs.url === undefined ? undefined : new URL(inputs.url);
  const forHost = base && inputs.host !== undefined ? withHost(base, inputs.host) : undefined;
  // The service redirects to itself under the name that it was asked for.
  const isOwn = asked.origin === base?.origin || asked.origin === forHost?.origin;
  const url = isOwn && inputs.host !== undefined ? withHost(asked, inputs.host) : asked;
  const connection = isOwn && base && forHost ? base : url;
  const name = withoutBrackets(connection.hostname);
  const chosen = inputs.resolve.get(withoutBrackets(url.hostname)) ?? inputs.resolve.get(name);
  return {
    url,
    isOwn,
    hostname: chosen === undefined ? name : withoutBrackets(chosen.trim()),
    port: connection === url ? undefined : Number(connection.port) || (connection.protocol === "https:" ? 443 : 80),
    isChosen: chosen !== undefined || connection !== url,
  };
}

function withHost(url: URL, host: string): URL {
  const other = new URL(url);
  // Without this, a host without a port would keep the port of the url, and the Host header has none.
  other.port = "";
  other.host = host;
  return other;
}

/** Whether two targets of redirects are the same: `https://host:443/%7Ea` and `https://HOST/~a` are. */
export function isSameTarget(a: string, b: string, base: URL): boolean {
  if (a === b) return true;
  const [one, other] = [a, b].map((text) => (URL.canParse(text, base.href) ? partsOf(new URL(text, base)) : undefined));
  return one !== undefined && one === other;
}

/** URL has normalised scheme, host, port and dots. RFC 3986, 6.2.2: escapes of unreserved characters are those. */
const partsOf = ({ protocol, host, pathname, search, hash }: URL): string =>
  JSON.stringify([protocol, host, ...[pathname, search, hash].map(withPlainEscapes)]);

const withPlainEscapes = (text: string): string =>
  text.replaceAll(/%[\da-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : escape.toUpperCase();
  });
