// Stores the weather of some places every ten minutes: once in the fleet, whichever task comes first.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "../../database.ts";
import { fleetLocks, withFleetLock } from "../../fleet-lock.ts";
import type { WeatherService } from "./service.ts";
import { lastRecorded, recordWeather } from "./store.ts";
import { ProviderError, type Place } from "./weather.ts";

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
  const { provider } = parts.weather;
  if (!provider) return "no provider";
  try {
    const outcome = await withFleetLock(parts.database, fleetLocks.weather, (client) =>
      recordIfDue(client, provider.name, parts),
    );
    return outcome ?? "another task does it";
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
