// One check, retried until it has passed often enough in a row, fails permanently, or times out.
import type { Clock } from "../../shared/src/clock.ts";
import type { SendHttp } from "../../shared/src/http.ts";
import type { Log } from "../../shared/src/report.ts";
import type { Check, ResponseTime } from "./checks.ts";
import type { Inputs } from "./inputs.ts";
import { checkResponse, percentile, type Mismatch } from "./check-response.ts";
import { sendCheck, type Exchange } from "./requests.ts";

export interface Session {
  clock: Clock;
  log: Log;
  send: SendHttp;
  /** Milliseconds since the epoch. */
  deadline: number;
}

export interface Result {
  check: Check;
  /** Empty: the check passed. */
  flaws: Mismatch[];
  requests: number;
  /** Milliseconds of each response. */
  durations: number[];
  warnOnly: boolean;
}

export async function runCheck(check: Check, inputs: Inputs, session: Session): Promise<Result> {
  const result: Result = { check, flaws: [], requests: 0, durations: [], warnOnly: inputs.warnOnly || check.warnOnly };
  const required = check.consecutive ?? inputs.consecutive;
  let passed = 0;
  let last: Mismatch | undefined;
  for (let failures = 0; passed < required;) {
    const exchange = await sendCheck(check, inputs, session.send);
    record(result, exchange);
    const mismatches = checkResponse(exchange, check, session.clock.now());
    if (mismatches.some(({ retryable }) => !retryable)) return { ...result, flaws: mismatches };
    const [mismatch] = mismatches;
    passed = mismatch ? 0 : passed + 1;
    if (mismatch) {
      if (mismatch.problem !== last?.problem) session.log(`  ${check.name}: ${mismatch.problem}`);
      last = mismatch;
      failures += 1;
    }
    const wait = mismatch ? retryDelay(failures, exchange) : 0;
    if (passed < required && session.clock.now() + wait > session.deadline)
      return { ...result, flaws: [timedOut(last, { inputs, passed, required, requests: result.requests })] };
    if (wait > 0) await session.clock.sleep(wait);
  }
  const slow = check.responseTime && (await measure(check, check.responseTime, { inputs, session, result }));
  if (slow) return { ...result, flaws: [slow] };
  session.log(`✓ ${check.name}${result.requests > required ? `, after ${result.requests} requests` : ""}`);
  return result;
}

function record(result: Result, exchange: Exchange): void {
  result.requests += 1;
  if ("response" in exchange) result.durations.push(exchange.response.milliseconds);
}

/** Full jitter between a quarter of a second and five seconds; Retry-After is honoured up to a minute. Milliseconds. */
function retryDelay(failures: number, exchange: Exchange): number {
  const retryAfter = "response" in exchange ? Number(exchange.response.headers["retry-after"]) : Number.NaN;
  if (retryAfter >= 0 && retryAfter <= 60) return Math.max(250, retryAfter * 1000);
  return 250 + Math.random() * Math.min(4750, 250 * 2 ** Math.min(failures, 6));
}

function timedOut(
  last: Mismatch | undefined,
  { inputs, passed, required, requests }: { inputs: Inputs; passed: number; required: number; requests: number },
): Mismatch {
  const problem =
    passed > 0 || !last
      ? `passed ${passed} times in a row instead of ${required}${last ? `; before that: ${last.problem}` : ""}`
      : last.problem;
  return {
    problem: `${problem} (${requests} requests in ${inputs.timeout} s)`,
    expected: last?.expected ?? `${required} times in a row`,
    found: last?.found ?? `${passed} times`,
    retryable: false,
  };
}

/** One request after the other, each on its own connection, as for a user's first visit. */
async function measure(
  check: Check,
  { percentile: percent, maxMs, requests }: ResponseTime,
  { inputs, session, result }: { inputs: Inputs; session: Session; result: Result },
): Promise<Mismatch | undefined> {
  const times: number[] = [];
  while (times.length < requests) {
    const exchange = await sendCheck(check, inputs, session.send);
    record(result, exchange);
    const [mismatch] = checkResponse(exchange, check, session.clock.now());
    const position = `request ${times.length + 1} of ${requests} for the response time`;
    if (mismatch) return { ...mismatch, problem: `${mismatch.problem} (${position})` };
    if ("response" in exchange) times.push(exchange.response.milliseconds);
    if (session.clock.now() > session.deadline)
      return {
        problem: `completed only ${times.length} of ${requests} requests for the response time in ${inputs.timeout} s`,
        expected: `${requests} requests`,
        found: `${times.length}`,
        retryable: false,
      };
  }
  const found = percentile(times, percent);
  if (found <= maxMs) return undefined;
  return {
    problem: `p${percent} of ${requests} requests is ${found.toFixed(0)} ms; max-ms allows ${maxMs} ms`,
    expected: `p${percent} ≤ ${maxMs} ms`,
    found: `${found.toFixed(0)} ms`,
    retryable: false,
  };
}
