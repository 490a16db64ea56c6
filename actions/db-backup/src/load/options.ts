// What a load is given, and what it leaves.
import type { Log } from "../../../shared/src/report.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Programs } from "../postgres/programs.ts";
import type { ReadOptions } from "../storage/open-stored.ts";
import type { Failure } from "./failures.ts";
import type { TransactionChoice } from "./transaction.ts";

export interface LoadOptions extends ReadOptions {
  programs: Programs;
  log: Log;
  /** Restores owners and privileges too. */
  owners: boolean;
  /** Restores tables into the tablespaces of the source, which then must exist. */
  tablespaces: boolean;
  singleTransaction: TransactionChoice;
  /** The database was made by this run, which drops it if this fails: nobody sees what is only loaded in part. */
  isNew: boolean;
  /** Goes on with what pg_restore alone cannot restore. Needs a new database. */
  inPasses: boolean;
  /** The backup says that pg_restore alone cannot restore it. */
  isKnownToFail?: boolean;
  /** Around a load that is not in one transaction, with the connection for it. */
  whileIncomplete?: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;
}

export interface Loaded {
  /** What stock pg_restore could not restore, and a further pass could: why it failed at first. */
  late: Failure[];
  /** What is not restored. */
  failed: Failure[];
  /** With which search_path a plain dump was loaded; undefined: as it is. */
  searchPath: string | undefined;
}
