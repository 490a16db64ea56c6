// Whether this task can serve, and what it finds of what it needs.
import type { Database } from "../../database.ts";
import type { Cache } from "../../redis.ts";
import type { Ml } from "../predictions/ml.ts";

export interface Check {
  ok: boolean;
  required: boolean;
  version?: string;
  problem?: string;
}

export interface Readiness {
  status: "ready" | "not-ready";
  version: string;
  checks: { database: Check; redis: Check; ml: Check };
}

export type CheckReadiness = () => Promise<Readiness>;

async function check(required: boolean, probe: () => Promise<{ version?: string } | void>): Promise<Check> {
  try {
    return { ok: true, required, ...(await probe()) };
  } catch (error) {
    return { ok: false, required, problem: (error as Error).message };
  }
}

/** The database is required; without Redis there are no rate limits, without ml no predictions, and the rest serves. */
export function createReadiness(parts: {
  database: Database;
  cache: Cache;
  ml: Ml;
  commit: string;
  stopping: () => boolean;
}): CheckReadiness {
  const { cache, ml, commit, stopping } = parts;
  return async () => {
    const [database, redis, mlCheck] = await Promise.all([
      check(true, async () => {
        await parts.database.query("SELECT 1 FROM users LIMIT 1");
      }),
      check(false, () => cache.ping()),
      check(false, async () => ({ version: (await ml.version()).commit })),
    ]);
    return {
      status: database.ok && !stopping() ? "ready" : "not-ready",
      version: commit,
      checks: { database, redis, ml: mlCheck },
    };
  };
}
