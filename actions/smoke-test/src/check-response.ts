// A response → its mismatches with the check.
import { isDeepStrictEqual } from "node:util";
import { oneLine } from "../../shared/src/printable.ts";
import type { Check } from "./checks.ts";
import { parseJson, valueAt } from "./json.ts";
import type { Answer, Exchange } from "./requests.ts";
import { isSameTarget } from "./route.ts";
import { withoutUserInfo } from "./user-info.ts";

export interface Mismatch {
  /** A sentence. */
  problem: string;
  expected: string;
  found: string;
  /** Whether a retry can help. */
  retryable: boolean;
  /** Retryable, and still perhaps the response of something else than what is at the path. */
  isForeign?: boolean;
}

/** From a load balancer while tasks start and stop, and from a server that limits the request rate. */
const transientStatuses = new Set([429, 502, 503, 504]);

export function checkResponse(exchange: Exchange, check: Check, now: number): Mismatch[] {
  if ("failure" in exchange)
    return [
      { problem: exchange.failure, expected: "a response", found: exchange.failure, retryable: exchange.retryable },
    ];
  const { response } = exchange;
  if (!check.status.includes(response.status)) {
    const expected = check.status.join(", ");
    return [
      {
        problem: `status ${response.status} instead of ${expected}: ${excerpt(response.text)}`,
        expected,
        found: String(response.status),
        retryable: transientStatuses.has(response.status),
      },
    ];
  }
  return [
    ...checkHeaders(response, check),
    ...checkRedirect(response, check),
    ...checkText(response, check),
    ...checkJson(response, check),
    ...checkCertificate(response, check, now),
  ].map((mismatch) => ({ ...mismatch, retryable: false }));
}

type FinalMismatch = Omit<Mismatch, "retryable">;

function checkHeaders({ headers }: Answer, { responseHeaders }: Check): FinalMismatch[] {
  return [...responseHeaders].flatMap(([name, expected]): FinalMismatch[] => {
    const value = headers[name];
    const text = Array.isArray(value) ? value.join(", ") : value;
    if (text?.includes(expected)) return [];
    const problem =
      text === undefined
        ? `header ${name} is missing`
        : `header ${name} is "${excerpt(text)}" and does not contain "${expected}"`;
    return [{ problem, expected, found: excerpt(text ?? "missing") }];
  });
}

function checkRedirect({ headers: { location }, url }: Answer, { redirect }: Check): FinalMismatch[] {
  if (redirect === undefined || (location !== undefined && isSameTarget(location, redirect, url))) return [];
  const found = excerpt(withoutUserInfo(location ?? "no redirect"));
  const expected = withoutUserInfo(redirect);
  const problem =
    location === undefined ? `does not redirect to ${expected}` : `redirects to ${found} instead of ${expected}`;
  return [{ problem, expected, found }];
}

function checkText({ text, unreadable }: Answer, check: Check): FinalMismatch[] {
  return check.text
    .filter((expected) => !text.includes(expected))
    .map((expected) => ({
      problem: `the response does not contain "${expected}": ${excerpt(unreadable ?? text)}`,
      expected,
      found: excerpt(text),
    }));
}

/** The mismatch of a response that should be JSON, and is not. */
export const notJson = ({ text, unreadable }: Answer): FinalMismatch => ({
  problem: `the response is not JSON: ${excerpt(unreadable ?? text)}`,
  expected: "JSON",
  found: excerpt(text),
});

function checkJson(response: Answer, { json }: Check): FinalMismatch[] {
  if (json.size === 0) return [];
  const body = parseJson(response.text);
  if (body === undefined) return [notJson(response)];
  return [...json].flatMap(([path, expectedValue]): FinalMismatch[] => {
    const value = valueAt(body, path);
    if (isDeepStrictEqual(value, expectedValue)) return [];
    const [expected, found] = [JSON.stringify(expectedValue), excerpt(JSON.stringify(value) ?? "missing")];
    return [{ problem: `${path} is ${found} instead of ${expected}`, expected, found }];
  });
}

const day = 86_400_000;

function checkCertificate({ certificateEnds }: Answer, { certificateDays }: Check, now: number): FinalMismatch[] {
  if (certificateDays === undefined) return [];
  const expected = `${certificateDays} days`;
  if (certificateEnds === undefined)
    return [{ problem: "there is no certificate: the URL is not https", expected, found: "none" }];
  const left = Math.floor((certificateEnds - now) / day);
  if (left >= certificateDays) return [];
  const lastDay = new Date(certificateEnds).toISOString().slice(0, 10);
  return [
    {
      problem: `the certificate expires in ${left} days, on ${lastDay}; required: at least ${certificateDays} days`,
      expected,
      found: `${left} days`,
    },
  ];
}

/** Nearest-rank percentile. */
export function percentile(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Of what a service said: its beginning, on one line. */
export const excerpt = (text: string): string => oneLine(text.slice(0, 20_000), 300);
