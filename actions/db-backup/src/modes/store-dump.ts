// The dump in the bucket, with what belongs to it: from a snapshot in which it was counted, and the roles of the server.
import { BackupError, wordsOf } from "../errors.ts";
import type { BackupInputs } from "../input-types.ts";
import { type Session } from "../postgres/connection.ts";
import { assertComplete, listNames, type Inspection } from "../postgres/inspect.ts";
import { readDatabaseState, type DatabaseState } from "../postgres/database-state.ts";
import { unreadableWarning } from "../postgres/count-snapshot.ts";
import { type Programs } from "../postgres/programs.ts";
import { hasLostRelations, ReplacedTables, takeSnapshot, type Snapshot } from "../postgres/snapshot.ts";
import { type Manifest, type StoredBackup } from "../storage/manifest.ts";
import type { BackupDependencies } from "./backup-dependencies.ts";
import { dumpAndCount, readGlobals, storeGlobals, type Dumped, type DumpTarget } from "./dump.ts";

/** What was found of the database before anything is written. */
export interface Source {
  inspection: Inspection;
  /** What this machine lacks for a restore of the database; a sentence each. */
  missing: string[];
  programs: Programs;
}

export interface DatabaseSource extends Source {
  session: Session;
  dependencies: BackupDependencies;
}

export interface StoredDump {
  /** With the rows that were counted in the database. */
  stored: StoredBackup;
  snapshotAt: Date;
  /** Names of tables whose rows only the dump has. */
  uncounted: string[];
  warnings: string[];
}

/** Ends the session: from then on the database is not needed any more, and nobody there waits for this run. */
export async function storeDump(
  inputs: BackupInputs,
  id: string,
  { target, source }: { target: DumpTarget; source: DatabaseSource },
): Promise<StoredDump> {
  const { session, inspection, dependencies } = source;
  // Not after the dump, which may take longer than a password is valid.
  const reading = globalsOrWarning(inputs, source);
  reading.catch(() => undefined);
  const dumped = await dumpSnapshot(inputs, target, source);
  const { object, rows, uncounted, unreadable, warnings, snapshot, databaseState } = dumped;
  await session.end();
  const text = await reading;
  const globals = text instanceof Buffer ? await storeGlobals(text, inputs, { ...target, dependencies }) : undefined;
  return {
    stored: {
      id,
      object,
      ...(globals && { globals }),
      compression: target.compression,
      encryption: encryptionFor(inputs.recipients),
      format: inputs.format,
      rows,
      databaseState,
    },
    snapshotAt: snapshot.at,
    uncounted: [...uncounted, ...unreadable.map(({ name }) => name)],
    warnings: [
      ...warnings,
      ...uncountedWarning(uncounted),
      ...unreadableWarning(unreadable),
      ...unloggedWarning(inspection),
      ...(typeof text === "string" ? [text] : []),
    ],
  };
}

export const encryptionFor = (recipients: string[]): Manifest["encryption"] =>
  recipients.length > 0 ? { method: "age", recipients } : { method: "none" };

/** Further snapshots if a table is dropped or replaced before pg_dump has locked it: fractions of a second each. */
const furtherSnapshots = 9;

/** In a new snapshot if a relation of the first one was dropped before pg_dump could lock it. */
async function dumpSnapshot(
  inputs: BackupInputs,
  target: DumpTarget,
  { inspection, programs, session, dependencies }: DatabaseSource,
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
  { programs, dependencies }: DatabaseSource,
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
