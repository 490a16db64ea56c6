// How a backup fails, by codes that do not change, each with what to do next.
import { FailedError } from "../../shared/src/errors.ts";
import type { Outcome } from "../../shared/src/outcome.ts";

/** Code → the next step for whoever is called at night. The README lists them; a test compares. */
export const nextSteps = {
  CONNECT_FAILED:
    "Check host, port and database, and that this place may reach the database (network: ecs runs inside the VPC).",
  AUTH_FAILED: "Check user and password of the backup role; its password is a parameter, set by the migration.",
  CLIENT_VERSION:
    "Install the client of the server's major version, or use an image that carries it (actions/db-backup/image).",
  EMPTY_DATABASE:
    "An empty database is seldom what one wants to keep: check the input database. allow-empty: true backs it up all the same.",
  NOT_READABLE: "Give the backup role what it lacks: GRANT pg_read_all_data TO rainbow_backup.",
  ROW_SECURITY:
    "Rows would be left out without a word. Give the role BYPASSRLS (ALTER ROLE rainbow_backup BYPASSRLS), or back up as the tables' owner.",
  LOCK_TIMEOUT:
    "Something holds a lock on a table (a migration, an ALTER TABLE): pg_stat_activity names it. Run again when it has ended.",
  LOCKED: "Another backup of this database is under way; it ends by itself, and its lock with it. Wait for it.",
  DUMP_FAILED: "pg_dump's own words are above. Nothing was kept of this run.",
  STORE_DENIED:
    "The role of this job may not write or read there. What each mode needs: actions/db-backup/iam-policy.json.",
  STORE_FAILED:
    "S3 did not take or give what it should, after all attempts. Check its state and the network, then run again.",
  CREDENTIALS_EXPIRED:
    "The AWS credentials have run out. Give the role a longer session (role-duration-seconds), or run in the VPC (network: ecs), where they renew themselves.",
  DISK_FULL:
    "There is no space left where the throw-away server keeps its data. Give the task more ephemeral storage, or verify with level decode.",
  NO_BACKUP: "There is no such backup. rainbow-deploy db-backup check lists what there is.",
  CORRUPT:
    "This backup cannot be trusted: do not restore it. Make a new one now, and look into the bucket's history for who changed the object.",
  ROWS_DIFFER:
    "What was dumped is not what was counted in the same snapshot. Do not trust this backup; make a new one, and report this.",
  ASSERTION_FAILED:
    "The data is there, and is not what you said it must be. Look at it in the database that it came from.",
  RESTORE_FAILED:
    "The restoring program's own words are above; the target was left without the backup's data. A role that does not exist: make it first (globals.sql beside the dump has all), or restore with owners: false.",
  TARGET_NOT_EMPTY:
    "Restore into a new database, or empty the target yourself first: nothing that is there is ever overwritten.",
  NOT_CONFIRMED: "Give confirm the name of the target database.",
  DECRYPTION_FAILED:
    "Give identity the private key (AGE-SECRET-KEY-…) of one of the recipients that the manifest names.",
  TOO_OLD:
    "No backup came for too long. Look at the runs of the scheduled workflow (GitHub switches schedules off after 60 quiet days in public repositories), then run one by hand.",
  SHRUNK:
    "The newest backup is much smaller than the one before. If that is right (data was removed), say so with max-shrink-percent: 100 once.",
  TASK_FAILED: "Its log lines are above; the whole log is in CloudWatch, in the task's log group.",
  TIMED_OUT: "Raise timeout-minutes, or find out what it waited for.",
  CANCELLED: "Nothing was kept of this run.",
} as const;

export type Code = keyof typeof nextSteps;

const outcomes: Partial<Record<Code, Outcome>> = { TIMED_OUT: "timed-out", CANCELLED: "cancelled" };

/** "[CODE] what happened", then what to do. */
export class BackupError extends FailedError {
  override name = "FailedError";
  readonly code: Code;

  constructor(code: Code, what: string, options: { cause?: unknown } = {}) {
    super(`[${code}] ${what}\n  Next: ${nextSteps[code]}`, { ...options, outcome: outcomes[code] ?? "failed" });
    this.code = code;
  }
}
