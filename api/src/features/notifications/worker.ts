// Runs every few minutes, once in the fleet, whichever task comes first.
import type { Connection } from "../../database.ts";
import { fleetLocks, withFleetLock } from "../../fleet-lock.ts";
import { startRounds } from "../../rounds.ts";
import { runOnce, type RunOutcome, type RunParts } from "./run.ts";

export type Outcome = RunOutcome | "failed" | "another task does it" | "not due";

export interface WorkerParts extends RunParts {
  /** Milliseconds. */
  interval: number;
}

const name = "notifications";
/** Part of the interval: a task that comes shortly after another has nothing to do. */
const recent = 0.9;
/** A run leaves time for the next one, and ends long before its claims count as interrupted (run.ts). */
const timeOf = (interval: number) => Math.min(0.8 * interval, 420_000);

/** One round. Never throws: the next one may succeed. */
export async function runIfDue(parts: WorkerParts, ended: AbortSignal): Promise<Outcome> {
  const { database, interval, metrics, log, now } = parts;
  try {
    const outcome = await withFleetLock(database, fleetLocks.notifications, async (client) => {
      const last = await lastRun(client);
      if (last?.endedAt) metrics.lastRun(last.endedAt);
      if (last && now().getTime() - last.begunAt.getTime() < recent * interval) return "not due";
      await client.query(
        `INSERT INTO fleet_work (name, begun_at) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET begun_at = EXCLUDED.begun_at`,
        [name, now()],
      );
      const result = await runOnce(parts, AbortSignal.any([ended, AbortSignal.timeout(timeOf(interval))]));
      metrics.runs.inc({ outcome: result });
      await client.query("UPDATE fleet_work SET ended_at = $2 WHERE name = $1", [name, now()]);
      metrics.lastRun(now());
      return result;
    });
    return outcome ?? "another task does it";
  } catch (error) {
    metrics.runs.inc({ outcome: "failed" });
    log.warn({ err: error }, "notifications failed; the next round tries again");
    return "failed";
  }
}

async function lastRun(client: Connection): Promise<{ begunAt: Date; endedAt: Date | null } | undefined> {
  const { rows } = await client.query<{ begunAt: Date; endedAt: Date | null }>(
    `SELECT begun_at AS "begunAt", ended_at AS "endedAt" FROM fleet_work WHERE name = $1`,
    [name],
  );
  return rows[0];
}

/** @returns what ends it, and waits for what is being sent */
export function startWorker(parts: WorkerParts): () => Promise<void> {
  if (!parts.weather.provider) {
    parts.log.info("without a weather provider nobody is notified");
    return async () => {};
  }
  if (!parts.sender) parts.log.warn("FIREBASE_SERVICE_ACCOUNT_KEY is not set: notifications are recorded and not sent");
  return startRounds((ended) => runIfDue(parts, ended), parts.interval);
}
