// The proof that a backup can be restored: a restore into an ephemeral PostgreSQL instance. It only decides how good a
// backup is, never whether its data is kept.
import { text } from "node:stream/consumers";
import { secondsSince } from "../../../shared/src/clock.ts";
import { messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError } from "../errors.ts";
import { createEphemeralDatabase } from "../load/ephemeral-database.ts";
import { isAboutOwners, type Failure } from "../load/failures.ts";
import { loadDump } from "../load/load.ts";
import { describeObjects, leftOversOf, objectLines } from "../load/left-overs.ts";
import { applySettings } from "../postgres/apply-state.ts";
import { withEphemeralPostgres, type EphemeralPostgresOptions } from "../postgres/ephemeral-postgres.ts";
import { createGlobals, parseGlobals } from "../postgres/globals.ts";
import { describeLocale } from "../postgres/locale.ts";
import type { RestoreProof, StoredBackup, Verification } from "../storage/manifest.ts";
import { openStored, type ReadOptions } from "../storage/open-stored.ts";
import { checkContents } from "./contents.ts";

export interface ProofOptions extends EphemeralPostgresOptions, ReadOptions {
  log: Log;
}

/** Without a verification the restore failed, or could not be tried; `error` has the reason of a failure. */
export interface Proof {
  verification: Verification | undefined;
  restore: RestoreProof | undefined;
  error: BackupError | undefined;
}

/** @throws BackupError if the stored bytes are not what was stored, or if the run was stopped. */
export async function proveByRestore(
  backup: StoredBackup,
  assertions: string[],
  options: ProofOptions,
): Promise<Proof> {
  const state: { substitute: string | undefined; objects: RestoreProof["objects"] } = {
    substitute: undefined,
    objects: [],
  };
  try {
    return { ...(await restoreAndCheck(backup, assertions, { ...options, state })), error: undefined };
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    const error =
      cause instanceof BackupError
        ? cause
        : new BackupError("RESTORE_FAILED", `The restore was not finished: ${messageOf(cause)}`, { cause });
    if (endsTheRun.has(error.code)) throw error;
    const { objects, substitute } = state;
    const why = objects.length > 0 ? error.what.replace(/\n[^]*/, "") : error.what;
    if (substitute !== undefined && objects.length > 0) {
      const because = `This machine lacks the locale of the database, and with ${substitute} it cannot be restored: ${why}`;
      return { verification: undefined, restore: { outcome: "skipped", why: because, objects }, error: undefined };
    }
    return { verification: undefined, restore: { outcome: "failed", why, objects, code: error.code }, error };
  }
}

/** The bucket, and what is in it: no backup at all. */
const endsTheRun: ReadonlySet<string> = new Set([
  "CANCELLED",
  "TIMED_OUT",
  "CORRUPT",
  "DECRYPTION_FAILED",
  "STORE_DENIED",
  "CREDENTIALS_EXPIRED",
]);

/** For the mode verify, which has nothing to keep. @throws BackupError if the backup cannot be restored here. */
export async function verifyByRestore(
  backup: StoredBackup,
  assertions: string[],
  options: ProofOptions,
): Promise<Verification> {
  const { verification, restore, error } = await proveByRestore(backup, assertions, options);
  if (error) throw error;
  if (!verification) throw new BackupError("RESTORE_FAILED", restore?.why ?? "The restore was not finished.");
  if (restore) for (const line of [restore.why, ...objectLines(restore.objects)]) options.log(`warning: ${line}`);
  return verification;
}

async function restoreAndCheck(
  backup: StoredBackup,
  assertions: string[],
  { state, ...options }: ProofOptions & { state: { substitute: string | undefined; objects: RestoreProof["objects"] } },
): Promise<{ verification: Verification; restore: RestoreProof | undefined }> {
  const { clock, log, store, signal } = options;
  const began = clock.now();
  const { databaseState } = backup;
  return withEphemeralPostgres(options, async (server) => {
    if (backup.globals)
      await createGlobals(parseGlobals(await text(await openStored(store, backup.globals, signal))), server, log);
    const { connection, substitute } = await createEphemeralDatabase(server, databaseState?.locale);
    state.substitute = substitute;
    const loaded = await loadDump(backup, connection, {
      ...options,
      // Without globals.sql nobody knows the roles.
      owners: backup.globals !== undefined,
      tablespaces: true,
      singleTransaction: "auto",
      isNew: true,
      inPasses: true,
    });
    const failed = loaded.failed.filter((failure) => !isAboutOwners(failure));
    if (failed.length > 0) {
      state.objects = await leftOversOf(failed, connection, databaseState);
      throw new BackupError("RESTORE_FAILED", describeObjects(failed, state.objects));
    }
    if (databaseState) await applySettings(databaseState, { connection, owners: false, log });
    const { rows, problem } = await checkContents(backup, connection, { ...options, assertions });
    if (problem) throw problem;
    const objects = await leftOversOf([...loaded.late, ...loaded.failed], connection, databaseState);
    return {
      verification: {
        level: "restore",
        at: new Date(clock.now()).toISOString(),
        tables: Object.keys(backup.rows).length,
        rows,
        duration: secondsSince(began, clock),
      },
      restore: remarks({
        ...loaded,
        objects,
        locale: databaseState && describeLocale(databaseState.locale),
        substitute,
      }),
    };
  });
}

interface Remarkable {
  late: Failure[];
  failed: Failure[];
  searchPath: string | undefined;
  objects: RestoreProof["objects"];
  locale: string | undefined;
  substitute: string | undefined;
}

/** What there is to say about a restore that succeeded. */
function remarks({ late, failed, searchPath, objects, locale, substitute }: Remarkable): RestoreProof | undefined {
  const count = (failures: Failure[]) => new Set(failures.map(({ entry }) => entry)).size;
  const why = [
    ...(late.length === 0
      ? []
      : [`Stock pg_restore cannot restore ${count(late)} entries of this backup; db-backup can, in further passes.`]),
    ...(searchPath === undefined
      ? []
      : [`Stock psql cannot restore this backup; db-backup can, with search_path ${searchPath}.`]),
    ...(failed.length === 0 ? [] : [`Owners or privileges of ${count(failed)} entries cannot be restored.`]),
    ...(substitute === undefined
      ? []
      : [`This machine lacks the locale of the database (${locale}); it was restored with ${substitute}.`]),
  ].join(" ");
  return why === ""
    ? undefined
    : { outcome: "restored", why, objects, ...(searchPath === undefined ? {} : { searchPath }) };
}
