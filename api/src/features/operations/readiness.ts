// Whether this task can serve, and what it finds of what it needs.
import type { Database } from "../../database.ts";
import type { Cache } from "../../redis.ts";
import { within } from "../../time-limit.ts";
import type { PhotoStorage } from "../photos/storage.ts";
import type { Ml } from "../predictions/ml.ts";
import type { WeatherService } from "../weather/service.ts";

export interface Check {
  ok: boolean;
  required: boolean;
  version?: string;
  /** Of the weather, or of what keeps photos; `none` without one. */
  provider?: string;
  problem?: string;
}

export interface Readiness {
  status: "ready" | "not-ready";
  version: string;
  checks: { database: Check; redis: Check; ml: Check; weather: Check; photos: Check };
}

/** @param limit milliseconds for each check; without it, those of the connections */
export type CheckReadiness = (limit?: number) => Promise<Readiness>;

async function check(
  { required, limit }: { required: boolean; limit: number | undefined },
  probe: () => Promise<{ version?: string } | void>,
): Promise<Check> {
  try {
    return { ok: true, required, ...(await (limit === undefined ? probe() : within(limit, probe()))) };
  } catch (error) {
    return { ok: false, required, problem: (error as Error).message };
  }
}

/**
 * The database is required; without Redis there are no rate limits, without ml no predictions, without the weather
 * service only predictions for weather that the caller describes, without the storage no photos, and the rest serves. The
 * weather service and the storage are not asked for this: their checks say what became of the last call.
 */
export function createReadiness(parts: {
  database: Database;
  cache: Cache;
  ml: Ml;
  weather: Pick<WeatherService, "status">;
  photos: Pick<PhotoStorage, "name" | "problem"> | undefined;
  commit: string;
  stopping: () => boolean;
}): CheckReadiness {
  const { cache, ml, weather, photos, commit, stopping } = parts;
  return async (limit) => {
    const [database, redis, mlCheck] = await Promise.all([
      check({ required: true, limit }, async () => {
        await parts.database.query("SELECT 1 FROM users LIMIT 1");
      }),
      check({ required: false, limit }, () => cache.ping()),
      check({ required: false, limit }, async () => ({ version: (await ml.version()).commit })),
    ]);
    const weatherStatus = weather.status();
    const weatherCheck = { ok: weatherStatus.problem === undefined, required: false, ...weatherStatus };
    const problem = photos?.problem();
    const photosCheck = {
      ok: problem === undefined,
      required: false,
      provider: photos?.name ?? "none",
      ...(problem === undefined ? {} : { problem }),
    };
    return {
      status: database.ok && !stopping() ? "ready" : "not-ready",
      version: commit,
      checks: { database, redis, ml: mlCheck, weather: weatherCheck, photos: photosCheck },
    };
  };
}
