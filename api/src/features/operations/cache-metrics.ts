// What would otherwise be silent: that Redis is away, and how many requests were not limited because of it.
import { Counter, Gauge, type Registry } from "prom-client";
import type { Cache } from "../../redis.ts";

/** The same cache, with its state in the metrics. */
export function observeCache(cache: Cache, registry: Registry): Cache {
  const up = new Gauge({
    name: "redis_up",
    help: "1 if each node of Redis that keys can be on answers, otherwise 0.",
    registers: [],
    collect: async () => {
      up.set(
        await cache.ping().then(
          () => 1,
          () => 0,
        ),
      );
    },
  });
  registry.registerMetric(up);
  const unlimited = new Counter({
    name: "rate_limits_skipped_total",
    help: "Requests that Redis did not count because it was away: each task counts failed logins for itself then.",
    registers: [registry],
  });
  return {
    ...cache,
    count: async (key, windowSeconds) => {
      const count = await cache.count(key, windowSeconds);
      if (count === undefined) unlimited.inc();
      return count;
    },
    attempt: async (limits) => {
      const wait = await cache.attempt(limits);
      if (wait === undefined) unlimited.inc();
      return wait;
    },
  };
}
