// How long to wait before the next request.
import type { IncomingHttpHeaders } from "node:http";
import type { Exchange } from "./requests.ts";

/** Milliseconds, at least: a server that says 0 is not asked without a pause. */
const shortest = 250;

/**
 * Milliseconds that Retry-After asks for (RFC 9110, 10.2.3): seconds, or a time, which is compared with the server's own
 * clock if it shows it; undefined: it asks for nothing.
 */
export function retryAfter(headers: IncomingHttpHeaders, now: number): number | undefined {
  const value = headers["retry-after"]?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = /\sGMT$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const sent = Date.parse(headers.date ?? "");
  return Math.max(0, until - (Number.isNaN(sent) ? now : sent));
}

/**
 * The longest wait that the responses ask for, at most until the deadline, when there is one more request: a page that
 * asks for an hour may be gone in a minute. Milliseconds; undefined: none asks.
 */
export function requestedWait(
  exchanges: Exchange[],
  { now, deadline }: { now: number; deadline: number },
): number | undefined {
  const waits = exchanges
    .map((exchange) => ("response" in exchange ? retryAfter(exchange.response.headers, now) : undefined))
    .filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.min(Math.max(shortest, ...waits), Math.max(0, deadline - now));
}

/** Full jitter between a quarter of a second and five seconds. Milliseconds. */
export const backoff = (failures: number): number =>
  shortest + Math.random() * Math.min(4750, 250 * 2 ** Math.min(failures, 6));
