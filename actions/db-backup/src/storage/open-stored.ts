// An object of a backup as a stream, which is believed at its end: when all its bytes came and their digest is the one
// that was noted.
import { createHash } from "node:crypto";
import { Readable, type Writable } from "node:stream";
import { FailedError, messageOf } from "../../../shared/src/errors.ts";
import { unwrap } from "./codec.ts";
import { BackupError } from "../errors.ts";
import type { Claims, StoredObject } from "./manifest.ts";
import type { Started } from "../postgres/programs.ts";
import type { Store } from "./store.ts";

/** Breaks of the connection in a row, without a byte in between, after which it is given up. */
const patience = 5;

/**
 * Ends with an error where the object is not what was noted. A connection that breaks is opened again where it broke.
 */
export async function openStored(store: Store, object: StoredObject, signal?: AbortSignal): Promise<Readable> {
  const head = await store.head(object.key);
  if (head === undefined) throw new BackupError("CORRUPT", `${object.key} is gone, although its manifest is there.`);
  if (head.bytes !== object.bytes)
    throw new BackupError("CORRUPT", `${object.key} has ${head.bytes} bytes instead of ${object.bytes}.`);
  return Readable.from(checked(store, object, signal), { objectMode: false });
}

async function* checked(store: Store, object: StoredObject, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of reopening(store, object, signal)) {
    hash.update(piece);
    bytes += piece.length;
    yield piece;
  }
  if (bytes !== object.bytes)
    throw new BackupError("STORE_FAILED", `${object.key} broke off after ${bytes} of ${object.bytes} bytes.`);
  const found = hash.digest("hex");
  if (found !== object.sha256)
    throw new BackupError(
      "CORRUPT",
      `${object.key} has the SHA-256 ${found} instead of ${object.sha256}: it was changed.`,
    );
}

async function* reopening(
  store: Store,
  { key, bytes }: StoredObject,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  let from = 0;
  for (let breaks = 0; from < bytes;) {
    if (signal?.aborted) throw new BackupError("CANCELLED", `Reading ${key} was stopped.`);
    const before = from;
    let cause: unknown;
    try {
      for await (const piece of await store.open(key, from)) {
        from += (piece as Buffer).length;
        yield piece as Buffer;
      }
    } catch (error) {
      if (error instanceof FailedError) throw error;
      cause = error;
    }
    if (from >= bytes) return;
    breaks = from > before ? 1 : breaks + 1;
    if (breaks >= patience)
      throw new BackupError(
        "STORE_FAILED",
        `${key} broke off ${breaks} times at byte ${from}${cause === undefined ? "" : `: ${messageOf(cause)}`}`,
        { cause },
      );
    await store.settings.clock.sleep(200 * breaks);
  }
}

export interface Opening {
  store: Store;
  identity: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * A dump, decrypted and decompressed, for some work. Whatever is wrong with its bytes is CORRUPT. @param giveUp ends
 * the download.
 */
export async function withDump<T>(
  claims: Claims,
  { store, identity, signal }: Opening,
  work: (dump: Readable, giveUp: () => void) => Promise<T>,
): Promise<T> {
  const stored = await openStored(store, claims.object, signal);
  const giveUp = () => void stored.destroy();
  try {
    return await work(await unwrap(stored, claims, identity), giveUp);
  } catch (error) {
    if (error instanceof FailedError) throw error;
    throw new BackupError("CORRUPT", `${claims.object.key} cannot be decoded: ${messageOf(error)}`, { cause: error });
  } finally {
    giveUp();
  }
}

/**
 * Feeds a dump to a program of PostgreSQL, whose output is read meanwhile, and says which of the two is to blame for a
 * failure.
 */
export async function feedProgram(
  dump: Readable,
  program: Started,
  { read, giveUp }: { read: (output: Readable) => unknown; giveUp: () => void },
): Promise<void> {
  // When the program has given up, the rest of the bytes tells nothing more.
  program.ended.catch(giveUp);
  const feeding = feed(dump, program.stdin).then(
    () => undefined,
    (error: unknown) => {
      // Killed before its input ends: a restore commits nothing.
      program.kill();
      return error;
    },
  );
  await read(program.stdout);
  const refusal = await program.ended.then(
    () => undefined,
    (error: unknown) => error,
  );
  const failure = await feeding;
  // What was wrong with the bytes is the cause of whatever the program said of them.
  if (failure instanceof FailedError) throw failure;
  if (refusal !== undefined) throw refusal;
  if (failure !== undefined) throw failure;
}

/** The last bytes of a feed, which a caller may hold back until the rest was believed. */
const heldBack = 64 * 1024;

/**
 * Writes a stream into a program, and reads it to its end also when the program takes no more: only then is it known to
 * be whole.
 * The last bytes are handed over after that, so that a program that works in one transaction never gets to its end with
 * bytes
 * that nobody believes.
 */
async function feed(source: Readable, sink: Writable): Promise<void> {
  const state = { isOpen: true, goOn: () => {} };
  sink.on("drain", () => state.goOn());
  for (const event of ["close", "error"] as const) {
    sink.on(event, () => {
      state.isOpen = false;
      state.goOn();
    });
  }
  const write = async (piece: Buffer) => {
    if (state.isOpen && !sink.write(piece) && state.isOpen)
      await new Promise<void>((resolve) => (state.goOn = resolve));
  };
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of source) {
    const bytes = piece as Buffer;
    if (bytes.length >= heldBack) {
      await write(held);
      await write(bytes.subarray(0, bytes.length - heldBack));
      held = Buffer.from(bytes.subarray(bytes.length - heldBack));
    } else {
      const all = Buffer.concat([held, bytes]);
      await write(all.subarray(0, Math.max(0, all.length - heldBack)));
      held = Buffer.from(all.subarray(Math.max(0, all.length - heldBack)));
    }
  }
  await write(held);
  sink.end();
}
