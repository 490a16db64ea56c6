// api as a task runs it: all of its code, with settings from the environment.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { readServiceConfig } from "../../api/src/config.ts";
import { createService } from "../../api/src/service.ts";
import { listen, logTo, version } from "../../api/test/running-api.ts";

export interface Check {
  ok: boolean;
  problem?: string;
}
export interface Ready {
  status: number;
  checks: { database: Check; redis: Check };
}

export type Task = Awaited<ReturnType<typeof startTask>>;

export async function startTask(environment: NodeJS.ProcessEnv) {
  const lines: string[] = [];
  const log = logTo((line) => lines.push(line));
  const service = createService({ config: readServiceConfig(environment), version, log });
  const server = createServer(service.app);
  const url = await listen(server);
  const load = { inFlight: 0 };

  async function ready(): Promise<Ready> {
    const response = await fetch(`${url}/ready`);
    const { checks } = (await response.json()) as Pick<Ready, "checks">;
    return { status: response.status, checks };
  }

  /** What it says as soon as that is expected, or after ten seconds: in the first moment it has not tried yet. */
  async function readyWhen(isExpected: (checks: Ready["checks"]) => boolean): Promise<Ready> {
    for (const deadline = Date.now() + 10_000; ; await sleep(50)) {
      const now = await ready();
      if (isExpected(now.checks) || Date.now() > deadline) return now;
    }
  }

  return {
    url,
    lines,
    readyWhen,

    /** Waits for database and Redis. */
    async connected(): Promise<void> {
      const { checks } = await readyWhen(({ database, redis }) => database.ok && redis.ok);
      if (!checks.database.ok || !checks.redis.ok) throw new Error(JSON.stringify(checks));
    },

    async request(
      method: "GET" | "POST",
      path: string,
      more: { body?: object; token?: string } = {},
    ): Promise<Response> {
      load.inFlight += 1;
      try {
        return await fetch(`${url}${path}`, {
          method,
          headers: {
            "content-type": "application/json",
            ...(more.token === undefined ? {} : { authorization: `Bearer ${more.token}` }),
          },
          ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
        });
      } finally {
        load.inFlight -= 1;
      }
    },

    async metric(name: string): Promise<number> {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
    },

    /** Requests in flight are answered, as by a task that gets SIGTERM. */
    async stop(): Promise<void> {
      while (load.inFlight > 0) await sleep(10);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.close();
    },
  };
}
