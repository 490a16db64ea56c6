// Gives a restored database the name of the live one, which keeps its data under another name.
import pg from "pg";
import type { Clock } from "../../../shared/src/clock.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError, sqlState } from "../errors.ts";
import type { SwapInputs } from "../input-types.ts";
import { connect, maintenanceConnection, type Session } from "../postgres/connection.ts";
import { endSessions, type Client } from "../postgres/end-sessions.ts";

export interface SwapDependencies {
  clock: Clock;
  log: Log;
  signal?: AbortSignal | undefined;
}

/** Attempts, each of which waits for up to 5 s: RENAME's own patience with sessions that are about to end. */
const attempts = 12;

/** Milliseconds between two rounds of ending sessions. */
const roundMilliseconds = 100;

/**
 * Renames both databases in one transaction, while another session ends whoever is connected to them. From the moment
 * RENAME waits, it has locked the name: nobody new gets in until it is done, and who tries then reaches the restored
 * database (documentation of PostgreSQL, "ALTER DATABASE").
 *
 * @throws BackupError NOT_CONFIRMED, SWAP_FAILED, IN_USE; nothing is renamed then.
 */
export async function swap(inputs: SwapInputs, dependencies: SwapDependencies): Promise<void> {
  const { connection, from, keepAs, confirm } = inputs;
  const { log } = dependencies;
  const live = connection.database;
  if (confirm !== live) throw new BackupError("NOT_CONFIRMED", `The database is ${live}, but confirm is "${confirm}".`);
  const options = { ...dependencies, failure: "SWAP_FAILED" as const };
  const renaming = await connect(maintenanceConnection(connection), options);
  try {
    await assertNames(renaming, { live, from, keepAs });
    const ending = await connect(maintenanceConnection(connection), options);
    try {
      let before: Client[] = [];
      for (let attempt = 1; ; attempt += 1) {
        const clients = await tryToRename({ renaming, ending }, inputs, dependencies);
        if (clients === undefined) break;
        // A session that was there in the attempt before as well does not end.
        const stubborn = clients.filter(({ pid }) => before.some((one) => one.pid === pid));
        if (stubborn.length > 0 || attempt >= attempts)
          throw inUseError(live, stubborn.length > 0 ? stubborn : clients);
        log(`clients are still connected: ${describe(clients)}; attempt ${attempt + 1} of ${attempts}`);
        before = clients;
      }
    } finally {
      await ending.end();
    }
  } finally {
    await renaming.end();
  }
  log(`${from} is now ${live}; what was ${live} is ${keepAs}, complete and untouched`);
}

async function assertNames(
  { query }: Session,
  { live, from, keepAs }: { live: string; from: string; keepAs: string },
): Promise<void> {
  const rows = await query<{ name: string }>("SELECT datname AS name FROM pg_catalog.pg_database ORDER BY 1");
  const names = rows.map(({ name }) => name);
  const missing = [live, from].filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new BackupError(
      "SWAP_FAILED",
      `There is no database ${missing.join(", and no ")}. If an earlier run has swapped the names, nothing is left to ` +
        `do. The server has ${names.join(", ")}.`,
    );
  if (names.includes(keepAs))
    throw new BackupError("SWAP_FAILED", `There is a database ${keepAs} already: choose another name in keep-as.`);
}

/** @returns the clients that were connected all the same; undefined if both names are swapped. */
async function tryToRename(
  { renaming, ending }: { renaming: Session; ending: Session },
  { connection, from, keepAs }: SwapInputs,
  { clock }: SwapDependencies,
): Promise<Client[] | undefined> {
  const live = connection.database;
  const state = { isDone: false, clients: [] as Client[] };
  const endClients = async () => {
    while (!state.isDone) {
      state.clients = await endSessions(ending, [live, from]);
      await clock.sleep(roundMilliseconds);
    }
  };
  const ended = endClients();
  ended.catch(() => undefined);
  try {
    await renaming.query(
      "BEGIN; " +
        `ALTER DATABASE ${pg.escapeIdentifier(live)} RENAME TO ${pg.escapeIdentifier(keepAs)}; ` +
        `ALTER DATABASE ${pg.escapeIdentifier(from)} RENAME TO ${pg.escapeIdentifier(live)}; COMMIT`,
    );
    return undefined;
  } catch (error) {
    await renaming.query("ROLLBACK");
    // SQLSTATE object_in_use.
    if (sqlState(error) !== "55006") throw error;
    return state.clients;
  } finally {
    state.isDone = true;
    await ended;
  }
}

const describe = (clients: Client[]): string =>
  clients
    .slice(0, 5)
    .map(({ user, application, pid }) => `${user ?? "a server process"} (${application || "no name"}, pid ${pid})`)
    .join(", ");

const inUseError = (live: string, clients: Client[]): BackupError =>
  new BackupError("IN_USE", `${live} or its copy is in use: ${describe(clients)}. Nothing was renamed.`);
