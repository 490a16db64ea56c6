// A backup, in the order in which nothing can be lost: inspect, lock, snapshot, dump, complete the upload, read back,
// and only then write the manifest.
import { randomUUID } from "node:crypto";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { formatMegabytes } from "../../../shared/src/size.ts";
import { BackupError, wordsOf } from "../errors.ts";
import type { BackupInputs } from "../input-types.ts";
import { connect, type Session } from "../postgres/connection.ts";
import { assertComplete, inspect, listNames, type Inspection } from "../postgres/inspect.ts";
import { readDatabaseState, type DatabaseState } from "../postgres/database-state.ts";
import { findMissing } from "../load/ephemeral-database.ts";
import { findPrograms, type Programs } from "../postgres/programs.ts";
import { hasLostRelations, ReplacedTables, takeSnapshot, type Snapshot } from "../postgres/snapshot.ts";
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
import { dumpAndCount, readGlobals, storeGlobals, type Dumped, type DumpTarget } from "./dump.ts";
import { proveByRestore } from "./prove.ts";
import { readBack, type ReadBackOptions } from "./verify.ts";

export async function makeBackup(
  inputs: BackupInputs,
  id: string,
  dependencies: BackupDependencies,
): Promise<Manifest> {
  const { store, clock, log, timeline } = dependencies;
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
      return await writeBackup(inputs, id, { ...source, session, dependencies: { ...dependencies, signal } });
    } finally {
      await lock.release();
    }
  } finally {
    await session.end();
  }
}

