// Waits until the new version answers, and no other: behind a load balancer old tasks still take their turn.
import { formatDuration } from "../../shared/src/clock.ts";
import type { ExpectedVersion, Inputs } from "./inputs.ts";
import { excerpt, checkResponse, parseJson, type Mismatch } from "./check-response.ts";
import { ask, type Exchange } from "./requests.ts";
import type { Result, Session } from "./run-check.ts";
import { parseChecks, valueAt, type Check } from "./checks.ts";

/** Requests at a time once the new version has answered. */
const atOnce = 20;

/** Milliseconds between two looks while an old version answers: short, so that its end is noticed soon. */
const pause = () => 150 + Math.random() * 200;

/**
 * One request at a time until the new version answers; then many, until so many answers in a row carry it. An old answer starts
 * the count anew, and what was asked before it came does not count.
 */
export async function untilVersion(expected: ExpectedVersion, inputs: Inputs, session: Session): Promise<Result> {
  const check = versionCheck(expected);
  const result: Result = { check, flaws: [], requests: 0, durations: [], warnOnly: inputs.warnOnly };
  const began = session.clock.now();
  const seen = new Map<string, number>();
  let last: Mismatch | undefined;
  for (let inARow = 0; ;) {
    const count = inARow === 0 ? 1 : Math.min(atOnce, expected.consecutive - inARow);
    const exchanges = await Promise.all(Array.from({ length: count }, () => ask(check, inputs, session.send)));
    result.requests += count;
    const mismatches = exchanges.flatMap((exchange) =>
      mismatchesOf(exchange, { check, expected, result, seen, now: session.clock.now() }),
    );
    const lasting = mismatches.find(({ retryable }) => !retryable);
    if (lasting) return { ...result, flaws: [lasting] };
    inARow = mismatches.length === 0 ? inARow + count : 0;
    if (inARow >= expected.consecutive) {
      const waited = session.clock.now() - began;
      session.log(
        `✓ ${check.name}: ${inARow} answers in a row${waited > 2000 ? `, after ${formatDuration(waited)}` : ""}${seen.size > 0 ? `; before, ${versionsIn(seen)}` : ""}`,
      );
      return result;
    }
    const [flaw] = mismatches;
    if (flaw && last?.problem !== flaw.problem) session.log(`  ${check.name}: ${flaw.problem}`);
    last = flaw ?? last;
    if (session.clock.now() >= session.deadline)
      return {
        ...result,
        flaws: [timedOut(last, { expected, seen, requests: result.requests, waited: session.clock.now() - began })],
      };
    if (flaw) await session.clock.sleep(pause());
  }
}

function versionCheck({ path, json, version }: ExpectedVersion): Check {
  const name = `/${path} (${json} = ${JSON.stringify(version)})`;
  const [check] = parseChecks([{ path, name }], "expect-version", () => undefined);
  if (!check) throw new Error(`${name} is not a check.`);
  return check;
}

interface Looking {
  check: Check;
  expected: ExpectedVersion;
  result: Result;
  /** Other version → how often it has answered. */
  seen: Map<string, number>;
  now: number;
}

function mismatchesOf(exchange: Exchange, { check, expected, result, seen, now }: Looking): Mismatch[] {
  if ("answer" in exchange) result.durations.push(exchange.answer.milliseconds);
  const mismatches = checkResponse(exchange, check, now);
  if (mismatches.length > 0 || !("answer" in exchange)) return mismatches;
  const { text } = exchange.answer;
  const body = parseJson(text);
  if (body === undefined)
    return [
      { problem: `the answer is not JSON: ${excerpt(text)}`, expected: "JSON", found: excerpt(text), retryable: false },
    ];
  const value = valueAt(body, expected.json);
  if (value === expected.version) return [];
  const found = JSON.stringify(value) ?? "missing";
  seen.set(found, (seen.get(found) ?? 0) + 1);
  return [
    {
      problem: `${expected.json} is ${found} instead of ${JSON.stringify(expected.version)}`,
      expected: expected.version,
      found,
      retryable: true,
    },
  ];
}

const versionsIn = (seen: Map<string, number>): string =>
  [...seen].map(([version, times]) => `${version} answered ${times} times`).join(", ");

interface Waited {
  expected: ExpectedVersion;
  seen: Map<string, number>;
  requests: number;
  /** Milliseconds. */
  waited: number;
}

function timedOut(last: Mismatch | undefined, { expected, seen, requests, waited }: Waited): Mismatch {
  const problem = last?.problem ?? `${expected.consecutive} answers in a row take longer than the time that there is`;
  return {
    problem: `${problem} (${requests} requests in ${formatDuration(waited)}${seen.size > 0 ? `; ${versionsIn(seen)}` : ""})`,
    expected: expected.version,
    found: last?.found ?? "too few answers",
    retryable: false,
  };
}
