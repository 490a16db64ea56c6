// A backup, in the order in which nothing can be lost: inspect, lock, snapshot, dump, complete the upload, read back,
// and only then write the manifest.
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { generateIdentity, identityToRecipient } from "age-encryption";
import type { Clock } from "../../../shared/src/clock.ts";
import type { RunProcess } from "../../../shared/src/process.ts";
import type { Log } from "../../../shared/src/report.ts";
import { formatMegabytes } from "../../../shared/src/size.ts";
import type { Timeline } from "../../../shared/src/timeline.ts";
import { BackupError } from "../errors.ts";
import type { BackupInputs } from "../inputs.ts";
import { connect, libpqEnvironment, type Session } from "../postgres/connection.ts";
import { assertComplete, countRows, exportSnapshot, inspect, type Inspection } from "../postgres/inspect.ts";
import { readDatabaseState } from "../postgres/database-state.ts";
import { findPrograms, startProgram, type Programs, type RunningProgram } from "../postgres/programs.ts";
import { wrap } from "../storage/codec.ts";
import { backupFolder, folderOf, manifestName } from "../storage/layout.ts";
import { takeLock } from "../storage/lock.ts";
import {
  totalRows,
  type Manifest,
  type StoredBackup,
  type StoredObject,
  type Verification,
} from "../storage/manifest.ts";
import type { Store } from "../storage/store.ts";
import { sealSettings } from "../storage/sealed-settings.ts";
import { storeScripts } from "../storage/scripts.ts";
import { abortIncompleteUploads, upload } from "../storage/upload.ts";
import { verifyByRestore } from "./restore.ts";
import { decode } from "./verify.ts";

export interface BackupDependencies {
  store: Store;
  run: RunProcess;
  clock: Clock;
  log: Log;
  timeline: Timeline;
  /** Version of this toolkit, for the manifest. */
  tool: string;
  signal?: AbortSignal | undefined;
}

export async function makeBackup(
  inputs: BackupInputs,
  id: string,
  dependencies: BackupDependencies,
): Promise<Manifest> {
  const { store, clock, log, timeline } = dependencies;
  const session = await timeline.phase("Look", () => connect(inputs.connection));
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
  programs: Programs;
}

