// A backup, in the order in which nothing can be lost: look, lock, snapshot, dump, agree, appear, read back, and then
// the manifest.
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { Clock } from "../../../shared/src/clock.ts";
import { formatMegabytes } from "../../../shared/src/size.ts";
import type { RunProcess } from "../../../shared/src/process.ts";
import type { Log } from "../../../shared/src/report.ts";
import type { Timeline } from "../../../shared/src/timeline.ts";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { wrap } from "../storage/codec.ts";
import { BackupError } from "../errors.ts";
import type { BackupInputs } from "../inputs.ts";
import { countRows, exportSnapshot, inspect, assertComplete, type Inspected } from "../postgres/inspect.ts";
import { backupFolder, folderOf, manifestName } from "../storage/layout.ts";
import { takeLock } from "../storage/lock.ts";
import { totalRows, type Claims, type Manifest, type StoredObject, type Verification } from "../storage/manifest.ts";
import { connect, libpqEnvironment, type Session } from "../postgres/connection.ts";
import { findPrograms, start, type Programs } from "../postgres/programs.ts";
import { verifyByRestore } from "./restore.ts";
import type { Store } from "../storage/store.ts";
import { sweepUploads, upload } from "../storage/upload.ts";
import { decode } from "./verify.ts";

export interface Engine {
  store: Store;
  run: RunProcess;
  clock: Clock;
  log: Log;
  timeline: Timeline;
  /** Version of this toolkit, for the manifest. */
  tool: string;
  signal?: AbortSignal | undefined;
}

export async function makeBackup(inputs: BackupInputs, id: string, engine: Engine): Promise<Manifest> {
  const { timeline } = engine;
  const session = await timeline.phase("Look", () => connect(inputs.connection));
  try {
    const found = await timeline.phase("Preflight", () => preflight(inputs, session, engine));
    const lock = await takeLock(engine.store, inputs.place, {
      run: id,
      seconds: inputs.lockSeconds,
      clock: engine.clock,
      log: engine.log,
    });
    try {
      const swept = await sweepUploads(engine.store, folderOf(inputs.place));
      if (swept > 0) engine.log(`half-sent uploads of killed runs removed: ${swept}`);
      const signal = AbortSignal.any([lock.lost, ...(engine.signal ? [engine.signal] : [])]);
      return await write(inputs, id, { ...found, session, engine: { ...engine, signal } });
    } finally {
      await lock.release();
    }
  } finally {
    await session.end();
  }
}

interface Found {
  inspected: Inspected;
  programs: Programs;
}

/** Everything that can be known to go wrong, within seconds and before anything is written. */
async function preflight(
  { connection, allowEmpty }: BackupInputs,
  session: Session,
  { run, log, store }: Engine,
): Promise<Found> {
  const inspected = await inspect(session);
  const programs = await findPrograms(inspected.major, run);
  assertComplete(inspected, { allowEmpty, ...connection });
  await mustLast(store);
  log(
    `${connection.database}: PostgreSQL ${inspected.version}, ${inspected.tables.length} tables, ${formatMegabytes(inspected.databaseBytes)}; pg_dump ${programs.version}`,
  );
  return { inspected, programs };
}

/** Credentials that end before a backup can are refused before it is begun. */
async function mustLast({ settings }: Store): Promise<void> {
  const { expiration } = await settings.s3.config.credentials().catch((cause: unknown) => {
    throw new BackupError("STORE_DENIED", `There are no AWS credentials: ${(cause as Error).message}`, { cause });
  });
  if (expiration !== undefined && expiration.getTime() - settings.clock.now() < 60_000)
    throw new BackupError("CREDENTIALS_EXPIRED", `The AWS credentials expire at ${expiration.toISOString()}.`);
}

