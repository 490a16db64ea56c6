// Waits until only the new version responds: behind a load balancer, old tasks still receive some of the requests.
import { formatDuration } from "../../shared/src/clock.ts";
import type { ExpectedVersion, Inputs } from "./inputs.ts";
import { excerpt, checkResponse, parseJson, type Mismatch } from "./check-response.ts";
import { sendCheck, type Exchange } from "./requests.ts";
import type { Result, Session } from "./run-check.ts";
import { parseCheck, valueAt, type Check } from "./checks.ts";

/** Concurrent requests once the new version has responded. */
const concurrency = 20;

/** Milliseconds between two polls while an old version responds: short, so that its end is detected soon. */
const pollInterval = () => 150 + Math.random() * 200;

/**
 * One request at a time until the new version responds; then many at once, until enough consecutive responses have it.
 * An old response restarts the count, and requests sent before it arrived do not count.
 */
export async function waitForVersion(expected: ExpectedVersion, inputs: Inputs, session: Session): Promise<Result> {
  const check = versionCheck(expected);
  const result: Result = { check, flaws: [], requests: 0, durations: [], warnOnly: inputs.warnOnly };
  const startedAt = session.clock.now();
  const others = new Map<string, number>();
  let last: Mismatch | undefined;
  for (let consecutive = 0; ;) {
    const count = consecutive === 0 ? 1 : Math.min(concurrency, expected.consecutive - consecutive);
    const exchanges = await Promise.all(Array.from({ length: count }, () => sendCheck(check, inputs, session.send)));
    result.requests += count;
    const now = session.clock.now();
    const mismatches = exchanges.flatMap((exchange) =>
      mismatchesOf(exchange, { check, expected, result, others, now }),
    );
    const permanent = mismatches.find(({ retryable }) => !retryable);
    if (permanent) return { ...result, flaws: [permanent] };
    consecutive = mismatches.length === 0 ? consecutive + count : 0;
    const progress = { expected, others, requests: result.requests, waited: now - startedAt };
    if (consecutive >= expected.consecutive) {
      session.log(`✓ ${check.name}: ${describePassed(consecutive, progress)}`);
      return result;
    }
    const [mismatch] = mismatches;
    if (mismatch && last?.problem !== mismatch.problem) session.log(`  ${check.name}: ${mismatch.problem}`);
    last = mismatch ?? last;
    if (now >= session.deadline) return { ...result, flaws: [timedOut(last, progress)] };
    if (mismatch) await session.clock.sleep(pollInterval());
  }
}

function versionCheck({ path, json, version }: ExpectedVersion): Check {
  const name = `/${path} (${json} = ${JSON.stringify(version)})`;
  return parseCheck({ path, name }, "expect-version", () => undefined);
}

interface ResponseContext {
  check: Check;
  expected: ExpectedVersion;
  result: Result;
  /** Other version → number of its responses. */
  others: Map<string, number>;
  now: number;
}

function mismatchesOf(exchange: Exchange, { check, expected, result, others, now }: ResponseContext): Mismatch[] {
  if ("response" in exchange) result.durations.push(exchange.response.milliseconds);
  const mismatches = checkResponse(exchange, check, now);
  if (mismatches.length > 0 || !("response" in exchange)) return mismatches;
  const text = excerpt(exchange.response.text);
  const body = parseJson(exchange.response.text);
  if (body === undefined)
    return [{ problem: `the response is not JSON: ${text}`, expected: "JSON", found: text, retryable: false }];
  const value = valueAt(body, expected.json);
  if (value === expected.version) return [];
  const found = excerpt(JSON.stringify(value) ?? "missing");
  others.set(found, (others.get(found) ?? 0) + 1);
  return [
    {
      problem: `${expected.json} is ${found} instead of ${JSON.stringify(expected.version)}`,
      expected: expected.version,
      found,
      retryable: true,
    },
  ];
}

interface Progress {
  expected: ExpectedVersion;
  others: Map<string, number>;
  requests: number;
  /** Milliseconds. */
  waited: number;
}

/** Versions named; a service may answer with another one each time. */
const mostOthers = 5;

function describeOthers(others: Map<string, number>): string {
  const named = [...others].slice(0, mostOthers).map(([version, count]) => `${version} responded ${count} times`);
  const left = others.size - named.length;
  return [...named, ...(left > 0 ? [`and ${left} other versions`] : [])].join(", ");
}

function describePassed(consecutive: number, { others, waited }: Progress): string {
  const duration = waited > 2000 ? `, after ${formatDuration(waited)}` : "";
  const before = others.size > 0 ? `; before that ${describeOthers(others)}` : "";
  return `${consecutive} consecutive responses${duration}${before}`;
}

function timedOut(last: Mismatch | undefined, { expected, others, requests, waited }: Progress): Mismatch {
  const problem = last?.problem ?? `fewer than ${expected.consecutive} consecutive responses before the timeout`;
  const details = [
    `${requests} requests in ${formatDuration(waited)}`,
    ...(others.size > 0 ? [describeOthers(others)] : []),
  ];
  return {
    problem: `${problem} (${details.join("; ")})`,
    expected: expected.version,
    found: last?.found ?? "too few responses",
    retryable: false,
  };
}
