// The requests of one check, past the caches on the way and to each address of its host.
import { randomUUID } from "node:crypto";
import type { Clock } from "../../shared/src/clock.ts";
import type { Log } from "../../shared/src/report.ts";
import { sourceOf, type Source } from "./cache.ts";
import { checkResponse, type Mismatch } from "./check-response.ts";
import { isReadOnly, type Check } from "./checks.ts";
import type { Network } from "./connection.ts";
import type { Inputs } from "./inputs.ts";
import { sendCheck, startOf, uniqueParameter, type Exchange, type Variant } from "./requests.ts";
import { routeOf } from "./route.ts";

export interface Session extends Network {
  clock: Clock;
  log: Log;
  /** Milliseconds since the epoch. */
  deadline: number;
}

export interface Context {
  inputs: Inputs;
  session: Session;
}

export interface Result {
  check: Check;
  /** Empty: the check passed. */
  flaws: Mismatch[];
  requests: number;
  /** Milliseconds of each response. */
  durations: number[];
  /** What a reader should know of a check that passed: sentences without a full stop. */
  notes: string[];
  warnOnly: boolean;
}

export const emptyResult = (check: Check, { warnOnly }: Pick<Inputs, "warnOnly">): Result => ({
  check,
  flaws: [],
  requests: 0,
  durations: [],
  notes: [],
  warnOnly: warnOnly || check.warnOnly,
});

export interface Reply {
  exchange: Exchange;
  mismatches: Mismatch[];
  /** The response is a cache's, which does not count. */
  isCached?: boolean;
}

/** An Age of 0 is 2 or more after this, if a cache keeps the response. Milliseconds. */
const confirmationPause = 2000;

export interface ProbeOptions {
  /**
   * When requests get a query parameter with a value of their own, for which no cache can have a response: from the first
   * request on, or once a cache has responded.
   */
  uniqueQuery: "always" | "after a cached response";
  /** What else a response must be. */
  examine?: (exchange: Exchange) => Mismatch[];
}

export class Probe {
  readonly result: Result;
  private readonly check: Check;
  private readonly inputs: Inputs;
  private readonly session: Session;
  private readonly examine: (exchange: Exchange) => Mismatch[];
  private readonly hostname: string;
  /** The version is never believed from a cache. */
  private readonly mayAllowCached: boolean;
  private readonly id = randomUUID().slice(0, 8);
  /** GET and HEAD, which may be sent more often than the check says. */
  private readonly isRepeatable: boolean;
  private uniqueQuery: ProbeOptions["uniqueQuery"] | "never";
  private acceptsQuery = false;
  private sentWithoutQuery = false;
  private cached: { count: number; evidence: string } = { count: 0, evidence: "" };
  /** Of the addresses, when the present row of passes began. */
  private rowStart: number;
  private isUnclear = false;

  constructor(check: Check, inputs: Inputs, session: Session, { uniqueQuery, examine }: ProbeOptions) {
    this.check = check;
    this.inputs = inputs;
    this.session = session;
    this.examine = examine ?? (() => []);
    this.mayAllowCached = uniqueQuery !== "always";
    this.result = emptyResult(check, inputs);
    const start = startOf(check, inputs);
    this.hostname = routeOf(start, inputs).hostname;
    this.rowStart = session.addresses.position;
    this.isRepeatable = isReadOnly(check.method);
    // A query that is there already may be signed.
    const canChange = uniqueQuery === "always" || (this.isRepeatable && start.search === "");
    this.uniqueQuery = check.allowCached || !canChange ? "never" : uniqueQuery;
  }

  /** One request, and what is wrong with its response. */
  async send(): Promise<Reply> {
    if (this.uniqueQuery !== "always") return this.request({});
    const reply = await this.request({ unique: `${this.id}-${this.result.requests}` });
    if (!("response" in reply.exchange) || reply.isCached) return reply;
    if (isForeign(reply)) return this.acceptsQuery ? reply : this.sendWithoutQuery(reply);
    if (!this.check.status.includes(reply.exchange.response.status)) return reply;
    const wasDoubted = !this.acceptsQuery && this.sentWithoutQuery;
    this.acceptsQuery = true;
    // Then the responses without it were the ones of other tasks, or of a cache.
    return wasDoubted ? { ...reply, mismatches: [...reply.mismatches, acceptedAfterAll] } : reply;
  }

