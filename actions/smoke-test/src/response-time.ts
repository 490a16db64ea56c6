// The response time of a check: so many requests, one after the other or several at a time.
import type { Check } from "./checks.ts";
import { percentile, type Mismatch } from "./check-response.ts";
import type { Context, Probe } from "./probe.ts";
import { requestedWait } from "./retry.ts";

export interface Measured {
  /** Empty: fast enough, and each request passed. */
  flaws: Mismatch[];
  notes: string[];
}

/** Each request has its own connection, as for a user's first visit. The first one that fails ends it. */
export async function measure(probe: Probe, { responseTime }: Check, context: Context): Promise<Measured> {
  if (!responseTime) return { flaws: [], notes: [] };
  const { percentile: percent, maxMs, requests, concurrency } = responseTime;
  const { clock } = context.session;
  const began = clock.now();
  const times: number[] = [];
  let flaw: Mismatch | undefined;
  let started = 0;
  const work = async () => {
    while (started < requests && !flaw) {
      started += 1;
      const sent = await sendTimed(probe, { position: started, times, requests }, context);
      flaw ??= sent;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  if (flaw) return { flaws: [flaw], notes: [] };
  const found = percentile(times, percent);
  const rate = requests / Math.max(0.001, (clock.now() - began) / 1000);
  const load = `${requests} requests${concurrency > 1 ? `, ${concurrency} at a time` : ""}`;
  if (found <= maxMs)
    return {
      flaws: [],
      notes: [
        `p${percent} of ${load}: ${ms(found)}${concurrency > 1 ? `, ${rate.toFixed(0)} responses per second` : ""}`,
      ],
    };
  return { flaws: [tooSlow({ percent, found, maxMs, load, fastest: Math.min(...times) })], notes: [] };
}

const ms = (time: number): string => `${time.toFixed(0)} ms`;

/** Part of each time is the way there: whoever reads it has to tell a slow service from a distant one. */
function tooSlow(measured: { percent: number; found: number; maxMs: number; load: string; fastest: number }): Mismatch {
  const { percent, found, maxMs, load, fastest } = measured;
  const advice =
    fastest > maxMs / 2
      ? "much of it is the connection and the distance from here: raise max-ms, or measure from nearer"
      : "the service is slow under this load: compare with the previous version, and look at CPU and database";
  return {
    problem: `p${percent} of ${load} is ${ms(found)}; max-ms allows ${maxMs} ms. The fastest took ${ms(fastest)}: ${advice}`,
    expected: `p${percent} ≤ ${maxMs} ms`,
    found: ms(found),
    retryable: false,
  };
}

interface Progress {
  /** Of this request, from 1. */
  position: number;
  requests: number;
  /** Milliseconds of the responses so far; gets this one. */
  times: number[];
}

/** @returns what ends the measurement */
async function sendTimed(
  probe: Probe,
  { position, requests, times }: Progress,
  { inputs: { timeout }, session }: Context,
): Promise<Mismatch | undefined> {
  for (;;) {
    const { exchange, mismatches } = await probe.send();
    const [mismatch] = mismatches;
    const now = session.clock.now();
    // A server that limits the rate of requests says how long it does.
    const wait = mismatch?.retryable ? requestedWait([exchange], { now, deadline: session.deadline }) : undefined;
    if (mismatch && !wait)
      return {
        ...mismatch,
        problem: `${mismatch.problem} (request ${position} of ${requests} for the response time)`,
      };
    if (!mismatch && "response" in exchange) times.push(exchange.response.milliseconds);
    if (times.length < requests && now > session.deadline)
      return {
        problem: `completed only ${times.length} of ${requests} requests for the response time in ${timeout} s`,
        expected: `${requests} requests`,
        found: `${times.length}`,
        retryable: false,
      };
    if (!wait) return undefined;
    await session.clock.sleep(wait);
  }
}
