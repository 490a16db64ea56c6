// A backup, in the order in which nothing can be lost: inspect, lock, snapshot, dump, complete the upload, read back,
// and only then write the manifest.
import { randomUUID } from "node:crypto";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { formatMegabytes } from "../../../shared/src/size.ts";
import { BackupError } from "../errors.ts";
import type { BackupInputs } from "../input-types.ts";
import { connect, type Session } from "../postgres/connection.ts";
import { assertComplete, inspect } from "../postgres/inspect.ts";
import { findMissing } from "../load/ephemeral-database.ts";
import { findPrograms, type Programs } from "../postgres/programs.ts";
import { backupFolder, folderOf, manifestName } from "../storage/layout.ts";
import { takeLock } from "../storage/lock.ts";
import {
  totalRows,
  type Manifest,
  type RestoreProof,
  type StoredBackup,
  type Verification,
} from "../storage/manifest.ts";
import type { Store } from "../storage/store.ts";
import { sealSettings } from "../storage/sealed-settings.ts";
import { storeScripts } from "../storage/scripts.ts";
import { abortIncompleteUploads } from "../storage/upload.ts";
import type { BackupDependencies } from "./backup-dependencies.ts";
import { type DumpTarget } from "./dump.ts";
import { proveByRestore } from "./prove.ts";
import { readBack, type ReadBackOptions } from "./verify.ts";
import { encryptionFor, storeDump, type DatabaseSource, type Source } from "./store-dump.ts";

export async function makeBackup(
  inputs: BackupInputs,
  id: string,
  dependencies: BackupDependencies,
): Promise<Manifest> {
  const { store, clock, log, timeline } = dependencies;
  const endsAt = clock.now() + inputs.timeoutMinutes * 60_000;
  const session = await timeline.phase("Look", () =>
    connect(inputs.connection, { ...dependencies, failure: "DUMP_FAILED" }),
  );
  try {
    const source = await timeline.phase("Preflight", () => preflight(inputs, session, dependencies));
    const lock = await takeLock(store, inputs.place, { run: id, seconds: inputs.lockSeconds, clock, log });
    try {
      const aborted = await abortIncompleteUploads(store, folderOf(inputs.place));
      if (aborted > 0) log(`incomplete uploads of killed runs removed: ${aborted}`);
      const signal = AbortSignal.any([lock.lost, ...(dependencies.signal ? [dependencies.signal] : [])]);
      return await writeBackup(inputs, id, { ...source, session, endsAt, dependencies: { ...dependencies, signal } });
    } finally {
      await lock.release();
    }
  } finally {
    await session.end();
  }
}

/** Finds everything that can be known to fail, within seconds and before anything is written. */
async function preflight(
  { connection, allowEmpty, level }: BackupInputs,
  session: Session,
  dependencies: BackupDependencies,
): Promise<Source> {
  const { run, log, store } = dependencies;
  const inspection = await inspect(session);
  const programs = await findPrograms(inspection.major, run);
  assertComplete(inspection, { allowEmpty, ...connection });
  await assertCredentialsLast(store);
  const { version, tables, databaseBytes } = inspection;
  log(
    `${connection.database}: PostgreSQL ${version}, ${tables.length} tables, ${formatMegabytes(databaseBytes)}; ` +
      `pg_dump ${programs.version}`,
  );
  const missing = level === "restore" ? await findMissing(session, { ...dependencies, programs }) : [];
  for (const sentence of missing) log(`warning: no restore can prove this backup: ${sentence}`);
  return { inspection, programs, missing };
}

/** Refuses credentials that expire within a minute, before the backup begins. */
async function assertCredentialsLast({ settings }: Store): Promise<void> {
  const { expiration } = await settings.s3.config.credentials().catch((cause: unknown) => {
    throw new BackupError("STORE_DENIED", `There are no AWS credentials: ${(cause as Error).message}`, { cause });
  });
  if (expiration !== undefined && expiration.getTime() - settings.clock.now() < 60_000)
    throw new BackupError("CREDENTIALS_EXPIRED", `The AWS credentials expire at ${expiration.toISOString()}.`);
}

