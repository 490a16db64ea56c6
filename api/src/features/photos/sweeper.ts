// Removes from the storage what the database has no photo of any more, and what was uploaded once it has been read: every
// minute, once in the fleet. An object can be written until its upload has expired; it is removed at once, and again after
// that time.
import type { Logger } from "pino";
import type { Connection, Database } from "../../database.ts";
import { each } from "../../each.ts";
import { fleetLocks, withFleetLock } from "../../fleet-lock.ts";
import { startRounds } from "../../rounds.ts";
import { uploadSeconds, type PhotoStorage } from "./storage.ts";
import * as store from "./store.ts";

export interface SweeperParts {
  database: Database;
  storage: PhotoStorage;
  log: Logger;
}

/** Milliseconds. */
const interval = 60_000;
/** An upload that began in time has to end, and to be read. */
export const graceSeconds = uploadSeconds + 300;
const abandonedSeconds = 3600;
const batch = 100;

/** One round. Never throws: the next one may succeed. */
export async function sweep({ database, storage, log }: SweeperParts, ended: AbortSignal): Promise<void> {
  const one = { atOnce: 1, signal: ended };
  try {
    await withFleetLock(database, fleetLocks.photos, async (client) => {
      await store.deleteAbandoned(client, abandonedSeconds);
      await each(await store.photosWithUpload(client, graceSeconds, batch), one, async (id) => {
        await storage.remove(store.uploadKey(id));
        await store.setUploadRemoved(client, id);
      });
      await each(await store.dueRemovals(client, graceSeconds, batch), one, (id) => removeAll(client, storage, id));
    });
  } catch (error) {
    log.warn({ err: (error as Error).cause ?? error }, "photos were not removed; the next round tries again");
  }
}

async function removeAll(client: Connection, storage: PhotoStorage, id: string): Promise<void> {
  for (const key of store.keysOf(id)) await storage.remove(key);
  await store.setRemoved(client, id, graceSeconds);
}

/** @returns what ends it, and waits for the round under way */
export const startSweeper = (parts: SweeperParts): (() => Promise<void>) =>
  startRounds((ended) => sweep(parts, ended), interval);