  /**
   * A router may not know the parameter, and respond with an error, a redirect, or another page. As long as none of its
   * tasks accepts it, the response without it counts, of the same address.
   */
  private async sendWithoutQuery(foreign: Reply): Promise<Reply> {
    const { startedAt } = foreign.exchange;
    const plain = await this.request({ address: startedAt });
    if (isForeign(plain)) return plain;
    if (!this.sentWithoutQuery)
      this.session.addresses.note(
        `  ${this.check.name}: the service does not accept the query parameter ${uniqueParameter} (${foreign.mismatches[0]?.problem}), requests are sent without it too`,
      );
    this.sentWithoutQuery = true;
    return plain;
  }

  /** After a mismatch a new row of passes begins, in which each address must respond. Each problem is logged once. */
  startRow({ problem }: Mismatch): void {
    const line = `  ${this.check.name}: ${problem}`;
    // A cached response is older every second, and one line is enough.
    this.session.addresses.note(line, line.replace(/\bage: \d+/, "age"));
    this.rowStart = this.session.addresses.position;
    this.isUnclear = false;
  }

  /** How many addresses have had no request in the present row of passes. */
  get missing(): number {
    return this.isRepeatable ? this.session.addresses.missing(this.hostname, this.rowStart) : 0;
  }

  /** After a complete row: one more request, later, if the row does not show whether a cache answered. */
  async confirm(): Promise<Reply | undefined> {
    if (!this.isUnclear) return undefined;
    await this.session.clock.sleep(confirmationPause);
    return this.send();
  }

  /** The result, with `notes` and what is to be said about caches and addresses. */
  finish(flaws: Mismatch[] = [], notes: string[] = []): Result {
    const { count, evidence } = this.cached;
    const { addresses } = this.session;
    const [used, skipped] = [addresses.inUse(this.hostname).length, addresses.skipped(this.hostname)];
    const responses = count === 1 ? "one cached response" : `${count} cached responses`;
    return {
      ...this.result,
      flaws,
      notes: [
        ...notes,
        ...(count > 0 ? [`${responses} ${this.check.allowCached ? "counted" : "did not count"} (${evidence})`] : []),
        ...(used > 1 && this.missing === 0 ? [`requests to ${used} addresses`] : []),
        ...(skipped.length > 0 ? [`no connection to ${skipped.join(", ")}`] : []),
      ],
    };
  }

  private async request(variant: Variant): Promise<Reply> {
    const { check, inputs, session, result } = this;
    result.requests += 1;
    const exchange = await sendCheck(check, { inputs, network: session, ...variant });
    if (!("response" in exchange)) return { exchange, mismatches: this.mismatchesOf(exchange) };
    result.durations.push(exchange.response.milliseconds);
    const source = sourceOf(exchange.response.headers);
    const mismatches = this.mismatchesOf(exchange);
    if (source.kind === "unclear") this.isUnclear = this.isRepeatable && !check.allowCached;
    if (source.kind !== "cache") return { exchange, mismatches };
    this.cached = { count: this.cached.count + 1, evidence: source.evidence };
    if (check.allowCached) return { exchange, mismatches };
    if (this.uniqueQuery === "after a cached response") this.uniqueQuery = "always";
    return { exchange, mismatches: [this.cachedMismatch(source, mismatches[0])], isCached: true };
  }

  private mismatchesOf(exchange: Exchange): Mismatch[] {
    const found = checkResponse(exchange, this.check, this.session.clock.now());
    const mismatches = found.length > 0 ? found : this.examine(exchange);
    const { address } = exchange;
    return address === undefined
      ? mismatches
      : mismatches.map((mismatch) => ({ ...mismatch, problem: `${mismatch.problem} (at ${address})` }));
  }

  /** What a cache says can be old, right or wrong. */
  private cachedMismatch({ evidence }: Source, said: Mismatch | undefined): Mismatch {
    const remedies = [
      "send the requests to the load balancer itself, with `resolve` or `host`",
      "exclude the path from the cache",
      ...(this.mayAllowCached ? ["set `allow-cached: true` for this check"] : []),
    ];
    const content = said ? `, with ${said.problem}` : "";
    return {
      problem: `a cache responded instead of the service (${evidence})${content}; ${remedies.join(", or ")}`,
      expected: said?.expected ?? "a response of the service",
      found: said?.found ?? evidence,
      retryable: true,
    };
  }
}

const acceptedAfterAll: Mismatch = {
  problem: `some tasks accept the query parameter ${uniqueParameter} and others do not`,
  expected: "all tasks alike",
  found: "different ones",
  retryable: true,
};

/** Something else than what is at the path: not a transient error, not a wrong version, not what a cache has kept. */
const isForeign = ({ exchange, mismatches }: Reply): boolean =>
  "response" in exchange &&
  exchange.response.status < 500 &&
  mismatches.some(({ retryable, isForeign = false }) => !retryable || isForeign);
