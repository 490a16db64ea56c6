// One check, asked until it holds often enough in a row, cannot hold any more, or the time is over.
import type { Clock } from "../../shared/src/clock.ts";
import type { SendHttp } from "../../shared/src/http.ts";
import type { Log } from "../../shared/src/report.ts";
import type { Check, ResponseTime } from "./checks.ts";
import type { Inputs } from "./inputs.ts";
import { checkResponse, percentile, type Mismatch } from "./check-response.ts";
import { ask, type Exchange } from "./requests.ts";

export interface Session {
  clock: Clock;
  log: Log;
  send: SendHttp;
  /** Milliseconds since the epoch. */
  deadline: number;
}

export interface Result {
  check: Check;
  /** Empty: it holds. */
  flaws: Mismatch[];
  requests: number;
  /** Milliseconds of the requests that were answered. */
  durations: number[];
  warnOnly: boolean;
}

export async function untilHolds(check: Check, inputs: Inputs, session: Session): Promise<Result> {
  const result: Result = { check, flaws: [], requests: 0, durations: [], warnOnly: inputs.warnOnly || check.warnOnly };
  const wanted = check.consecutive ?? inputs.consecutive;
  let inARow = 0;
  let last: Mismatch | undefined;
  for (let failures = 0; inARow < wanted;) {
    const exchange = await ask(check, inputs, session.send);
    const mismatches = note(result, exchange, checkResponse(exchange, check, session.clock.now()));
    inARow = mismatches.length === 0 ? inARow + 1 : 0;
    if (mismatches.some(({ retryable }) => !retryable)) return { ...result, flaws: mismatches };
    if (mismatches.length > 0) {
      const [first] = mismatches;
      if (first && first.problem !== last?.problem) session.log(`  ${check.name}: ${first.problem}`);
      [last] = mismatches;
      failures += 1;
    }
    const wait = mismatches.length === 0 ? 0 : backOff(failures, exchange);
    if (inARow < wanted && session.clock.now() + wait > session.deadline)
      return { ...result, flaws: [tooLate(last, { inputs, inARow, wanted, requests: result.requests })] };
    if (wait > 0) await session.clock.sleep(wait);
  }
  const slow = check.responseTime && (await tooSlow(check, check.responseTime, { inputs, session, result }));
  if (slow) return { ...result, flaws: [slow] };
  session.log(`✓ ${check.name}${result.requests > wanted ? `, after ${result.requests} requests` : ""}`);
  return result;
}

function note(result: Result, exchange: Exchange, mismatches: Mismatch[]): Mismatch[] {
  result.requests += 1;
  if ("answer" in exchange) result.durations.push(exchange.answer.milliseconds);
  return mismatches;
}

/** Full jitter between a quarter of a second and five seconds; a server that says when to come again is asked then. Milliseconds. */
function backOff(failures: number, exchange: Exchange): number {
  const asked = "answer" in exchange ? Number(exchange.answer.headers["retry-after"]) : Number.NaN;
  if (asked >= 0 && asked <= 60) return Math.max(250, asked * 1000);
  return 250 + Math.random() * Math.min(4750, 250 * 2 ** Math.min(failures, 6));
}

function tooLate(
  last: Mismatch | undefined,
  { inputs, inARow, wanted, requests }: { inputs: Inputs; inARow: number; wanted: number; requests: number },
): Mismatch {
  const problem =
    inARow > 0 || !last
      ? `held ${inARow} times in a row instead of ${wanted}${last ? `; before: ${last.problem}` : ""}`
      : last.problem;
  return {
    problem: `${problem} (${requests} requests in ${inputs.timeout} s)`,
    expected: last?.expected ?? `${wanted} times in a row`,
    found: last?.found ?? `${inARow} times`,
    retryable: false,
  };
}

/** One request after the other, each on a connection of its own: what somebody waits who comes for the first time. */
async function tooSlow(
  check: Check,
  { percentile: percent, maxMs, requests }: ResponseTime,
  { inputs, session, result }: { inputs: Inputs; session: Session; result: Result },
): Promise<Mismatch | undefined> {
  const times: number[] = [];
  while (times.length < requests) {
    const exchange = await ask(check, inputs, session.send);
    const [flaw] = note(result, exchange, checkResponse(exchange, check, session.clock.now()));
    if (flaw)
      return { ...flaw, problem: `${flaw.problem} (request ${times.length + 1} of ${requests} for its response time)` };
    if ("answer" in exchange) times.push(exchange.answer.milliseconds);
    if (session.clock.now() > session.deadline)
      return {
        problem: `only ${times.length} of ${requests} requests for the response time fitted into ${inputs.timeout} s`,
        expected: `${requests} requests`,
        found: `${times.length}`,
        retryable: false,
      };
  }
  const found = percentile(times, percent);
  if (found <= maxMs) return undefined;
  return {
    problem: `${percent} % of ${requests} requests took up to ${found.toFixed(0)} ms; ${maxMs} ms are allowed`,
    expected: `p${percent} ≤ ${maxMs} ms`,
    found: `${found.toFixed(0)} ms`,
    retryable: false,
  };
}
