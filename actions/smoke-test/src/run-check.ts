// One check, retried until it has passed often enough in a row, fails permanently, or times out.
import type { Check } from "./checks.ts";
import type { Inputs } from "./inputs.ts";
import type { Mismatch } from "./check-response.ts";
import { measure } from "./response-time.ts";
import { Probe, type Context, type Result, type Session } from "./probe.ts";
import { backoff, requestedWait } from "./retry.ts";

export async function runCheck(check: Check, inputs: Inputs, session: Session): Promise<Result> {
  const probe = new Probe(check, inputs, session, { uniqueQuery: "after a cached response" });
  const context = { inputs, session };
  const failed = await pass(probe, check, context);
  const { flaws, notes } = failed ? { flaws: failed, notes: [] } : await measure(probe, check, context);
  const result = probe.finish(flaws, notes);
  if (flaws.length === 0) session.log(`✓ ${check.name}${describe(result, check.consecutive ?? inputs.consecutive)}`);
  return result;
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
