// What each mode is asked to do.
import type { TransactionChoice } from "./load/transaction.ts";
import type { Connection } from "./postgres/connection.ts";
import type { Remote } from "./remote-inputs.ts";
import type { Place } from "./storage/layout.ts";
import type { RetentionRules } from "./storage/retention.ts";

export const modes = [
  "backup",
  "verify",
  "restore",
  "prune",
  "check",
  "snapshot",
  "swap",
  "copy-back",
  "protect",
  "release",
] as const;
export type Mode = (typeof modes)[number];

export interface Common {
  place: Place;
  kmsKey: string | undefined;
  /** For stores that do not support bucket names in host names. */
  pathStyle: boolean;
  checksums: boolean;
  /** Whether the store supports If-None-Match and If-Match. */
  conditionalWrites: boolean;
  /** Of each part of an upload; undefined: as the store wants them. */
  partBytes: number | undefined;
  timeoutMinutes: number;
  /** CloudWatch namespace; undefined: no metrics are sent. */
  metrics: string | undefined;
  /** age private key, for encrypted backups. */
  identity: string | undefined;
}

/** How thoroughly a backup is verified: every byte and row, or also a restore. */
export interface VerificationOptions {
  level: "decode" | "restore";
  /** SQL statements that must return true in the restored database. */
  assertions: string[];
}

export interface BackupInputs extends Common, VerificationOptions {
  connection: Connection;
  format: "custom" | "plain";
  /** age public keys; none: no encryption other than the bucket's. */
  recipients: string[];
  allowEmpty: boolean;
  /** How long the dump waits for a table that is locked. */
  lockTimeoutSeconds: number;
  /** How long the lock of a backup stays valid without a heartbeat. */
  lockSeconds: number;
  maxParts: number;
}

export interface BackupSelection extends Common {
  /** "latest", an ID, or a key. */
  backup: string;
  /** Milliseconds since the epoch: only backups with data of this time or earlier. */
  before: number | undefined;
}

export interface VerifyInputs extends BackupSelection, VerificationOptions {}

export interface RestoreInputs extends BackupSelection {
  /** SQL statements that must return true after the restore. */
  assertions: string[];
  /** To the target database. */
  connection: Connection;
  confirm: string;
  /** Restores owners and privileges too; their roles must exist. */
  owners: boolean;
  /** Also takes a backup whose restore failed when it was made, and keeps what can be restored of it. */
  acceptUnproven: boolean;
  /** Whether one transaction restores everything; auto: if the server has enough locks. */
  singleTransaction: TransactionChoice;
  /** Creates the roles of the source that the server lacks. */
  createRoles: boolean;
}

export interface PruneInputs extends Common {
  rules: RetentionRules;
  maxDelete: number;
  dryRun: boolean;
}

export interface CheckInputs extends Common {
  maxAgeHours: number;
  maxShrinkPercent: number;
}

export interface SnapshotInputs {
  instance: string;
  timeoutMinutes: number;
}

export interface DatabaseChange {
  /** To the live database. */
  connection: Connection;
  /** The restored database. */
  from: string;
  /** The name of the live database again. */
  confirm: string;
  timeoutMinutes: number;
}

export interface SwapInputs extends DatabaseChange {
  /** The name under which the live database is kept. */
  keepAs: string;
}

export interface CopyBackInputs extends DatabaseChange {
  /** As in SQL: "orders", "sales.orders". */
  tables: string[];
  dryRun: boolean;
}

/** Of `protect` and `release`. */
export interface ProtectInputs {
  /** To the database, as a role that may take privileges away: the master user. */
  connection: Connection;
  /** The role that may no longer write. */
  role: string;
  reason: string;
  by: string;
  /** The name of the database again. */
  confirm: string;
  timeoutMinutes: number;
}

export type Work =
  | { mode: "backup"; inputs: BackupInputs }
  | { mode: "verify"; inputs: VerifyInputs }
  | { mode: "restore"; inputs: RestoreInputs }
  | { mode: "prune"; inputs: PruneInputs }
  | { mode: "check"; inputs: CheckInputs }
  | { mode: "snapshot"; inputs: SnapshotInputs }
  | { mode: "swap"; inputs: SwapInputs }
  | { mode: "copy-back"; inputs: CopyBackInputs }
  | { mode: "protect"; inputs: ProtectInputs }
  | { mode: "release"; inputs: ProtectInputs };

export interface Inputs {
  work: Work;
  /** undefined: the work is done here. */
  remote: Remote | undefined;
}
