// One check, retried until it has passed often enough in a row, fails permanently, or times out.
import type { Check } from "./checks.ts";
import type { Inputs } from "./inputs.ts";
import { percentile, type Mismatch } from "./check-response.ts";
import { Probe, type Result, type Session } from "./probe.ts";
import { backoff, requestedWait } from "./retry.ts";

export async function runCheck(check: Check, inputs: Inputs, session: Session): Promise<Result> {
  const probe = new Probe(check, inputs, session, { uniqueQuery: "after a cached response" });
  const flaws = (await pass(probe, check, { inputs, session })) ?? (await measure(probe, check, { inputs, session }));
  const result = probe.finish(flaws);
  if (flaws.length === 0) session.log(`✓ ${check.name}${describe(result, check.consecutive ?? inputs.consecutive)}`);
  return result;
}

interface Context {
  inputs: Inputs;
  session: Session;
}

/** @returns undefined once the check has passed often enough in a row, at each address of its host */
async function pass(probe: Probe, check: Check, { inputs, session }: Context): Promise<Mismatch[] | undefined> {
  const required = check.consecutive ?? inputs.consecutive;
  let last: Mismatch | undefined;
  let passed = 0;
  for (let failures = 0; ;) {
    const isComplete = passed >= required && probe.missing === 0;
    const reply = isComplete ? await probe.confirm() : await probe.send();
    if (!reply) return undefined;
    const { exchange, mismatches } = reply;
    if (mismatches.some(({ retryable }) => !retryable)) return mismatches;
    const [mismatch] = mismatches;
    if (isComplete && !mismatch) return undefined;
    passed = mismatch ? 0 : passed + 1;
    const now = session.clock.now();
    last = mismatch ?? last;
    const asked = mismatch && requestedWait([exchange], { now, deadline: session.deadline });
    const wait = mismatch ? (asked ?? backoff((failures += 1))) : 0;
    if (mismatch) probe.startRow(mismatch);
    const isOver = asked === undefined ? now + wait > session.deadline : now >= session.deadline;
    if (isOver && (passed < required || probe.missing > 0))
      return [timedOut(last, { inputs, passed, required, requests: probe.result.requests })];
    if (wait > 0) await session.clock.sleep(wait);
  }
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

function describe({ requests, notes }: Result, required: number): string {
  const details = [...(requests > required ? [`after ${requests} requests`] : []), ...notes];
  return details.length > 0 ? `, ${details.join("; ")}` : "";
}

/** One request after the other, each on its own connection, as for a user's first visit. */
async function measure(
  probe: Probe,
  { responseTime }: Check,
  { inputs: { timeout }, session }: Context,
): Promise<Mismatch[]> {
  if (!responseTime) return [];
  const { percentile: percent, maxMs, requests } = responseTime;
  const times: number[] = [];
  while (times.length < requests) {
    const { exchange, mismatches } = await probe.send();
    const [mismatch] = mismatches;
    const now = session.clock.now();
    // A server that limits the rate of requests says how long it does.
    const wait = mismatch?.retryable ? requestedWait([exchange], { now, deadline: session.deadline }) : undefined;
    const position = `request ${times.length + 1} of ${requests} for the response time`;
    if (mismatch && !wait) return [{ ...mismatch, problem: `${mismatch.problem} (${position})` }];
    if (!mismatch && "response" in exchange) times.push(exchange.response.milliseconds);
    if (times.length < requests && now > session.deadline)
      return [
        {
          problem: `completed only ${times.length} of ${requests} requests for the response time in ${timeout} s`,
          expected: `${requests} requests`,
          found: `${times.length}`,
          retryable: false,
        },
      ];
    if (wait) await session.clock.sleep(wait);
  }
  const found = percentile(times, percent);
  if (found <= maxMs) return [];
  return [
    {
      problem: `p${percent} of ${requests} requests is ${found.toFixed(0)} ms; max-ms allows ${maxMs} ms`,
      expected: `p${percent} ≤ ${maxMs} ms`,
      found: `${found.toFixed(0)} ms`,
      retryable: false,
    },
  ];
}
