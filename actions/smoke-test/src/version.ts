// Waits until only the new version responds: behind a load balancer, old tasks still receive some of the requests.
import { formatDuration } from "../../shared/src/clock.ts";
import { excerpt, notJson, type Mismatch } from "./check-response.ts";
import { parseCheck, type Check } from "./checks.ts";
import type { ExpectedVersion, Inputs } from "./inputs.ts";
import { numberAt, parseJson, valueAt } from "./json.ts";
import { Probe, type Reply, type Result, type Session } from "./probe.ts";
import type { Exchange } from "./requests.ts";
import { requestedWait } from "./retry.ts";

/** Concurrent requests once the new version has responded. */
const concurrency = 20;

/** Milliseconds between two polls while an old version responds: short, so that its end is detected soon. */
const pollInterval = () => 150 + Math.random() * 200;

/**
 * One request at a time until the new version responds; then many at once, until enough consecutive responses have it,
 * at least one of each address. An old response restarts the count, and requests sent before it arrived do not count.
 */
export async function waitForVersion(expected: ExpectedVersion, inputs: Inputs, session: Session): Promise<Result> {
  const check = versionCheck(expected);
  const others: Others = new Map();
  const examine = (exchange: Exchange) => versionMismatches(exchange, expected, others);
  const probe = new Probe(check, inputs, session, { uniqueQuery: "always", examine });
  const startedAt = session.clock.now();
  let last: Mismatch | undefined;
  for (let consecutive = 0; ;) {
    const isComplete = consecutive >= expected.consecutive && probe.missing === 0;
    const replies = isComplete ? await confirm(probe) : await askMany(probe, expected, consecutive);
    const mismatches = replies.flatMap((reply) => reply.mismatches);
    const permanent = mismatches.find(({ retryable }) => !retryable);
    if (permanent) return probe.finish([permanent]);
    const now = session.clock.now();
    const progress = { expected, others, requests: probe.result.requests, waited: now - startedAt };
    const [mismatch] = mismatches;
    if (isComplete && !mismatch) {
      const result = probe.finish();
      session.log(`✓ ${check.name}: ${[describePassed(consecutive, progress), ...result.notes].join("; ")}`);
      return result;
    }
    consecutive = mismatch ? 0 : consecutive + replies.length;
    last = mismatch ?? last;
    if (mismatch) probe.startRow(mismatch);
    if (now >= session.deadline && (consecutive < expected.consecutive || probe.missing > 0))
      return probe.finish([timedOut(last, progress)]);
    if (!mismatch) continue;
    const wait = requestedWait(
      replies.filter((reply) => reply.mismatches.length > 0).map(({ exchange }) => exchange),
      { now, deadline: session.deadline },
    );
    await session.clock.sleep(wait ?? pollInterval());
  }
}

async function confirm(probe: Probe): Promise<Reply[]> {
  const reply = await probe.confirm();
  return reply ? [reply] : [];
}

/** As many as are missing, but one until the new version has responded. */
function askMany(probe: Probe, expected: ExpectedVersion, consecutive: number): Promise<Reply[]> {
  const missing = Math.max(expected.consecutive - consecutive, probe.missing);
  const count = consecutive === 0 ? 1 : Math.min(concurrency, missing);
  return Promise.all(Array.from({ length: count }, () => probe.send()));
}

function versionCheck({ path, json, version }: ExpectedVersion): Check {
  const name = `/${path} (${json} = ${JSON.stringify(version)})`;
  return parseCheck({ path, name }, "expect-version", () => undefined);
}

/** Another version → the number of its responses, and the addresses that gave them if the name has several. */
type Others = Map<string, { count: number; addresses: Set<string> }>;

function versionMismatches(exchange: Exchange, expected: ExpectedVersion, others: Others): Mismatch[] {
  if (!("response" in exchange)) return [];
  const { text } = exchange.response;
  const body = parseJson(text);
  if (body === undefined) return [{ ...notJson(exchange.response), retryable: false }];
  const value = valueAt(body, expected.json);
  const number = typeof value === "number" ? numberAt(text, expected.json) : undefined;
  if ((number ?? value) === expected.version) return [];
  const found = excerpt(number ?? JSON.stringify(value) ?? "missing");
  const other = others.get(found) ?? { count: 0, addresses: new Set() };
  if (exchange.address !== undefined) other.addresses.add(exchange.address);
  others.set(found, { ...other, count: other.count + 1 });
  return [
    {
      problem: `${expected.json} is ${found} instead of ${JSON.stringify(expected.version)}`,
      expected: expected.version,
      found,
      retryable: true,
      isForeign: value === undefined,
    },
  ];
}

interface Progress {
  expected: ExpectedVersion;
  others: Others;
  requests: number;
  /** Milliseconds. */
  waited: number;
}

/** Versions named; a service may answer with another one each time. */
const mostOthers = 5;

function describeOthers(others: Others): string {
  const named = [...others].slice(0, mostOthers).map(([version, { count, addresses }]) => {
    const where = addresses.size === 0 ? "" : ` at ${[...addresses].slice(0, mostOthers).join(", ")}`;
    return `${version} responded ${count} times${where}`;
  });
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