/** Finds everything that can be known to fail, within seconds and before anything is written. */
async function preflight(
  { connection, allowEmpty }: BackupInputs,
  session: Session,
  { run, log, store }: BackupDependencies,
): Promise<Source> {
  const inspection = await inspect(session);
  const programs = await findPrograms(inspection.major, run);
  assertComplete(inspection, { allowEmpty, ...connection });
  await assertCredentialsLast(store);
  const { version, tables, databaseBytes } = inspection;
  log(
    `${connection.database}: PostgreSQL ${version}, ${tables.length} tables, ${formatMegabytes(databaseBytes)}; ` +
      `pg_dump ${programs.version}`,
  );
  return { inspection, programs };
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
  { inspection, programs, session, dependencies }: Source & { session: Session; dependencies: BackupDependencies },
): Promise<Manifest> {
  const { store, timeline, log } = dependencies;
  const folder = backupFolder(inputs.place, id);
  if ((await store.list(folder)).length > 0) throw nameTakenError(folder);
  const snapshot = await exportSnapshot(session, inputs.lockTimeoutSeconds);
  const databaseState = await readDatabaseState(session, log);
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
  const source = { inspection, programs, session, snapshot: snapshot.id, dependencies };
  const { object, rows } = await dumpAndCount(inputs, target, source);
  const globals = await timeline.phase("Globals", () => dumpGlobals(inputs, target, { programs, dependencies }));
  log(`${formatMegabytes(object.bytes)} stored; reading it back`);
  const backup: StoredBackup = {
    id,
    object,
    globals,
    compression: target.compression,
    encryption: encryptionFor(inputs.recipients),
    format: inputs.format,
    rows,
    databaseState,
  };
  const verified = await verifyBackup(backup, inputs, { programs, identity, dependencies });
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
    scripts: await storeScripts({ ...backup, database, server }, { store, ...inputs, ...target }),
    extensions: inspection.extensions,
    databaseBytes: inspection.databaseBytes,
    verified,
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

const nameTakenError = (key: string): BackupError =>
  new BackupError("STORE_FAILED", `${key} exists already: another run has the same name.`);

/** Every byte and row; with level restore also a restore, which is worth its time only for a dump that decodes. */
async function verifyBackup(
  backup: StoredBackup,
  { level, assertions }: BackupInputs,
  {
    programs,
    identity,
    dependencies,
  }: { programs: Programs; identity: string | undefined; dependencies: BackupDependencies },
): Promise<Verification> {
  const { timeline } = dependencies;
  const options = { ...dependencies, programs, identity };
  const decoded = await timeline.phase("Read back", () => decode(backup, options));
  return level === "decode" ? decoded : timeline.phase("Restore", () => verifyByRestore(backup, assertions, options));
}

/** Where and how the objects of a backup are stored. */
interface DumpTarget extends Pick<Manifest, "compression" | "encryption"> {
  folder: string;
  /** Identifies this process as the writer of its objects. */
  writer: string;
}

/** Dumps into the bucket, and meanwhile counts the rows in the same snapshot. */
async function dumpAndCount(
  inputs: BackupInputs,
  target: DumpTarget,
  source: Source & { session: Session; snapshot: string; dependencies: BackupDependencies },
): Promise<{ object: StoredObject; rows: Record<string, number> }> {
  const { store, timeline } = source.dependencies;
  const dump = startDump(inputs, source);
  const counting = countRows(source.session, source.inspection.tables);
  counting.catch(() => dump.kill());
  try {
    const object = await timeline.phase("Dump", async () =>
      upload(store, await wrap(dump.stdout, target), {
        key: `${target.folder}${dumpName(inputs.format, target)}`,
        run: target.writer,
        maxParts: inputs.maxParts,
        checksums: inputs.checksums,
        // The output of a killed dump ends like that of a complete one: only the exit code shows the difference.
        beforeComplete: async () => void (await dump.completed),
      }),
    );
    return { object, rows: await counting };
  } catch (error) {
    dump.kill();
    throw await rootCause(error, dump.completed, counting);
  }
}

/** Dump, count and upload abort each other; of their errors, the one that explains the failure best. */
async function rootCause(failure: unknown, dump: Promise<unknown>, counting: Promise<unknown>): Promise<unknown> {
  const [dumpError, countError] = (await Promise.allSettled([dump, counting])).map((result) =>
    result.status === "rejected" ? (result.reason as unknown) : undefined,
  );
  const isSpecific = (error: unknown): boolean => error instanceof BackupError && error.code !== "DUMP_FAILED";
  return [failure, dumpError, countError].find(isSpecific) ?? dumpError ?? failure;
}

const encryptionFor = (recipients: string[]): Manifest["encryption"] =>
  recipients.length > 0 ? { method: "age", recipients } : { method: "none" };

/** "data.dump", with a suffix for each layer around it, so that the name shows how to open it. */
function dumpName(
  format: "custom" | "plain",
  { compression, encryption }: Pick<Manifest, "compression" | "encryption">,
): string {
  const suffixes = [
    format === "plain" ? ".sql" : ".dump",
    compression === "zstd" ? ".zst" : "",
    encryption.method === "age" ? ".age" : "",
  ];
  return `data${suffixes.join("")}`;
}

function startDump(
  { connection, format, lockTimeoutSeconds }: BackupInputs,
  { programs, snapshot, dependencies }: { programs: Programs; snapshot: string; dependencies: BackupDependencies },
): RunningProgram {
  const compress = format === "plain" ? [] : programs.major >= 16 ? ["--compress=zstd:1"] : ["--compress=0"];
  const command = [
    programs.path("pg_dump"),
    `--format=${format}`,
    ...compress,
    "--no-password",
    `--snapshot=${snapshot}`,
    `--lock-wait-timeout=${lockTimeoutSeconds * 1000}`,
  ];
  return startProgram(command, {
    env: libpqEnvironment(connection),
    fallbackCode: "DUMP_FAILED",
    signal: dependencies.signal,
  });
}

/** Roles and their memberships, without passwords: no backup contains any. */
async function dumpGlobals(
  { connection, maxParts, checksums }: BackupInputs,
  { folder, writer }: DumpTarget,
  { programs, dependencies }: { programs: Programs; dependencies: BackupDependencies },
): Promise<StoredObject> {
  const command = [programs.path("pg_dumpall"), "--globals-only", "--no-role-passwords", "--no-password"];
  const dump = startProgram(command, {
    env: libpqEnvironment(connection),
    fallbackCode: "DUMP_FAILED",
    signal: dependencies.signal,
  });
  return upload(dependencies.store, Readable.from(dump.stdout) as AsyncIterable<Buffer>, {
    key: `${folder}globals.sql`,
    run: writer,
    maxParts,
    checksums,
    beforeComplete: async () => void (await dump.completed),
  });
}
