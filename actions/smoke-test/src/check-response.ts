// An answer → what is wrong with it.
import { isDeepStrictEqual } from "node:util";
import type { HttpAnswer } from "../../shared/src/http.ts";
import { valueAt, type Check } from "./checks.ts";
import type { Exchange } from "./requests.ts";

export interface Mismatch {
  /** A sentence. */
  problem: string;
  expected: string;
  found: string;
  /** Whether asking again can help. */
  retryable: boolean;
}

/** What a load balancer says while tasks start and stop, and a server that asks for patience. */
const transientStatuses = new Set([429, 502, 503, 504]);

export function checkResponse(exchange: Exchange, check: Check, now: number): Mismatch[] {
  if ("failure" in exchange)
    return [
      { problem: exchange.failure, expected: "an answer", found: exchange.failure, retryable: exchange.retryable },
    ];
  const { answer } = exchange;
  if (!check.status.includes(answer.status)) {
    const expected = check.status.join(", ");
    return [
      {
        problem: `status ${answer.status} instead of ${expected}: ${excerpt(answer.text)}`,
        expected,
        found: String(answer.status),
        retryable: transientStatuses.has(answer.status),
      },
    ];
  }
  return [
    ...checkHeaders(answer, check),
    ...checkText(answer, check),
    ...checkJson(answer, check),
    ...checkCertificate(answer, check, now),
  ].map((mismatch) => ({ ...mismatch, retryable: false }));
}

type FinalMismatch = Omit<Mismatch, "retryable">;

function checkHeaders({ headers }: HttpAnswer, { responseHeaders, redirect }: Check): FinalMismatch[] {
  const wanted = [...responseHeaders].flatMap(([name, expected]): FinalMismatch[] => {
    const found = headers[name];
    const text = Array.isArray(found) ? found.join(", ") : found;
    return text?.includes(expected)
      ? []
      : [
          {
            problem: `header ${name} is ${text === undefined ? "missing" : `"${text}"`} and does not contain "${expected}"`,
            expected,
            found: text ?? "missing",
          },
        ];
  });
  if (redirect === undefined || headers.location === redirect) return wanted;
  return [
    ...wanted,
    {
      problem: `leads to ${headers.location ?? "nowhere"} instead of ${redirect}`,
      expected: redirect,
      found: headers.location ?? "nowhere",
    },
  ];
}

function checkText({ text }: HttpAnswer, check: Check): FinalMismatch[] {
  return check.text
    .filter((wanted) => !text.includes(wanted))
    .map((wanted) => ({
      problem: `the answer does not contain "${wanted}": ${excerpt(text)}`,
      expected: wanted,
      found: excerpt(text),
    }));
}

function checkJson({ text }: HttpAnswer, { json }: Check): FinalMismatch[] {
  if (json.size === 0) return [];
  const body = parseJson(text);
  if (body === undefined)
    return [{ problem: `the answer is not JSON: ${excerpt(text)}`, expected: "JSON", found: excerpt(text) }];
  return [...json].flatMap(([path, wanted]): FinalMismatch[] => {
    const value = valueAt(body, path);
    if (isDeepStrictEqual(value, wanted)) return [];
    const [expected, found] = [JSON.stringify(wanted), JSON.stringify(value) ?? "missing"];
    return [{ problem: `${path} is ${found} instead of ${expected}`, expected, found: excerpt(found) }];
  });
}

const day = 86_400_000;

function checkCertificate({ certificateEnds }: HttpAnswer, { certificateDays }: Check, now: number): FinalMismatch[] {
  if (certificateDays === undefined) return [];
  const expected = `${certificateDays} days`;
  if (certificateEnds === undefined)
    return [{ problem: "there is no certificate: the address is not https", expected, found: "none" }];
  const left = Math.floor((certificateEnds - now) / day);
  return left >= certificateDays
    ? []
    : [
        {
          problem: `the certificate ends in ${left} days, on ${new Date(certificateEnds).toISOString().slice(0, 10)}; at least ${certificateDays} are wanted`,
          expected,
          found: `${left} days`,
        },
      ];
}

/** undefined when it is none; JSON knows no undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The value below which so many percent lie (nearest rank). */
export function percentile(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export const excerpt = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
