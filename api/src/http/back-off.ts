// Who fails again and again waits longer and longer. Redis counts for all tasks; while it is away each task counts for
// itself, which is weaker, and never nothing.
import { createHash } from "node:crypto";
import type { BackOffPolicy, Cache, Limit } from "../redis.ts";

export interface BackOff {
  /** Counts an attempt as a failure until `succeeded` is said: seconds to wait, 0 if it may be made now. */
  attempt(limits: Limit[]): Promise<number>;
  /** Of an attempt. `clear` forgets the failures before it, too. */
  succeeded(limits: (Limit & { clear: boolean })[]): Promise<void>;
}

/** Keys hold addresses of people: what is stored cannot be read back. */
const hidden = <T extends Limit>(limit: T): T => ({
  ...limit,
  key: createHash("sha256").update(limit.key).digest("base64url"),
});

export function createBackOff(cache: Cache, now: () => Date): BackOff {
  const own = createLocalCounts(() => now().getTime());
  return {
    attempt: async (limits) => {
      const keys = limits.map(hidden);
      return (await cache.attempt(keys)) ?? Math.max(0, ...keys.map(own.attempt));
    },
    succeeded: async (limits) => {
      const keys = limits.map(hidden);
      for (const { key, clear } of keys) own.succeeded(key, clear);
      await cache.succeeded(keys);
    },
  };
}

interface Count {
  failures: number;
  waitUntil: number;
  forgetAt: number;
}

/** The same as the script of redis.ts. Of bounded size: who was counted first is forgotten first. */
export function createLocalCounts(milliseconds: () => number, most = 10_000) {
  const counts = new Map<string, Count>();
  return {
    attempt: ({ key, policy }: Limit): number => {
      const at = milliseconds();
      const known = counts.get(key);
      const count = known && known.forgetAt > at ? known : { failures: 0, waitUntil: 0, forgetAt: 0 };
      if (count.waitUntil > at) return (count.waitUntil - at) / 1000;
      count.failures += 1;
      count.forgetAt = at + policy.memorySeconds * 1000;
      if (count.failures >= policy.free) count.waitUntil = at + waitAfter(count.failures, policy) * 1000;
      if (!known && counts.size >= most) counts.delete(counts.keys().next().value ?? "");
      counts.set(key, count);
      return 0;
    },
    succeeded: (key: string, clear: boolean): void => {
      const count = counts.get(key);
      if (!count) return;
      if (clear) counts.delete(key);
      else Object.assign(count, { failures: Math.max(0, count.failures - 1), waitUntil: 0 });
    },
  };
}

const waitAfter = (failures: number, { free, firstWaitSeconds, longestWaitSeconds }: BackOffPolicy) =>
  Math.min(firstWaitSeconds * 2 ** (failures - free), longestWaitSeconds);