async function writeBackup(
  inputs: BackupInputs,
  id: string,
  source: DatabaseSource & { endsAt: number },
): Promise<Manifest> {
  const { inspection, programs, missing, endsAt, dependencies } = source;
  const { store, timeline, log } = dependencies;
  const folder = backupFolder(inputs.place, id);
  if ((await store.list(folder)).length > 0) throw nameTakenError(folder);
  // For verification this run has a key of its own, which is never stored.
  const identity = inputs.recipients.length > 0 ? await generateIdentity() : undefined;
  const target = await targetOf(inputs, { folder, programs, identity });
  const { stored, snapshotAt, uncounted, warnings } = await storeDump(inputs, id, { target, source });
  log(`${formatMegabytes(stored.object.bytes)} stored; reading it back`);
  const options = { ...dependencies, programs, identity, uncounted };
  const { rows, verification } = await timeline.phase("Read back", () => readBack(stored, options));
  const backup = { ...stored, rows };
  const proving = { ...options, decoded: verification, missing, endsAt, dependencies };
  const proof = await verifyBackup(backup, inputs, proving);
  const { verified, restore } = proof;
  const { database } = inputs.place;
  const server = { version: inspection.version, major: inspection.major };
  const manifest: Manifest = {
    schema: "rainbow-backup/1",
    database,
    snapshotAt: snapshotAt.toISOString(),
    server,
    client: { version: programs.version },
    ...backup,
    databaseState: await sealSettings(backup.databaseState, inputs.recipients),
    scripts: await storeScripts(
      { ...backup, database, server, ...(restore && { restore }) },
      { store, ...inputs, ...target },
    ),
    extensions: inspection.extensions,
    databaseBytes: inspection.databaseBytes,
    verified,
    ...(restore && { restore }),
    warnings,
    durations: timeline.seconds,
    tool: dependencies.tool,
  };
  if (dependencies.signal?.aborted) throw new BackupError("CANCELLED", "Stopped before the manifest was written.");
  const isNew = await store.putIf(`${folder}${manifestName}`, `${JSON.stringify(manifest, null, 2)}\n`);
  if (!isNew) throw nameTakenError(`${folder}${manifestName}`);
  const how = verified.level === "restore" ? "restored into an ephemeral PostgreSQL instance" : "read back";
  log(`${id}: ${totalRows(rows)} rows of ${Object.keys(rows).length} tables, ${how} and counted`);
  return manifest;
}

async function targetOf(
  { format, recipients }: BackupInputs,
  { folder, programs, identity }: { folder: string; programs: Programs; identity: string | undefined },
): Promise<DumpTarget> {
  return {
    folder,
    writer: randomUUID(),
    // Where pg_dump has no zstd, and a plain dump is not compressed at all: then it is compressed here.
    compression: format === "custom" && programs.zstd ? "none" : "zstd",
    encryption: encryptionFor(identity === undefined ? [] : [...recipients, await identityToRecipient(identity)]),
  };
}

const nameTakenError = (key: string): BackupError =>
  new BackupError("STORE_FAILED", `${key} exists already: another run has the same name.`);

/**
 * A restore is worth its time only for a dump that decodes. One that fails leaves a backup whose every byte was read, and
 * the manifest says so.
 */
async function verifyBackup(
  backup: StoredBackup,
  { level, assertions }: BackupInputs,
  options: ReadBackOptions & {
    decoded: Verification;
    missing: string[];
    endsAt: number;
    dependencies: BackupDependencies;
  },
): Promise<{ verified: Verification; restore: RestoreProof | undefined }> {
  const { decoded, missing, endsAt, dependencies } = options;
  if (level === "decode") return { verified: decoded, restore: undefined };
  if (missing.length > 0)
    return { verified: decoded, restore: { outcome: "skipped", why: missing.join(" "), objects: [] } };
  // It ends before the run does, so that there is time to keep the backup without it.
  const limit = AbortSignal.timeout(Math.max(1000, Math.round((endsAt - dependencies.clock.now()) * 0.8)));
  const signal = dependencies.signal ? AbortSignal.any([dependencies.signal, limit]) : limit;
  try {
    const { verification = decoded, restore } = await dependencies.timeline.phase("Restore", () =>
      proveByRestore(backup, assertions, { ...dependencies, ...options, signal }),
    );
    return { verified: verification, restore };
  } catch (error) {
    if (!limit.aborted || dependencies.signal?.aborted) throw error;
    const why = "The restore was not finished in four fifths of the time that was left of timeout-minutes.";
    return { verified: decoded, restore: { outcome: "failed", why, objects: [], code: "TIMED_OUT" } };
  }
}
