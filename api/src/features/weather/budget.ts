// Calls that a service allows in a minute, an hour and a day, counted for the whole fleet: its tasks share an address
// or a key.
import type { Cache } from "../../redis.ts";
import { ProviderError } from "./weather.ts";

export interface Limit {
  calls: number;
  seconds: number;
}

/** Without Redis, a task keeps to its share: as many tasks as production may have. */
const mostTasks = 12;

/** Counts by the clock, as the services do: a new day starts at midnight UTC. @returns what to call before each call */
export function createBudget(parts: {
  name: string;
  limits: readonly Limit[];
  cache: Pick<Cache, "count">;
  now: () => Date;
}): () => Promise<void> {
  const { name, limits, cache, now } = parts;
  const windows = limits.toSorted((a, b) => a.seconds - b.seconds).map((limit) => ({ ...limit, current: -1, mine: 0 }));

  return async () => {
    const seconds = now().getTime() / 1000;
    // The shortest first: what it refuses does not count for the others.
    for (const window of windows) {
      const current = Math.floor(seconds / window.seconds);
      if (window.current !== current) Object.assign(window, { current, mine: 0 });
      window.mine += 1;
      const all = await cache.count(`weather:${name}:${window.seconds}:${current}`, window.seconds);
      const isOver = all === undefined ? window.mine > window.calls / mostTasks : all > window.calls;
      if (!isOver) continue;
      throw new ProviderError("quota", `${name} is not asked more than ${window.calls} times in ${window.seconds} s.`, {
        retryAfter: Math.ceil(window.seconds - (seconds % window.seconds)),
      });
    }
  };
}
