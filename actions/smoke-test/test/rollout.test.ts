// The smoke test during 1,000 rollouts in simulated time, with old and new tasks behind a load balancer.
import { describe, expect, it } from "vitest";
import type { HttpAnswer, HttpRequest, SendHttp } from "../../shared/src/http.ts";
import type { Lookup } from "../src/addresses.ts";
import { smokeTest } from "./service.ts";

/** Time that advances to the next timer once everything waits. */
class VirtualTime {
  private time = 0;
  private readonly timers: { at: number; wake: () => void }[] = [];

  now = (): number => this.time;

  sleep = (milliseconds: number): Promise<void> =>
    new Promise((wake) => this.timers.push({ at: this.time + milliseconds, wake }));

  /** Advances time until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false };
    const done = work.finally(() => (state.isDone = true));
    while (!state.isDone) {
      // Everything that can run does so before time advances.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.timers.length === 0) continue;
      const next = Math.min(...this.timers.map(({ at }) => at));
      this.time = Math.max(this.time, next);
      for (let index = this.timers.length - 1; index >= 0; index -= 1)
        if (this.timers[index]!.at <= next) this.timers.splice(index, 1)[0]!.wake();
    }
    return done;
  }
}

/** Pseudo-random numbers, the same in each run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

interface Rollout {
  tasks: number;
  /** When each old task stops and each new one starts, milliseconds. */
  stops: number[];
  starts: number[];
  balancing: "random" | "round robin";
  latency: number;
  /** Share of requests that are refused while tasks change. */
  refusalRate: number;
}

function rolloutOf(seed: number): Rollout {
  const next = random(seed);
  const tasks = 1 + Math.floor(next() * 6);
  let time = 0;
  const pairs = Array.from({ length: tasks }, () => {
    time += next() * 3000;
    return { starts: time, stops: time + next() * 2500 };
  });
  return {
    tasks,
    starts: pairs.map(({ starts }) => starts),
    stops: pairs.map(({ stops }) => stops),
    balancing: next() < 0.5 ? "random" : "round robin",
    latency: 5 + next() * 60,
    refusalRate: next() < 0.3 ? 0.05 : 0,
  };
}

function versionAnswer(version: string, milliseconds: number): HttpAnswer {
  const text = JSON.stringify({ commit: version });
  return { status: 200, headers: {}, text, bytes: Buffer.from(text), milliseconds, certificateEnds: undefined };
}

/** The load balancer's name has one address. */
const lookup: Lookup = async () => ["192.0.2.1"];

function loadBalancer(
  { starts, stops, balancing, latency, refusalRate }: Rollout,
  time: VirtualTime,
  chance: () => number,
): SendHttp {
  let turn = 0;
  return async (_request: HttpRequest): Promise<HttpAnswer> => {
    const sentAt = time.now();
    const serving = [
      ...stops.filter((at) => at > sentAt).map(() => "old"),
      ...starts.filter((at) => at <= sentAt).map(() => "new"),
    ];
    turn += 1;
    const version = serving[balancing === "random" ? Math.floor(chance() * serving.length) : turn % serving.length];
    await time.sleep(latency * (0.5 + chance()));
    if (version === undefined || (sentAt < Math.max(...stops) && chance() < refusalRate))
      throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    return versionAnswer(version, time.now() - sentAt);
  };
}

/** Milliseconds from the stop of the last old task to the end of the smoke test; negative: it passed too early. */
async function delayAfterRollout(seed: number, consecutive?: string): Promise<number> {
  const rollout = rolloutOf(seed);
  const time = new VirtualTime();
  const inputs = {
    url: "http://service/",
    "expect-version": "new",
    timeout: "60",
    ...(consecutive ? { "consecutive-versions": consecutive } : {}),
  };
  const { error, waited } = await time.run(
    smokeTest(inputs, { send: loadBalancer(rollout, time, random(seed * 7919)), clock: time, lookup }),
  );
  expect(error, JSON.stringify(rollout)).toBeUndefined();
  return waited - Math.max(...rollout.stops);
}

describe("a smoke test during a rollout", () => {
  it(
    "passes after the last old task has stopped, and within a second: 1,000 rollouts",
    { timeout: 60_000 },
    async () => {
      const delays: number[] = [];
      for (let seed = 1; seed <= 1000; seed += 1) delays.push(await delayAfterRollout(seed));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...delays)).toBeLessThanOrEqual(1000);
    },
  );

  it("would pass too early in a third of the rollouts with three consecutive responses", async () => {
    let early = 0;
    for (let seed = 1; seed <= 100; seed += 1) if ((await delayAfterRollout(seed, "3")) < 0) early += 1;
    expect(early).toBeGreaterThan(25);
  });

  it("polls about four times a second while an old task responds", async () => {
    const time = new VirtualTime();
    let requests = 0;
    const send: SendHttp = async () => {
      requests += 1;
      await time.sleep(10);
      return versionAnswer("old", 10);
    };
    const { error } = await time.run(
      smokeTest({ url: "http://service/", "expect-version": "new", timeout: "60" }, { send, clock: time, lookup }),
    );
    expect(error!.message).toContain('"old" responded');
    expect(requests).toBeGreaterThan(60 * 2.5);
    expect(requests).toBeLessThan(60 * 6);
  });
});
