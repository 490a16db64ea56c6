// Which proxy of the environment a request goes through: HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Node reads them since
// 24.5 (lib/internal/http.js; a test compares the two), and what curl reads beyond that: ALL_PROXY, and a proxy without
// a scheme.
import { isIPv4 } from "node:net";
import { ConfigurationError } from "./errors.ts";

export interface ProxySetting {
  /** Name of the variable. Its value may contain a password: it is not for messages. */
  variable: string;
  /** undefined: a kind of proxy that Node does not speak, such as SOCKS; requests go directly. */
  url: URL | undefined;
}

type Environment = Record<string, string | undefined>;

/** In this order, as in curl; lower case first, as in Node. */
const variables = {
  "http:": ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
  "https:": ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
};

/**
 * @returns undefined: the environment names no proxy for this URL, or exempts its host
 * @throws ConfigurationError if the variable is not a URL
 */
export function proxySetting(url: URL, environment: Environment = process.env): ProxySetting | undefined {
  const names = url.protocol === "https:" ? variables["https:"] : variables["http:"];
  const variable = names.find((name) => environment[name]);
  const value = variable && environment[variable];
  if (!variable || !value) return undefined;
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const exempt = environment["no_proxy"] || environment["NO_PROXY"];
  if (exempt && isExempt(withoutBrackets(url.hostname), port, exempt)) return undefined;
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(text))
    throw new ConfigurationError(`${variable} is not the URL of a proxy, such as http://proxy.example.com:3128`);
  const proxy = new URL(text);
  return { variable, url: /^https?:$/.test(proxy.protocol) ? proxy : undefined };
}

/** The host of a URL as it is connected to: an IPv6 address has no brackets then. */
export const withoutBrackets = (hostname: string): string => hostname.replace(/^\[|\]$/g, "");

/** Whether NO_PROXY exempts a host: by name, name and port, suffix, or range of IPv4 addresses. */
export function isExempt(hostname: string, port: number, list: string): boolean {
  const host = hostname.toLowerCase();
  return list
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some(
      (entry) =>
        entry === "*" ||
        entry === host ||
        entry === `${host}:${port}` ||
        (entry.startsWith(".") && (host === entry.slice(1) || host.endsWith(entry))) ||
        (entry.startsWith("*.") && host.endsWith(entry.slice(1))) ||
        isInRange(host, entry),
    );
}

/** 10.0.0.1-10.0.0.255 */
function isInRange(host: string, entry: string): boolean {
  const [first = "", last = ""] = entry.split("-").map((part) => part.trim());
  if (![host, first, last].every(isIPv4)) return false;
  return numberOf(first) <= numberOf(host) && numberOf(host) <= numberOf(last);
}

const numberOf = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
