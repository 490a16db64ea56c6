// Uploads a stream as one object, in parts and without a file on disk. The object appears only at the end, and only if
// the caller agrees.
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { BackupError } from "../errors.ts";
import type { StoredObject } from "./manifest.ts";
import { abortUpload, beginUpload, putPart, sendComplete, type SentPart, type Target } from "./multipart.ts";
import { capacity, largerParts, partSizes, type UploadLimits } from "./part-size.ts";
import { isMissing, type Store } from "./store.ts";
import { formatMegabytes } from "../../../shared/src/size.ts";

const mebibyte = 1024 * 1024;

export interface UploadOptions {
  key: string;
  /** Identifies the writer in the object's metadata: after a lost response, its own object or another's. */
  run: string;
  /** Some providers accept fewer than S3. */
  maxParts: number;
  /** CRC32 of each part; false for stores that do not support it. */
  checksums: boolean;
  /** What the object may have at most, as far as one can tell: the size of the database. */
  expectedBytes?: number;
  /** Called after the end of the stream; if it throws, the upload is aborted and no object appears. */
  beforeComplete: () => Promise<void>;
}

/** Parts that are sent at the same time: four, or fewer large ones, which take 256 MiB together, or a single one. */
export const concurrentParts = (bytes: number): number =>
  Math.max(1, Math.min(4, Math.floor((256 * mebibyte) / bytes)));

export async function upload(
  store: Store,
  source: AsyncIterable<Buffer>,
  options: UploadOptions,
): Promise<StoredObject> {
  const { key, run, beforeComplete } = options;
  const upload = await beginUpload(store, options);
  const { maxParts, expectedBytes } = options;
  const limits = { maxParts, expectedBytes, partBytes: store.settings.partBytes, host: await store.foreignHost() };
  warnIfTooSmall(store, limits);
  const parts = new Parts(store, upload, { ...options, limits });
  try {
    const { bytes, sha256 } = await parts.sendAll(source);
    await beforeComplete();
    await complete(store, { ...upload, run, bytes, parts: parts.completed });
    return { key, bytes, sha256 };
  } catch (error) {
    await parts.settle();
    await abortUpload(store, upload);
    throw error;
  }
}

/** Most dumps are smaller than their database, so that it may well fit; how large it will be, nobody knows. */
function warnIfTooSmall({ settings }: Store, limits: UploadLimits): void {
  const { expectedBytes = 0, maxParts } = limits;
  const most = capacity(limits);
  if (expectedBytes > most)
    settings.log(
      `Warning: the database has ${formatMegabytes(expectedBytes)}, and the ${maxParts} parts of an upload hold ` +
        `${formatMegabytes(most)}. If the dump does not fit, set ${largerParts(limits, 2 * expectedBytes)}.`,
    );
}

class Parts {
  readonly completed: SentPart[] = [];
  private readonly store: Store;
  private readonly target: Target;
  private readonly options: UploadOptions & { limits: UploadLimits };
  private readonly sizeOf: (part: number) => number;
  private readonly sending = new Set<Promise<void>>();
  /** Buffers of parts that have been sent, for reuse. */
  private readonly free: Buffer[] = [];
  private failure: unknown;
  private nextNumber = 1;

  constructor(store: Store, target: Target, options: UploadOptions & { limits: UploadLimits }) {
    this.store = store;
    this.target = target;
    this.options = options;
    this.sizeOf = partSizes(options.limits);
  }

