// Stores the weather of some places every ten minutes: once in the fleet, whichever task comes first.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "../../database.ts";
import type { WeatherService } from "./service.ts";
import { lastRecorded, recordWeather } from "./store.ts";
import { ProviderError, type Place } from "./weather.ts";

/** Any number that nothing else locks: migrations have their own. */
const lock = 20_171_117;
const interval = 600_000;
/** A task that comes shortly after another has nothing to do. */
const isRecent = 540_000;

export type Outcome = "recorded" | "failed" | "another task does it" | "not due" | "no provider";

export interface RecorderParts {
  database: Database;
  weather: WeatherService;
  places: readonly Place[];
  log: Logger;
  now: () => Date;
}

/** One round. Never throws: the next one may succeed. */
export async function recordOnce(parts: RecorderParts): Promise<Outcome> {
  if (!parts.weather.provider) return "no provider";
  try {
    const client = await parts.database.connect();
    let isBroken = true;
    try {
      const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [lock]);
      let outcome: Outcome = "another task does it";
      if (rows[0]?.locked === true) {
        outcome = await recordIfDue(client, parts.weather.provider.name, parts);
        await client.query("SELECT pg_advisory_unlock($1)", [lock]);
      }
      isBroken = false;
      return outcome;
    } finally {
      // The lock goes with a connection that broke.
      client.release(isBroken);
    }
  } catch (error) {
    parts.log.warn({ err: error }, "the weather was not stored; the next round tries again");
    return "failed";
  }
}

type Client = Parameters<typeof lastRecorded>[0];

async function recordIfDue(client: Client, provider: string, parts: RecorderParts): Promise<Outcome> {
  const { weather, places, log, now } = parts;
  const last = await lastRecorded(client, provider);
  if (last && now().getTime() - last.getTime() < isRecent) return "not due";
  let outcome: Outcome = "recorded";
  for (const place of places) {
    try {
      const { value } = await weather.observed(place);
      await recordWeather(client, { provider, ...value, at: now() });
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      log.warn({ err: error, place }, "the weather of a place was not stored; the next round tries again");
      outcome = "failed";
    }
  }
  return outcome;
}

/** @returns what ends it */
export function startRecorder(parts: RecorderParts): () => void {
  if (!parts.weather.provider) return () => {};
  const ended = new AbortController();
  const rounds = async () => {
    while (!ended.signal.aborted) {
      await recordOnce(parts);
      // Tasks that started together do not come together.
      await sleep(interval * (0.9 + Math.random() / 5), undefined, { signal: ended.signal, ref: false });
    }
  };
  rounds().catch(() => {});
  return () => ended.abort();
}