async function write(
  inputs: BackupInputs,
  id: string,
  { inspected, programs, session, engine }: Found & { session: Session; engine: Engine },
): Promise<Manifest> {
  const { store, timeline, log } = engine;
  const folder = backupFolder(inputs.place, id);
  if ((await store.list(folder)).length > 0)
    throw new BackupError("STORE_FAILED", `${folder} is there already: another run has the same name.`);
  // Of this very process, so that what it finds in the bucket can be told from another's.
  const maker = randomUUID();
  const snapshot = await exportSnapshot(session, inputs.lockTimeoutSeconds);
  // Old clients know no zstd, and a plain dump has none: then it is put round it.
  const compression: Manifest["compression"] = inputs.format === "custom" && programs.major >= 16 ? "none" : "zstd";
  // To read it back a key of this run alone opens it too; it is never written down.
  const ownKey = inputs.recipients.length > 0 ? await generateIdentity() : undefined;
  const forAll = ownKey === undefined ? [] : [...inputs.recipients, await identityToRecipient(ownKey)];
  const wrapping = { compression, encryption: encryptionFor(forAll) };
  const dump = startDump(inputs, programs, { snapshot: snapshot.id, engine });
  // Counted in the same snapshot while it is dumped.
  const counting = countRows(session, inspected.tables);
  counting.catch(() => dump.kill());
  const object = await timeline
    .phase("Dump", async () =>
      upload(store, await wrap(dump.stdout, wrapping), {
        key: `${folder}${nameOf(inputs.format, wrapping)}`,
        run: maker,
        maxParts: inputs.maxParts,
        checksums: inputs.checksums,
        // A dump that was killed ends its output like one that is whole: only its exit code tells.
        mayAppear: async () => void (await dump.ended),
      }),
    )
    .catch(async (error: unknown) => {
      dump.kill();
      throw await causeOf(error, dump.ended, counting);
    });
  const rows = await counting;
  const globals = await timeline.phase("Globals", () => dumpGlobals(inputs, programs, { maker, folder, engine }));
  log(`${formatMegabytes(object.bytes)} in the bucket; reading it back`);
  const claims = {
    id,
    object,
    globals,
    compression,
    encryption: encryptionFor(inputs.recipients),
    format: inputs.format,
    rows,
  };
  const verified = await prove(claims, inputs, { programs, identity: ownKey, engine });
  const manifest: Manifest = {
    schema: "rainbow-backup/1",
    database: inputs.place.database,
    snapshotAt: snapshot.at.toISOString(),
    server: { version: inspected.version, major: inspected.major },
    client: { version: programs.version },
    ...claims,
    extensions: inspected.extensions,
    databaseBytes: inspected.databaseBytes,
    verified,
    durations: timeline.seconds,
    tool: engine.tool,
  };
  if (engine.signal?.aborted) throw new BackupError("CANCELLED", "Stopped before the manifest was written.");
  const isOurs = await store.putIf(`${folder}${manifestName}`, `${JSON.stringify(manifest, null, 2)}\n`);
  if (!isOurs)
    throw new BackupError("STORE_FAILED", `${folder}${manifestName} is there already: another run has the same name.`);
  log(
    `${id}: ${totalRows(rows)} rows of ${Object.keys(rows).length} tables, ${verified.level === "restore" ? "restored into a throw-away server" : "read back"} and counted`,
  );
  return manifest;
}

/** Every byte and row; and, where it is wanted, a restore, which is only worth its time for what can be decoded. */
async function prove(
  claims: Claims,
  { level, assertions }: BackupInputs,
  { programs, identity, engine }: { programs: Programs; identity: string | undefined; engine: Engine },
): Promise<Verification> {
  const { timeline } = engine;
  const decoded = await timeline.phase("Read back", () => decode(claims, { ...engine, programs, identity }));
  return level === "decode"
    ? decoded
    : timeline.phase("Restore", () => verifyByRestore(claims, assertions, { ...engine, programs, identity }));
}

/** Dump, count and upload end each other; the one that says most of why is told. */
async function causeOf(failure: unknown, dump: Promise<unknown>, counting: Promise<unknown>): Promise<unknown> {
  const [dumped, counted] = (await Promise.allSettled([dump, counting])).map((one) =>
    one.status === "rejected" ? (one.reason as unknown) : undefined,
  );
  const isTelling = (one: unknown): boolean => one instanceof BackupError && one.code !== "DUMP_FAILED";
  return [failure, dumped, counted].find(isTelling) ?? dumped ?? failure;
}

const encryptionFor = (recipients: string[]): Manifest["encryption"] =>
  recipients.length > 0 ? { method: "age", recipients } : { method: "none" };

/** "data.dump", with what is round it: the name says how to open it. */
function nameOf(
  format: "custom" | "plain",
  { compression, encryption }: Pick<Manifest, "compression" | "encryption">,
): string {
  return `data.${format === "plain" ? "sql" : "dump"}${compression === "zstd" ? ".zst" : ""}${encryption.method === "age" ? ".age" : ""}`;
}

function startDump(
  { connection, format, lockTimeoutSeconds }: BackupInputs,
  programs: Programs,
  { snapshot, engine }: { snapshot: string; engine: Engine },
): ReturnType<typeof start> {
  const compress = format === "plain" ? [] : programs.major >= 16 ? ["--compress=zstd:1"] : ["--compress=0"];
  const command = [
    programs.path("pg_dump"),
    `--format=${format}`,
    ...compress,
    "--no-password",
    `--snapshot=${snapshot}`,
    `--lock-wait-timeout=${lockTimeoutSeconds * 1000}`,
  ];
  return start(command, { env: libpqEnvironment(connection), otherwise: "DUMP_FAILED", signal: engine.signal });
}

/** Roles and their memberships, without passwords: they are in no backup. */
async function dumpGlobals(
  { connection, maxParts, checksums }: BackupInputs,
  programs: Programs,
  { maker, folder, engine }: { maker: string; folder: string; engine: Engine },
): Promise<StoredObject> {
  const dump = start([programs.path("pg_dumpall"), "--globals-only", "--no-role-passwords", "--no-password"], {
    env: libpqEnvironment(connection),
    otherwise: "DUMP_FAILED",
    signal: engine.signal,
  });
  return upload(engine.store, Readable.from(dump.stdout) as AsyncIterable<Buffer>, {
    key: `${folder}globals.sql`,
    run: maker,
    maxParts,
    checksums,
    mayAppear: async () => void (await dump.ended),
  });
}
