// One transaction for a whole restore, or many: a server has only so many locks.
import type { Log } from "../../../shared/src/report.ts";
import { BackupError } from "../errors.ts";
import { connect, type Connection } from "../postgres/connection.ts";
import { locksNeeded, type ArchiveEntry } from "./archive-list.ts";

export type TransactionChoice = boolean | "auto";

export interface Transaction {
  isSingle: boolean;
  /** Locks that one transaction needs, and that the server has; undefined: not known. */
  needed: number | undefined;
  available: number | undefined;
}

/** The share of the lock table that a restore may fill: others on the server need locks too. */
const usableShare = 0.8;

/**
 * The lock table has room for max_locks_per_transaction × (max_connections + max_prepared_transactions) locks
 * (documentation of PostgreSQL, "Lock Management").
 */
const capacityQuery = `SELECT current_setting('max_locks_per_transaction')::int *
  (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) AS locks`;

export async function chooseTransaction(
  connection: Connection,
  entries: readonly ArchiveEntry[],
  { singleTransaction, log }: { singleTransaction: TransactionChoice; log: Log },
): Promise<Transaction> {
  const needed = locksNeeded(entries);
  const session = await connect(connection, { failure: "RESTORE_FAILED" });
  let available: number | undefined;
  try {
    const [row] = await session.query<{ locks: number }>(capacityQuery);
    available = row?.locks;
  } finally {
    await session.end();
  }
  const fits = available === undefined || needed <= available * usableShare;
  const isSingle = singleTransaction === "auto" ? fits : singleTransaction;
  if (!fits)
    log(
      `one transaction would need about ${needed} locks, and the server has ${available} ` +
        `(max_locks_per_transaction): ${isSingle ? "single-transaction: true, tried nevertheless" : "loading without one"}`,
    );
  return { isSingle, needed, available };
}

/** @throws BackupError RESTORE_FAILED: without one transaction, only a database that can be dropped may be filled. */
export function assertLocks(
  { needed, available }: Transaction,
  { connection, isNew }: { connection: Connection; isNew: boolean },
): void {
  if (isNew) return;
  const why =
    needed === undefined || available === undefined
      ? "single-transaction: false"
      : `one transaction needs about ${needed} locks, and the server has ${available}`;
  const perTransaction = needed === undefined ? "" : ` (about ${suggested(needed, available ?? 0)})`;
  throw new BackupError(
    "RESTORE_FAILED",
    `${connection.database} existed before, so it can only be filled in one transaction, and ${why}. Nothing was ` +
      "restored. Give the name of a database that does not exist: it is created, and dropped again if the restore " +
      `fails. Or raise max_locks_per_transaction of the server${perTransaction}, and restart it.`,
  );
}

/** A multiple of 64, PostgreSQL's default. */
const suggested = (needed: number, available: number): number =>
  64 * Math.max(2, Math.ceil(needed / usableShare / Math.max(64, available)));
