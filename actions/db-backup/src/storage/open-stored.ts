// An object of a backup as a stream. It is verified only at its end: when all bytes have arrived, and their digest is
// that of the manifest.
import { createHash } from "node:crypto";
import { Readable, type Writable } from "node:stream";
import { FailedError, messageOf } from "../../../shared/src/errors.ts";
import { archivedError } from "./archive.ts";
import { unwrap } from "./codec.ts";
import { BackupError } from "../errors.ts";
import type { StoredBackup, StoredObject } from "./manifest.ts";
import type { RunningProgram } from "../postgres/programs.ts";
import type { Store } from "./store.ts";

/** Lost connections in a row, without a byte in between, after which the download fails. */
const maxInterruptions = 5;

/** The stream fails if the object is not that of the manifest. After a lost connection the download continues. */
export async function openStored(store: Store, object: StoredObject, signal?: AbortSignal): Promise<Readable> {
  const head = await store.head(object.key);
  if (head === undefined) throw new BackupError("CORRUPT", `${object.key} is missing, although its manifest exists.`);
  if (head.bytes !== object.bytes)
    throw new BackupError("CORRUPT", `${object.key} has ${head.bytes} bytes instead of ${object.bytes}.`);
  if (head.archived !== undefined) throw await archivedError(store, { key: object.key, ...head.archived });
  return Readable.from(verified(store, object, signal), { objectMode: false });
}

async function* verified(store: Store, object: StoredObject, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of download(store, object, signal)) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== object.bytes)
    throw new BackupError("STORE_FAILED", `${object.key} ended after ${bytes} of ${object.bytes} bytes.`);
  const sha256 = hash.digest("hex");
  if (sha256 !== object.sha256)
    throw new BackupError(
      "CORRUPT",
      `${object.key} has the SHA-256 ${sha256} instead of ${object.sha256}: it was changed.`,
    );
}

/** Continues after a lost connection where it was lost. */
async function* download(
  store: Store,
  { key, bytes }: StoredObject,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  let from = 0;
  for (let interruptions = 0; from < bytes;) {
    if (signal?.aborted) throw new BackupError("CANCELLED", `The download of ${key} was stopped.`);
    const before = from;
    let cause: unknown;
    try {
      for await (const chunk of await store.open(key, from)) {
        from += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    } catch (error) {
      if (error instanceof FailedError) throw error;
      cause = error;
    }
    if (from >= bytes) return;
    interruptions = from > before ? 1 : interruptions + 1;
    if (interruptions >= maxInterruptions)
      throw new BackupError(
        "STORE_FAILED",
        `The download of ${key} was interrupted ${interruptions} times at byte ${from}` +
          (cause === undefined ? "." : `: ${messageOf(cause)}`),
        { cause },
      );
    await store.settings.clock.sleep(200 * interruptions);
  }
}

export interface ReadOptions {
  store: Store;
  identity: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Passes the dump, decrypted and decompressed, to `work`, with a function that aborts the download.
 *
 * @throws BackupError CORRUPT if its bytes cannot be decoded.
 */
export async function withDump<T>(
  backup: StoredBackup,
  { store, identity, signal }: ReadOptions,
  work: (dump: Readable, abort: () => void) => Promise<T>,
): Promise<T> {
  const stored = await openStored(store, backup.object, signal);
  const abort = () => void stored.destroy();
  try {
    return await work(await unwrap(stored, backup, identity), abort);
  } catch (error) {
    if (error instanceof FailedError) throw error;
    throw new BackupError("CORRUPT", `${backup.object.key} cannot be decoded: ${messageOf(error)}`, { cause: error });
  } finally {
    abort();
  }
}

/** Pipes a dump into a program of PostgreSQL while its output is read; throws the error that caused a failure. */
export async function feedProgram(
  dump: Readable,
  program: RunningProgram,
  { read, abort }: { read: (output: Readable) => unknown; abort: () => void },
): Promise<void> {
  // Once the program has failed, the rest of the download is of no use.
  program.completed.catch(abort);
  const writing = writeToProgram(dump, program.stdin).then(
    () => undefined,
    (error: unknown) => {
      // Killed before the end of its input, so that a restore does not commit.
      program.kill(error);
      return error;
    },
  );
  await read(program.stdout);
  const programError = await program.completed.then(
    () => undefined,
    (error: unknown) => error,
  );
  const streamError = await writing;
  // Corrupt bytes are the cause of whatever error the program reported about them.
  if (streamError instanceof FailedError) throw streamError;
  if (programError !== undefined) throw programError;
  if (streamError !== undefined) throw streamError;
}

/** Bytes at the end of a dump that are held back until all of it is verified. */
const heldBackBytes = 64 * 1024;

/**
 * Writes a stream to the standard input of a program. The stream is read to its end even if the program has closed its
 * input, because it is verified only there. The last bytes are written after that, so that a program that works in one
 * transaction never commits data that is not verified.
 */
async function writeToProgram(source: Readable, stdin: Writable): Promise<void> {
  const state = { isOpen: true, resume: () => {} };
  stdin.on("drain", () => state.resume());
  for (const event of ["close", "error"] as const) {
    stdin.on(event, () => {
      state.isOpen = false;
      state.resume();
    });
  }
  const write = async (bytes: Buffer) => {
    if (state.isOpen && !stdin.write(bytes) && state.isOpen)
      await new Promise<void>((resolve) => (state.resume = resolve));
  };
  let heldBack: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = chunk as Buffer;
    if (bytes.length >= heldBackBytes) {
      await write(heldBack);
      await write(bytes.subarray(0, bytes.length - heldBackBytes));
      heldBack = Buffer.from(bytes.subarray(bytes.length - heldBackBytes));
    } else {
      const all = Buffer.concat([heldBack, bytes]);
      const end = Math.max(0, all.length - heldBackBytes);
      await write(all.subarray(0, end));
      heldBack = Buffer.from(all.subarray(end));
    }
  }
  await write(heldBack);
  stdin.end();
}
