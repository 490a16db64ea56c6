// Redis, as something that may be away: it holds rate limits, and nobody waits for it.
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, createCluster } from "redis";
import type { Logger } from "pino";
import { within } from "./time-limit.ts";

export interface BackOffPolicy {
  /** So many failures cost nothing; each one after them doubles the wait. */
  free: number;
  firstWaitSeconds: number;
  longestWaitSeconds: number;
  /** Failures are forgotten when there was none for so long. */
  memorySeconds: number;
}

export interface Limit {
  key: string;
  policy: BackOffPolicy;
}

export interface Cache {
  /** Whether each node that keys can be on answers; throws what is wrong. */
  ping(): Promise<void>;
  /** Counts up to now in a window that starts with the first call; undefined when Redis is away. */
  count(key: string, windowSeconds: number): Promise<number | undefined>;
  /** Counts a failure for each limit, up to the first that says wait: for so many seconds; undefined when Redis is away. */
  attempt(limits: Limit[]): Promise<number | undefined>;
  /** Takes the failures that `attempt` counted back; with `clear` those before it, too. */
  succeeded(limits: { key: string; clear: boolean }[]): Promise<void>;
  close(): Promise<void>;
}

export interface CacheSettings {
  /** redis:// or rediss://; `?cluster=true` names the configuration endpoint of a cluster. The output of modules/cache. */
  REDIS_URL: string;
  REDIS_AUTH_TOKEN?: string | undefined;
}

const answerWithin = 500;
const reconnectAfter = (retries: number) => Math.min(100 * 2 ** retries, 5000);

const answered = <T>(work: Promise<T>): Promise<T> => within(answerWithin, work);

export function connectCache(settings: CacheSettings, log: Logger): Cache {
  const url = new URL(settings.REDIS_URL);
  const isCluster = url.searchParams.get("cluster") === "true";
  url.search = "";

  const problems = new Map<string, Error>();
  const options: Connection = {
    url,
    token: settings.REDIS_AUTH_TOKEN,
    lost: (node, error) => {
      // Said once: the client tries again every few seconds and would fill the log.
      if (problems.size === 0)
        log.error({ err: error, node }, "Redis is away: each task counts for itself until it is back");
      problems.set(node, error);
    },
    found: (node) => {
      if (problems.delete(node) && problems.size === 0) log.info("Redis is back");
    },
  };
  const { incr, expire, evaluate, pingAll, close } = isCluster ? connectCluster(options) : connectNode(options);

  return {
    ping: async () => {
      try {
        await answered(pingAll());
      } catch (error) {
        // What is wrong with the connection says more than that a command was not answered.
        throw problems.values().next().value ?? error;
      }
    },
    count: async (key, windowSeconds) => {
      try {
        const count = await answered(incr(key));
        if (count === 1) await answered(expire(key, windowSeconds));
        return count;
      } catch {
        return undefined;
      }
    },
    attempt: async (limits) => {
      try {
        for (const { key, policy } of limits) {
          const waits = [policy.firstWaitSeconds, policy.longestWaitSeconds, policy.memorySeconds];
          const milliseconds = waits.map((seconds) => String(seconds * 1000));
          const wait = await answered(evaluate(countFailure, keysOf(key), [String(policy.free), ...milliseconds]));
          if (Number(wait) > 0) return Number(wait) / 1000;
        }
        return 0;
      } catch {
        return undefined;
      }
    },
    succeeded: async (limits) => {
      const all = limits.map(({ key, clear }) => answered(evaluate(takeBack, keysOf(key), [clear ? "1" : "0"])));
      // What is not taken back is forgotten in time.
      await Promise.allSettled(all);
    },
    close,
  };
}

/** Braces keep both on one shard: https://valkey.io/topics/cluster-spec/#hash-tags */
const keysOf = (key: string) => [`back-off:{${key}}:failures`, `back-off:{${key}}:wait`];

