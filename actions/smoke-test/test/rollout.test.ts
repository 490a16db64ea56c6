// The smoke test against rollouts in simulated time: old and new tasks behind a load balancer, 1,000 of them.
import { describe, expect, it } from "vitest";
import type { HttpAnswer, HttpRequest, SendHttp } from "../../shared/src/http.ts";
import { smokeTest } from "./service.ts";

/** Time that moves on when everybody waits, to what comes next. */
class VirtualTime {
  private time = 0;
  private readonly timers: { at: number; wake: () => void }[] = [];

  now = (): number => this.time;

  sleep = (milliseconds: number): Promise<void> =>
    new Promise((wake) => this.timers.push({ at: this.time + milliseconds, wake }));

  /** Runs until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false };
    const end = work.finally(() => (state.isDone = true));
    while (!state.isDone) {
      // Everything that can go on does, before time does.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.timers.length === 0) continue;
      const next = Math.min(...this.timers.map(({ at }) => at));
      this.time = Math.max(this.time, next);
      for (let index = this.timers.length - 1; index >= 0; index -= 1)
        if (this.timers[index]!.at <= next) this.timers.splice(index, 1)[0]!.wake();
    }
    return end;
  }
}

/** Numbers that look random and are the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

interface Rollout {
  tasks: number;
  /** When each old task leaves and each new one comes, milliseconds. */
  leaves: number[];
  comes: number[];
  way: "random" | "in turn";
  latency: number;
  /** Share of requests that are cut off while tasks change. */
  trouble: number;
}

function rolloutOf(seed: number): Rollout {
  const next = random(seed);
  const tasks = 1 + Math.floor(next() * 6);
  let time = 0;
  const pairs = Array.from({ length: tasks }, () => {
    time += next() * 3000;
    return { comes: time, leaves: time + next() * 2500 };
  });
  return {
    tasks,
    comes: pairs.map(({ comes }) => comes),
    leaves: pairs.map(({ leaves }) => leaves),
    way: next() < 0.5 ? "random" : "in turn",
    latency: 5 + next() * 60,
    trouble: next() < 0.3 ? 0.05 : 0,
  };
}

function runScenario(
  { comes, leaves, way, latency, trouble }: Rollout,
  time: VirtualTime,
  chance: () => number,
): SendHttp {
  let turn = 0;
  return async (_request: HttpRequest): Promise<HttpAnswer> => {
    const began = time.now();
    const serving = [
      ...leaves.filter((at) => at > began).map(() => "old"),
      ...comes.filter((at) => at <= began).map(() => "new"),
    ];
    turn += 1;
    const version = serving[way === "random" ? Math.floor(chance() * serving.length) : turn % serving.length];
    await time.sleep(latency * (0.5 + chance()));
    if (version === undefined || (began < Math.max(...leaves) && chance() < trouble))
      throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    return {
      status: 200,
      headers: {},
      text: JSON.stringify({ commit: version }),
      milliseconds: time.now() - began,
      certificateEnds: undefined,
    };
  };
}

/** Milliseconds from the last old task's leaving to the end of the test; negative: it has passed too early. */
async function late(seed: number, consecutive?: string): Promise<number> {
  const rollout = rolloutOf(seed);
  const time = new VirtualTime();
  const inputs = {
    url: "http://service/",
    "expect-version": "new",
    timeout: "60",
    ...(consecutive ? { "consecutive-versions": consecutive } : {}),
  };
  const { error, waited } = await time.run(
    smokeTest(inputs, { send: runScenario(rollout, time, random(seed * 7919)), clock: time }),
  );
  expect(error, JSON.stringify(rollout)).toBeUndefined();
  return waited - Math.max(...rollout.leaves);
}

describe("a smoke test while old tasks leave", () => {
  it(
    "never passes before the last has gone, and within a second after: 1,000 rollouts",
    { timeout: 60_000 },
    async () => {
      const all: number[] = [];
      for (let seed = 1; seed <= 1000; seed += 1) all.push(await late(seed));
      expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...all)).toBeLessThanOrEqual(1000);
    },
  );

  it("would pass too early with three answers in a row, in a third of them", async () => {
    let early = 0;
    for (let seed = 1; seed <= 100; seed += 1) if ((await late(seed, "3")) < 0) early += 1;
    expect(early).toBeGreaterThan(25);
  });

  it("asks gently while an old one answers: some four times a second", async () => {
    const time = new VirtualTime();
    let asked = 0;
    const send: SendHttp = async () => {
      asked += 1;
      await time.sleep(10);
      return { status: 200, headers: {}, text: '{"commit":"old"}', milliseconds: 10, certificateEnds: undefined };
    };
    const { error } = await time.run(
      smokeTest({ url: "http://service/", "expect-version": "new", timeout: "60" }, { send, clock: time }),
    );
    expect(error!.message).toContain('"old" answered');
    expect(asked).toBeGreaterThan(60 * 2.5);
    expect(asked).toBeLessThan(60 * 6);
  });
});
