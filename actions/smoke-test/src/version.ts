// Waits until the new version answers, and no other: behind a load balancer old tasks still take their turn.
import { formatDuration } from "../../shared/src/clock.ts";
import type { ExpectedVersion, Inputs } from "./inputs.ts";
import { excerpt, judge, parseJson, type Flaw } from "./judge.ts";
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
  let last: Flaw | undefined;
  for (let inARow = 0; ;) {
    const count = inARow === 0 ? 1 : Math.min(atOnce, expected.consecutive - inARow);
    const exchanges = await Promise.all(Array.from({ length: count }, () => ask(check, inputs, session.send)));
    result.requests += count;
    const flaws = exchanges.flatMap((exchange) =>
      flawsOf(exchange, { check, expected, result, seen, now: session.clock.now() }),
    );
    const lasting = flaws.find(({ heals }) => !heals);
    if (lasting) return { ...result, flaws: [lasting] };
    inARow = flaws.length === 0 ? inARow + count : 0;
    if (inARow >= expected.consecutive) {
      const waited = session.clock.now() - began;
      session.log(
        `✓ ${check.name}: ${inARow} answers in a row${waited > 2000 ? `, after ${formatDuration(waited)}` : ""}${seen.size > 0 ? `; before, ${versionsIn(seen)}` : ""}`,
      );
      return result;
    }
    const [flaw] = flaws;
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
  const [check] = parseChecks(
    [{ path, name: `/${path} (${json} = ${JSON.stringify(version)})` }],
    "expect-version",
    () => undefined,
  );
  return check!;
}

interface Looking {
  check: Check;
  expected: ExpectedVersion;
  result: Result;
  /** Other version → how often it has answered. */
  seen: Map<string, number>;
  now: number;
}

function flawsOf(exchange: Exchange, { check, expected, result, seen, now }: Looking): Flaw[] {
  if ("answer" in exchange) result.durations.push(exchange.answer.milliseconds);
  const flaws = judge(exchange, check, now);
  if (flaws.length > 0 || !("answer" in exchange)) return flaws;
  const { text } = exchange.answer;
  const body = parseJson(text);
  if (body === undefined)
    return [
      { problem: `the answer is not JSON: ${excerpt(text)}`, expected: "JSON", found: excerpt(text), heals: false },
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
      heals: true,
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

function timedOut(last: Flaw | undefined, { expected, seen, requests, waited }: Waited): Flaw {
  const problem = last?.problem ?? `${expected.consecutive} answers in a row take longer than the time that there is`;
  return {
    problem: `${problem} (${requests} requests in ${formatDuration(waited)}${seen.size > 0 ? `; ${versionsIn(seen)}` : ""})`,
    expected: expected.version,
    found: last?.found ?? "too few answers",
    heals: false,
  };
}