/** In one step, so that of many attempts at once no more than the free ones are made. */
const countFailure = `
local wait = redis.call('PTTL', KEYS[2])
if wait > 0 then return wait end
local failures = redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local over = failures - tonumber(ARGV[1])
if over >= 0 then
  local pause = math.min(tonumber(ARGV[2]) * 2 ^ over, tonumber(ARGV[3]))
  redis.call('SET', KEYS[2], '1', 'PX', string.format('%d', pause))
end
return 0`;
const takeBack = `
redis.call('DEL', KEYS[2])
if ARGV[1] == '1' then
  redis.call('DEL', KEYS[1])
elseif tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then
  redis.call('DECR', KEYS[1])
end
return 0`;

interface Connection {
  url: URL;
  token: string | undefined;
  lost: (node: string, error: Error) => void;
  found: (node: string) => void;
}

interface Commands {
  incr: (key: string) => Promise<number>;
  expire: (key: string, seconds: number) => Promise<unknown>;
  evaluate: (script: string, keys: string[], values: string[]) => Promise<unknown>;
  pingAll: () => Promise<unknown>;
  close: () => Promise<void>;
}

/**
 * The user is named: a server without a token then accepts any, so that tasks run before, while and after the cache gets
 * one. Without a name, such a server refuses a password.
 */
const credentials = (token: string | undefined) =>
  token === undefined ? {} : { username: "default", password: token };

function connectNode({ url, token, lost, found }: Connection): Commands {
  const client = createClient({
    url: url.href,
    ...credentials(token),
    socket: { connectTimeout: 2000, reconnectStrategy: reconnectAfter },
    disableOfflineQueue: true,
  });
  client.on("error", (error: Error) => lost(url.host, error));
  client.on("ready", () => found(url.host));
  client.connect().catch(() => {});
  return {
    incr: (key) => client.incr(key),
    expire: (key, seconds) => client.expire(key, seconds),
    evaluate: (script, keys, values) => client.eval(script, { keys, arguments: values }),
    pingAll: () => client.ping(),
    close: async () => client.destroy(),
  };
}

function connectCluster({ url, token, lost, found }: Connection): Commands {
  const socket = { connectTimeout: 2000, reconnectStrategy: reconnectAfter };
  // rootNodes is only who is asked for the nodes; TLS and token of the connections to these come from the defaults.
  const client = createCluster({
    rootNodes: [{ url: url.href }],
    defaults: { ...credentials(token), socket: url.protocol === "rediss:" ? { ...socket, tls: true } : socket },
  });
  const nameOf = ({ host, port }: { host: string; port: number }) => `${host}:${port}`;
  client.on("error", (error: Error) => lost("discovery", error));
  client.on("connect", () => found("discovery"));
  client.on("node-error", (error: Error, node: { host: string; port: number }) => lost(nameOf(node), error));
  for (const event of ["node-ready", "node-disconnect"])
    client.on(event, (node: { host: string; port: number }) => found(nameOf(node)));

  const closed = new AbortController();
  void connectUntil(closed.signal, () => client.connect());
  return {
    incr: (key) => client.incr(key),
    expire: (key, seconds) => client.expire(key, seconds),
    evaluate: (script, keys, values) => client.eval(script, { keys, arguments: values }),
    pingAll: async () => {
      if (client.masters.length === 0) throw new Error("no node of the cluster has been found yet");
      await Promise.all(client.masters.map(async (node) => (await client.nodeClient(node)).ping()));
    },
    close: async () => {
      closed.abort();
      client.destroy();
    },
  };
}

/** The client of a cluster gives up if its first question is not answered; that of a single node asks again. */
async function connectUntil(closed: AbortSignal, connect: () => Promise<unknown>): Promise<void> {
  for (let retries = 0; !closed.aborted; retries += 1) {
    try {
      await connect();
      return;
    } catch {
      await sleep(reconnectAfter(retries), undefined, { signal: closed, ref: false }).catch(() => {});
    }
  }
}
