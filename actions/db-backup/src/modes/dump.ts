// The dump of a database into the bucket, while its rows are counted in the same snapshot; and the roles of the server.
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { BackupInputs } from "../input-types.ts";
import { connectionString, libpqEnvironment, type Session } from "../postgres/connection.ts";
import { SnapshotCounter, type SnapshotRows } from "../postgres/count-snapshot.ts";
import { oneRow } from "../postgres/inspect.ts";
import { startProgram, type Programs, type RunningProgram } from "../postgres/programs.ts";
import { assertNotReplaced, type Snapshot } from "../postgres/snapshot.ts";
import { wrap } from "../storage/codec.ts";
import type { Manifest, StoredObject } from "../storage/manifest.ts";
import { upload } from "../storage/upload.ts";
import type { BackupDependencies } from "./backup-dependencies.ts";

/** Where and how the objects of a backup are stored. */
export interface DumpTarget extends Pick<Manifest, "compression" | "encryption"> {
  folder: string;
  /** Identifies this process as the writer of its objects. */
  writer: string;
}

interface DumpSource {
  programs: Programs;
  session: Session;
  snapshot: Snapshot;
  /** By which parts of the upload are large enough. */
  expectedBytes: number;
  dependencies: BackupDependencies;
}

export interface Dumped extends SnapshotRows {
  object: StoredObject;
  /** What pg_dump left out, in its own words. */
  warnings: string[];
}

/**
 * Of dump, count and upload, the first that fails ends the others, which then fail with the same error.
 *
 * @throws ReplacedTables before anything is in the bucket, if the dump would lack rows of the snapshot.
 */
export async function dumpAndCount(inputs: BackupInputs, target: DumpTarget, source: DumpSource): Promise<Dumped> {
  const { session, snapshot, dependencies } = source;
  const { store, timeline } = dependencies;
  const counter = new SnapshotCounter(session, snapshot.tables, inputs);
  await timeline.phase("Count", () => counter.countSmall());
  const { encoding } = await oneRow<{ encoding: string }>(
    session.query,
    "SELECT pg_catalog.getdatabaseencoding() AS encoding",
  );
  const { dump, locked } = startDump(inputs, { ...source, encoding });
  const counting = locked
    // If pg_dump has ended by now, this may find what came after it: then another snapshot costs little.
    .then(() => assertNotReplaced(session, snapshot))
    .then(() => counter.countLarge(dump.completed));
  counting.catch((error: unknown) => dump.kill(error));
  try {
    const object = await timeline.phase("Dump", async () =>
      upload(store, await wrap(dump.stdout, target), {
        key: `${target.folder}${dumpName(inputs.format, target)}`,
        run: target.writer,
        maxParts: inputs.maxParts,
        checksums: inputs.checksums,
        expectedBytes: source.expectedBytes,
        // The output of a killed dump ends like that of a complete one: only the exit code shows the difference.
        beforeComplete: async () => void (await Promise.all([dump.completed, counting])),
      }),
    );
    return { object, ...(await counting), warnings: dump.warnings };
  } catch (error) {
    dump.kill(error);
    await Promise.allSettled([dump.completed, counting]);
    throw error;
  }
}

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

/** `locked`: when pg_dump has locked all tables, which it does first, or has ended. */
function startDump(
  { connection, format, lockTimeoutSeconds }: BackupInputs,
  { programs, snapshot, encoding, dependencies }: DumpSource & { encoding: string },
): { dump: RunningProgram; locked: Promise<void> } {
  const compress = format === "plain" ? [] : programs.zstd ? ["--compress=zstd:1"] : ["--compress=0"];
  const command = [
    programs.path("pg_dump"),
    `--format=${format}`,
    ...compress,
    "--no-password",
    "--verbose",
    // Otherwise a client_encoding that the database sets counts, which may lack characters of the data.
    `--encoding=${encoding}`,
    `--snapshot=${snapshot.id}`,
    `--lock-wait-timeout=${lockTimeoutSeconds * 1000}`,
    `--dbname=${connectionString(connection)}`,
  ];
  const locked = Promise.withResolvers<void>();
  let isReadingTables = false;
  const dump = startProgram(command, {
    env: libpqEnvironment(connection),
    fallbackCode: "DUMP_FAILED",
    signal: dependencies.signal,
    onLine: (line) => {
      if (isReadingTables) locked.resolve();
      isReadingTables ||= line === "pg_dump: reading user-defined tables";
    },
  });
  void dump.completed.then(() => locked.resolve(), locked.reject).catch(() => undefined);
  return { dump, locked: locked.promise };
}

/**
 * Roles and their memberships, without passwords: no backup contains any. Through the database of the backup, because
 * the role may connect to that one.
 */
export async function readGlobals(
  { connection }: BackupInputs,
  { programs, dependencies }: { programs: Programs; dependencies: BackupDependencies },
): Promise<Buffer> {
  const connecting = connectionString(connection);
  const command = [
    programs.path("pg_dumpall"),
    "--globals-only",
    "--no-role-passwords",
    "--no-password",
    `--dbname=${connecting}`,
    `--database=${connecting}`,
  ];
  const dump = startProgram(command, {
    env: libpqEnvironment(connection),
    fallbackCode: "DUMP_FAILED",
    signal: dependencies.signal,
  });
  const [text] = await Promise.all([buffer(dump.stdout), dump.completed]);
  return text;
}

export const storeGlobals = (
  text: Buffer,
  { maxParts, checksums }: BackupInputs,
  { folder, writer, dependencies }: DumpTarget & { dependencies: BackupDependencies },
): Promise<StoredObject> =>
  upload(dependencies.store, Readable.from([text]), {
    key: `${folder}globals.sql`,
    run: writer,
    maxParts,
    checksums,
    beforeComplete: async () => undefined,
  });
