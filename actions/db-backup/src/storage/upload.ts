// A stream → one object, in parts, nothing of it on a disk. The object appears at the end, when everybody has agreed to
// it.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import zlib from "node:zlib";
import { BackupError } from "../errors.ts";
import type { StoredObject } from "./manifest.ts";
import { isMissing, type Store } from "./store.ts";
import { required } from "../../../shared/src/required.ts";

const mebibyte = 1024 * 1024;

export interface UploadOptions {
  key: string;
  /** Names the object's maker, so that a lost answer can be told from somebody else's object. */
  run: string;
  /** Fewer at some providers. */
  maxParts: number;
  /** CRC32 of each part; off for stores that do not know it. */
  checksums: boolean;
  /** Called when the stream has ended, before the object appears: throws when it must not. */
  mayAppear: () => Promise<void>;
}

/** Parts under way at a time: four, fewer of large ones, which hold the memory of a task between them. */
export const atOnce = (bytes: number): number => Math.max(1, Math.min(4, Math.floor((256 * mebibyte) / bytes)));

/**
 * Bytes of a part: 8 MiB for the first tenth, twice as many for each next, up to 4 GiB. So 10,000 parts reach the 5 TB
 * of an
 * object, and small backups take little memory.
 */
export const partSize = (part: number, maxParts: number): number =>
  8 * mebibyte * 2 ** Math.min(9, Math.floor(((part - 1) * 10) / maxParts));

export async function upload(
  store: Store,
  source: AsyncIterable<Buffer>,
  options: UploadOptions,
): Promise<StoredObject> {
  const { s3, bucket } = store.settings;
  const { key, run, mayAppear } = options;
  const target = { Bucket: bucket, Key: key };
  const created = await store.call("s3:PutObject", () =>
    s3.send(
      new CreateMultipartUploadCommand({
        ...target,
        ...(options.checksums ? { ChecksumAlgorithm: "CRC32" } : {}),
        Metadata: { run },
        ...store.encryption,
      }),
    ),
  );
  const upload = { ...target, UploadId: required(created.UploadId, "s3:CreateMultipartUpload: UploadId") };
  const parts = new Parts(store, upload, options);
  try {
    const { bytes, sha256 } = await parts.sendAll(source);
    await mayAppear();
    await appear(store, { ...upload, run, bytes, parts: parts.completed });
    return { key, bytes, sha256 };
  } catch (error) {
    await parts.settle();
    // What cannot be aborted now is swept by the next run, and by the bucket's lifecycle rule.
    await store
      .call("s3:AbortMultipartUpload", () => s3.send(new AbortMultipartUploadCommand(upload)), 3)
      .catch(() => undefined);
    throw error;
  }
}

interface Target {
  Bucket: string;
  Key: string;
  UploadId: string;
}

class Parts {
  readonly completed: CompletedPart[] = [];
  private readonly store: Store;
  private readonly target: Target;
  private readonly options: UploadOptions;
  private readonly sending = new Set<Promise<void>>();
  /** Buffers to use again: a part's is free when the part has arrived. */
  private readonly free: Buffer[] = [];
  private failure: unknown;
  private next = 1;

  constructor(store: Store, target: Target, options: UploadOptions) {
    this.store = store;
    this.target = target;
    this.options = options;
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
    if (bytes === 0) throw new BackupError("DUMP_FAILED", "The dump is empty: not a single byte came.");
    return { bytes, sha256: hash.digest("hex") };
  }

  /** Waits until nothing is under way any more. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.sending);
  }

  private buffer(): Buffer {
    const size = partSize(this.next, this.options.maxParts);
    // Smaller ones are of no use any more.
    const fitting = this.free.filter(({ length }) => length === size);
    this.free.length = 0;
    this.free.push(...fitting);
    return this.free.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  /** Begins to send a part; waits while too many are under way, which holds back the stream. */
  private async send(buffer: Buffer, length: number): Promise<void> {
    while (this.sending.size >= atOnce(buffer.length) && this.failure === undefined) await Promise.race(this.sending);
    if (this.failure !== undefined) throw this.failure;
    if (this.next > this.options.maxParts)
      throw new BackupError("STORE_FAILED", `The dump needs more than ${this.options.maxParts} parts.`);
    const one = this.sendOne(this.next, buffer.subarray(0, length));
    this.next += 1;
    // Handled at once: a part that fails for good while the stream goes on must end it, not the process.
    const handled: Promise<void> = one
      .then(
        () => void this.free.push(buffer),
        (error: unknown) => {
          this.failure ??= error;
        },
      )
      .finally(() => this.sending.delete(handled));
    this.sending.add(handled);
  }

  private async sendOne(PartNumber: number, Body: Buffer): Promise<void> {
    const { s3 } = this.store.settings;
    const ChecksumCRC32 = this.options.checksums && "crc32" in zlib ? crc32(Body) : undefined;
    const { ETag } = await this.store.call("s3:PutObject", () =>
      s3.send(
        new UploadPartCommand({
          ...this.target,
          PartNumber,
          Body,
          ContentLength: Body.length,
          ...(ChecksumCRC32 ? { ChecksumCRC32 } : {}),
        }),
      ),
    );
    this.completed.push({ PartNumber, ETag, ...(ChecksumCRC32 ? { ChecksumCRC32 } : {}) });
  }
}

function crc32(body: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(zlib.crc32(body));
  return sum.toString("base64");
}

/** Completes the upload unless something has the name already, and looks at what appeared. */
async function appear(
  store: Store,
  { run, bytes, parts, ...target }: Target & { run: string; bytes: number; parts: CompletedPart[] },
): Promise<void> {
  const { s3 } = store.settings;
  const command = {
    ...target,
    IfNoneMatch: "*",
    MultipartUpload: { Parts: parts.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0)) },
  };
  let failure: unknown;
  try {
    await store.call("s3:PutObject", () => s3.send(new CompleteMultipartUploadCommand(command)));
  } catch (error) {
    // The answer to an earlier attempt may have been lost: then the upload is gone, and the object is there.
    if (error instanceof BackupError && error.code !== "STORE_FAILED") throw error;
    failure = error;
  }
  const head = await store.head(target.Key);
  if (head?.metadata["run"] === run && head.bytes === bytes) return;
  if (failure instanceof BackupError) throw failure;
  if (head !== undefined)
    throw new BackupError(
      "STORE_FAILED",
      `${target.Key} is there with ${head.bytes} bytes and is not what was sent (${bytes} bytes).`,
      { cause: failure },
    );
  throw new BackupError("STORE_FAILED", `${target.Key} has not appeared although all parts were sent.`, {
    cause: failure,
  });
}

/**
 * Removes what killed runs have left half-sent below the prefix. Only with the lock of its database held. @returns how
 * many.
 */
export async function sweepUploads(store: Store, prefix: string): Promise<number> {
  const { s3, bucket } = store.settings;
  let swept = 0;
  let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  while (marker) {
    const asked: object = marker;
    const page = await store.call("s3:ListBucketMultipartUploads", () =>
      s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...asked })),
    );
    for (const { Key, UploadId } of page.Uploads ?? []) {
      await store
        .call("s3:AbortMultipartUpload", () =>
          s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })),
        )
        .catch((error: unknown) => {
          if (!isMissing(error) && (error as Error).name !== "NoSuchUpload") throw error;
        });
      swept += 1;
    }
    marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
  }
  return swept;
}
