// Work that one task of the fleet does: whoever holds an advisory lock of the database.
import { type Connection, type Database, withConnection } from "./database.ts";

/** Any numbers that nothing else locks: migrations have their own. */
export const fleetLocks = { weather: 20_171_117, notifications: 20_171_118, photos: 20_171_119 } as const;

/**
 * The lock belongs to a connection of the pool for as long as the work takes, and goes with it if it breaks: another
 * task may then begin while the work here goes on, which the work has to bear.
 *
 * @returns what the work returns, undefined if another task is doing it.
 */
export const withFleetLock = <T>(
  database: Database,
  lock: number,
  work: (client: Connection) => Promise<T>,
): Promise<T | undefined> =>
  withConnection(database, async (client) => {
    const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [lock]);
    if (rows[0]?.locked !== true) return undefined;
    const result = await work(client);
    await client.query("SELECT pg_advisory_unlock($1)", [lock]);
    return result;
  });
