// Redis, as something that may be away: it holds rate limits, and nobody waits for it.
import { createClient, createCluster } from "redis";
import type { Logger } from "pino";

export interface Cache {
  ping(): Promise<void>;
  /** Counts up to now in a window that starts with the first call; undefined when Redis is away. */
  count(key: string, windowSeconds: number): Promise<number | undefined>;
  close(): Promise<void>;
}

const answerWithin = 500;

function within<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${answerWithin} ms`)), answerWithin);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A URL with `?cluster=true` names the configuration endpoint of a cluster (production). */
export function connectCache(url: string, log: Logger): Cache {
  const target = new URL(url);
  const cluster = target.searchParams.get("cluster") === "true";
  target.search = "";
  const socket = { connectTimeout: 2000, reconnectStrategy: (retries: number) => Math.min(100 * 2 ** retries, 5000) };
  const client = cluster
    ? createCluster({ rootNodes: [{ url: target.href }], defaults: { socket } })
    : createClient({ url: target.href, socket, disableOfflineQueue: true });

  let away = false;
  client.on("error", (error: Error) => {
    // Said once: the client tries again every few seconds and would fill the log.
    if (!away) log.warn({ err: error }, "Redis is away: rate limits are off until it is back");
    away = true;
  });
  client.on("ready", () => {
    if (away) log.info("Redis is back");
    away = false;
  });
  client.connect().catch(() => {});

  return {
    ping: async () => {
      await within(client.get("ping"));
    },
    count: async (key, windowSeconds) => {
      try {
        const count = await within(client.incr(key));
        if (count === 1) await within(client.expire(key, windowSeconds));
        return count;
      } catch {
        return undefined;
      }
    },
    close: async () => {
      client.destroy();
    },
  };
}