  async sendAll(source: AsyncIterable<Buffer>): Promise<{ bytes: number; sha256: string }> {
    const hash = createHash("sha256");
    let bytes = 0;
    let part = this.buffer();
    let filled = 0;
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
      for (let from = 0; from < chunk.length;) {
        const copied = chunk.copy(part, filled, from);
        from += copied;
        filled += copied;
        if (filled < part.length) continue;
        await this.send(part, filled);
        part = this.buffer();
        filled = 0;
      }
    }
    if (filled > 0) await this.send(part, filled);
    await Promise.all(this.sending);
    if (this.failure !== undefined) throw this.failure;
    if (bytes === 0) throw new BackupError("DUMP_FAILED", "The dump is empty: pg_dump wrote no output.");
    return { bytes, sha256: hash.digest("hex") };
  }

  /** Waits until no part is being sent. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.sending);
  }

  private buffer(): Buffer {
    const size = this.sizeOf(this.nextNumber);
    // Parts only grow: smaller buffers are not needed again.
    const reusable = this.free.filter(({ length }) => length === size);
    this.free.length = 0;
    this.free.push(...reusable);
    return this.free.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  /** Starts to send a part. Waits while too many are being sent, which applies backpressure to the stream. */
  private async send(buffer: Buffer, length: number): Promise<void> {
    while (this.sending.size >= concurrentParts(buffer.length) && this.failure === undefined)
      await Promise.race(this.sending);
    if (this.failure !== undefined) throw this.failure;
    if (this.nextNumber > this.options.maxParts) throw this.tooManyParts();
    const sent = this.sendPart(this.nextNumber, buffer.subarray(0, length));
    this.nextNumber += 1;
    // Handled right away: a part that fails while the stream goes on must fail the upload, not crash the process.
    const handled: Promise<void> = sent
      .then(
        () => void this.free.push(buffer),
        (error: unknown) => {
          this.failure ??= error;
        },
      )
      .finally(() => this.sending.delete(handled));
    this.sending.add(handled);
  }

  private async sendPart(PartNumber: number, body: Buffer): Promise<void> {
    this.completed.push(
      await putPart(this.store, { target: this.target, PartNumber, body, checksums: this.options.checksums }),
    );
  }

  private tooManyParts(): BackupError {
    const { limits } = this.options;
    const most = capacity(limits);
    return new BackupError(
      "STORE_UNSUPPORTED",
      `The dump has more than ${formatMegabytes(most)}, which ${limits.maxParts} parts hold. ` +
        `Set ${largerParts(limits, Math.max(4 * most, 2 * (limits.expectedBytes ?? 0)))}.`,
    );
  }
}

/** Completes the upload unless the key exists already, and checks the object that appeared. */
async function complete(
  store: Store,
  { run, bytes, parts, ...target }: Target & { run: string; bytes: number; parts: SentPart[] },
): Promise<void> {
  // What the store would not refuse itself.
  if (!store.hasConditionalComplete && (await store.head(target.Key)) !== undefined)
    throw new BackupError("STORE_FAILED", `${target.Key} exists already, and is not overwritten.`);
  let failure: unknown;
  try {
    await sendComplete(store, { target, parts });
  } catch (error) {
    // The response to an earlier attempt may have been lost: then the upload is gone, and the object exists.
    if (error instanceof BackupError && error.code !== "STORE_FAILED") throw error;
    failure = error;
  }
  const head = await store.head(target.Key);
  if (head?.metadata["run"] === run && head.bytes === bytes) return;
  if (failure instanceof BackupError) throw failure;
  if (head !== undefined)
    throw new BackupError(
      "STORE_FAILED",
      `${target.Key} exists with ${head.bytes} bytes and is not what this run uploaded (${bytes} bytes).`,
      { cause: failure },
    );
  throw new BackupError("STORE_FAILED", `${target.Key} does not exist although all parts were uploaded.`, {
    cause: failure,
  });
}

/**
 * Aborts the incomplete uploads of killed runs below the prefix. Call it only while holding the lock of the database.
 *
 * @returns their number.
 */
export async function abortIncompleteUploads(store: Store, prefix: string): Promise<number> {
  const { s3, bucket } = store.settings;
  let count = 0;
  let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  while (marker) {
    const position: object = marker;
    const page = await store.call("s3:ListBucketMultipartUploads", () =>
      s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...position })),
    );
    for (const { Key, UploadId } of page.Uploads ?? []) {
      await store
        .call("s3:AbortMultipartUpload", () =>
          s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })),
        )
        .catch((error: unknown) => {
          if (!isMissing(error) && (error as Error).name !== "NoSuchUpload") throw error;
        });
      count += 1;
    }
    marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
  }
  return count;
}
