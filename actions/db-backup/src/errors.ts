// How a backup fails: stable codes, each with what to do next.
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import type { Outcome } from "../../shared/src/outcome.ts";

/** Code → the next step for the engineer on call. The README lists the codes; a test compares. */
export const nextSteps = {
  CONNECT_FAILED:
    "Check host, port and database, and that the database is reachable from here (network: ecs runs inside the VPC). " +
    "If it only takes long to wake up, raise connect-timeout and connect-retries.",
  AUTH_FAILED: "Check user and password of the backup role; its password is a parameter, set by the migration.",
  CLIENT_VERSION:
    "Install the client of the server's major version, or use an image that contains it (actions/db-backup/image).",
  EMPTY_DATABASE: "Check the input database. To back up an empty database on purpose, set allow-empty: true.",
  NOT_READABLE: "Give the backup role the missing permission: GRANT pg_read_all_data TO rainbow_backup.",
  ROW_SECURITY:
    "Rows would be silently missing. Give the role BYPASSRLS (ALTER ROLE rainbow_backup BYPASSRLS), " +
    "or back up as the owner of the tables.",
  LOCK_TIMEOUT:
    "Something holds a lock on a table (a migration, an ALTER TABLE): see pg_stat_activity. " +
    "Run the backup again when it has finished.",
  LOCKED: "Another backup of this database is running. It releases its lock at the end: wait for it.",
  DUMP_FAILED: "See the error of pg_dump. This run left nothing in the bucket that counts as a backup.",
  STORE_DENIED:
    "The job's role lacks a permission on the bucket, or on the KMS key of its objects. " +
    "What each mode needs: actions/db-backup/iam-policy.json.",
  STORE_FAILED:
    "S3 did not accept or return the data as expected, after all attempts. " +
    "Check its status and the network, then run again.",
  STORE_UNSUPPORTED:
    "Set the input that the message names, or use another store: actions/db-backup/README.md, Other stores. " +
    "Repeating it does not help.",
  ARCHIVED:
    "Run the commands below, if there are any (they need s3:RestoreObject), wait until the copies are there (3 to 12 hours), " +
    "and run this again.",
  CREDENTIALS_EXPIRED:
    "The AWS credentials have expired. Give the role a longer session (role-duration-seconds), " +
    "or run in the VPC (network: ecs), where they are renewed automatically.",
  DISK_FULL:
    "The disk of the ephemeral PostgreSQL instance is full. " +
    "Give the task more ephemeral storage, or verify with level: decode.",
  NO_BACKUP: "There is no such backup. rainbow-deploy db-backup check lists the backups.",
  CORRUPT:
    "Do not restore this backup. Make a new one now, and find out from the version history of the bucket " +
    "who changed the object.",
  ROWS_DIFFER:
    "The dump does not have the rows that were counted in the same snapshot. " +
    "Do not trust this backup; make a new one, and report this as a bug.",
  ASSERTION_FAILED:
    "The backup restores, but the data is not what your assertions expect. Check it in the source database. " +
    "A backup is kept, but does not count as a good one.",
  RESTORE_FAILED:
    "See the error of the restore; none of the backup's data is in the target. What pg_restore alone cannot restore is " +
    "loaded in further passes, if to-database is the name of a new database.",
  RESTORE_UNPROVEN:
    "Its data is kept, every byte of it was read, and it never counts as a good backup. Run what is named below in the " +
    "source, and back up again. To restore it all the same: backup with its ID, and accept-unproven: true.",
  ROLES_MISSING:
    "Set create-roles: true, or run the statements on the target's server, as a role that may create roles (roles.sql " +
    "next to the dump creates all roles of the source). Or set owners: false, which needs the roles of row-level " +
    "security policies and user mappings only.",
  ENCODING_DIFFERS:
    "Drop the target, which is empty: the restore then creates it as the source was. Or create it yourself, as shown.",
  TARGET_NOT_EMPTY:
    "Restore into a new database, or empty the target yourself first: existing data is never overwritten.",
  NOT_CONFIRMED: "Set confirm to the name of the target database.",
  SWAP_FAILED: "See the error; both databases have their old names. rainbow-deploy db-backup swap can be run again.",
  IN_USE:
    "End those sessions as a role that may (pg_terminate_backend; the master user on RDS), or stop what opens them, " +
    "then run the swap again.",
  PROTECT_FAILED:
    "See the error; no privilege has been changed. Connect as the owner of the tables or as the master user " +
    "(the task definition of restores does).",
  COPY_BACK_FAILED: "See the error; no row of the live database has been changed.",
  DECRYPTION_FAILED: "Set identity to the private key (AGE-SECRET-KEY-…) of one of the recipients in the manifest.",
  TOO_OLD:
    "Look at the runs of the scheduled workflow (GitHub disables schedules of public repositories " +
    "after 60 days without activity), then run a backup by hand.",
  SHRUNK:
    "The newest backup is much smaller than the one before. " +
    "If that is expected (data was removed), set max-shrink-percent: 100 once.",
  TASK_FAILED: "See the last log lines of the task; the whole log is in CloudWatch, in the task's log group.",
  TIMED_OUT: "Raise timeout-minutes, or find out what the run was waiting for.",
  CANCELLED: "This run left nothing in the bucket that counts as a backup.",
} as const;

export type Code = keyof typeof nextSteps;

const outcomes: Partial<Record<Code, Outcome>> = { TIMED_OUT: "timed-out", CANCELLED: "cancelled" };

/** "[CODE] what happened", then what to do, then the lines of a program or a log. */
export class BackupError extends FailedError {
  override name = "FailedError";
  readonly code: Code;
  /** What happened: a sentence, and below it what a program said. */
  readonly what: string;
  /** What to do: the code's next step, or that of this cause. */
  readonly next: string;
  private lastGoodLine: string | undefined;

  /** @param options.next what to do about this cause, instead of the code's next step. */
  constructor(code: Code, what: string, options: { cause?: unknown; next?: string | undefined } = {}) {
    const { next = nextSteps[code], ...more } = options;
    super(describe({ code, what, next }), { ...more, outcome: outcomes[code] ?? "failed" });
    this.code = code;
    this.what = what;
    this.next = next;
  }

  /** Which backup is the last good one: the first question after a failure. */
  get lastGood(): string | undefined {
    return this.lastGoodLine;
  }

  set lastGood(line: string | undefined) {
    this.lastGoodLine = line;
    this.message = describe(this, line);
  }
}

/** What happened, on one line and without the next step. */
export const wordsOf = (error: unknown): string =>
  (error instanceof BackupError ? error.what : messageOf(error)).replaceAll(/\s*\n\s*/g, " ");

function describe({ code, what, next }: { code: Code; what: string; next: string }, lastGood?: string): string {
  const [sentence = "", ...lines] = what.split("\n");
  return [`[${code}] ${sentence}`, `Next: ${next}`, ...(lastGood ? [lastGood] : []), ...lines].join("\n");
}

/** The code of PostgreSQL behind an error of a session; undefined: it has none. */
export const sqlState = (error: unknown): string | undefined =>
  ((error instanceof BackupError ? error.cause : undefined) as { code?: string } | undefined)?.code;