interface Source {
  inspection: Inspection;
  /** What this machine lacks for a restore of the database; a sentence each. */
  missing: string[];
  programs: Programs;
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

/** Further snapshots if a table is dropped or replaced before pg_dump has locked it: fractions of a second each. */
const furtherSnapshots = 9;

async function writeBackup(
  inputs: BackupInputs,
  id: string,
  source: Source & { session: Session; dependencies: BackupDependencies },
): Promise<Manifest> {
  const { inspection, programs, session, dependencies } = source;
  const { store, timeline, log } = dependencies;
  const folder = backupFolder(inputs.place, id);
  if ((await store.list(folder)).length > 0) throw nameTakenError(folder);
  // For verification this run has a key of its own, which is never stored.
  const identity = inputs.recipients.length > 0 ? await generateIdentity() : undefined;
  const target: DumpTarget = {
    folder,
    writer: randomUUID(),
    // pg_dump before 16 has no zstd, and a plain dump is not compressed at all: then it is compressed here.
    compression: inputs.format === "custom" && programs.major >= 16 ? "none" : "zstd",
    encryption: encryptionFor(
      identity === undefined ? [] : [...inputs.recipients, await identityToRecipient(identity)],
    ),
  };
  // Not after the dump, which may take longer than a password is valid.
  const reading = globalsOrWarning(inputs, source);
  reading.catch(() => undefined);
  const {
    object,
    rows: counted,
    uncounted,
    warnings,
    snapshot,
    databaseState,
  } = await dumpSnapshot(inputs, target, source);
  // From here on, the database is not needed any more, and nobody there waits for this run.
  await session.end();
  const globalsText = await reading;
  const globals =
    globalsText instanceof Buffer ? await storeGlobals(globalsText, inputs, { ...target, dependencies }) : undefined;
  log(`${formatMegabytes(object.bytes)} stored; reading it back`);
  const stored: StoredBackup = {
    id,
    object,
    ...(globals === undefined ? {} : { globals }),
    compression: target.compression,
    encryption: encryptionFor(inputs.recipients),
    format: inputs.format,
    rows: counted,
    databaseState,
  };
  const options = { ...dependencies, programs, identity, uncounted };
  const { rows, verification } = await timeline.phase("Read back", () => readBack(stored, options));
  const backup = { ...stored, rows };
  const { missing } = source;
  const proof = await verifyBackup(backup, inputs, { ...options, decoded: verification, missing, dependencies });
  const { verified, restore } = proof;
  const { database } = inputs.place;
  const server = { version: inspection.version, major: inspection.major };
  const manifest: Manifest = {
    schema: "rainbow-backup/1",
    database,
    snapshotAt: snapshot.at.toISOString(),
    server,
    client: { version: programs.version },
    ...backup,
    databaseState: await sealSettings(databaseState, inputs.recipients),
    scripts: await storeScripts(
      { ...backup, database, server, ...(restore && { restore }) },
      { store, ...inputs, ...target },
    ),
    extensions: inspection.extensions,
    databaseBytes: inspection.databaseBytes,
    verified,
    ...(restore === undefined ? {} : { restore }),
    warnings: [
      ...warnings,
      ...uncountedWarning(uncounted),
      ...unloggedWarning(inspection),
      ...(typeof globalsText === "string" ? [globalsText] : []),
    ],
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

/** In a new snapshot if a relation of the first one was dropped before pg_dump could lock it. */
async function dumpSnapshot(
  inputs: BackupInputs,
  target: DumpTarget,
  { inspection, programs, session, dependencies }: Source & { session: Session; dependencies: BackupDependencies },
): Promise<Dumped & { snapshot: Snapshot; databaseState: DatabaseState | undefined }> {
  const { allowEmpty, connection } = inputs;
  const { log } = dependencies;
  for (let attempt = 0; ; attempt += 1) {
    const snapshot = await takeSnapshot(session);
    assertComplete({ tables: snapshot.tables, unreadableLargeObjects: 0 }, { allowEmpty, ...connection });
    const unread: string[] = [];
    const databaseState = await readDatabaseState(session, (text) => void unread.push(text));
    try {
      const dumped = await dumpAndCount(inputs, target, {
        programs,
        session,
        snapshot,
        expectedBytes: inspection.databaseBytes,
        dependencies,
      });
      await session.query("COMMIT");
      return { ...dumped, warnings: [...dumped.warnings, ...unread], snapshot, databaseState };
    } catch (error) {
      const isLost = await session.query("ROLLBACK").then(
        () => hasLostRelations(session, snapshot),
        () => false,
      );
      if (!(isLost || error instanceof ReplacedTables) || attempt >= furtherSnapshots || dependencies.signal?.aborted)
        throw error;
      log(`tables were dropped or replaced while pg_dump began; dumping another snapshot: ${wordsOf(error)}`);
    }
  }
}

/** Roles are helpful, but not part of the data: a server that does not show them costs a warning. */
async function globalsOrWarning(
  inputs: BackupInputs,
  { programs, dependencies }: Source & { dependencies: BackupDependencies },
): Promise<Buffer | string> {
  try {
    return await readGlobals(inputs, { programs, dependencies });
  } catch (error) {
    if (!(error instanceof BackupError) || dependencies.signal?.aborted) throw error;
    return `globals.sql is missing, the roles of the server are not in this backup: ${wordsOf(error)}`;
  }
}

const uncountedWarning = (uncounted: string[]): string[] =>
  uncounted.length === 0
    ? []
    : [
        "Dropped, truncated or rewritten right after the dump: in this backup, but not counted in the database: " +
          `${listNames(uncounted.map((name) => ({ name })))}.`,
      ];

const unloggedWarning = ({ unloggedTables }: Inspection): string[] =>
  unloggedTables.length === 0
    ? []
    : [
        "This server is a standby, where unlogged tables are empty; without rows in this backup: " +
          `${listNames(unloggedTables.map((name) => ({ name })))}.`,
      ];

const nameTakenError = (key: string): BackupError =>
  new BackupError("STORE_FAILED", `${key} exists already: another run has the same name.`);

/**
 * A restore is worth its time only for a dump that decodes. One that fails leaves a backup whose every byte was read, and
 * the manifest says so.
 */
async function verifyBackup(
  backup: StoredBackup,
  { level, assertions }: BackupInputs,
  options: ReadBackOptions & { decoded: Verification; missing: string[]; dependencies: BackupDependencies },
): Promise<{ verified: Verification; restore: RestoreProof | undefined }> {
  const { decoded, missing, dependencies } = options;
  if (level === "decode") return { verified: decoded, restore: undefined };
  if (missing.length > 0)
    return { verified: decoded, restore: { outcome: "skipped", why: missing.join(" "), objects: [] } };
  const { verification = decoded, restore } = await dependencies.timeline.phase("Restore", () =>
    proveByRestore(backup, assertions, { ...dependencies, ...options }),
  );
  return { verified: verification, restore };
}

const encryptionFor = (recipients: string[]): Manifest["encryption"] =>
  recipients.length > 0 ? { method: "age", recipients } : { method: "none" };
