// What wraps a dump in the bucket: compression if pg_dump did not compress, and encryption if there are recipients.
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { createZstdCompress, createZstdDecompress, constants } from "node:zlib";
import { Decrypter, Encrypter } from "age-encryption";
import { ConfigurationError, messageOf } from "../../../shared/src/errors.ts";
import { BackupError } from "../errors.ts";
import type { Manifest } from "./manifest.ts";

/**
 * zstd came to Node with 22.15 (documentation of node:zlib). Without it, each backup would look damaged.
 *
 * @throws ConfigurationError
 */
export function assertZstd(decompress: unknown = createZstdDecompress, version = process.versions.node): void {
  if (typeof decompress !== "function")
    throw new ConfigurationError(
      `Node ${version} cannot read or write zstd, with which backups are compressed. Use Node 24, or 22.15 or newer.`,
    );
}

export type Wrapping = Pick<Manifest, "compression" | "encryption">;

/** The dump as it is stored in the bucket. */
export async function wrap(dump: Readable, { compression, encryption }: Wrapping): Promise<AsyncIterable<Buffer>> {
  // Level 1, like pg_dump's; without nbWorkers, which crashes Node 24 (nodejs/node 59899).
  const compressed =
    compression === "zstd"
      ? dump.pipe(
          createZstdCompress({
            params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
          }),
        )
      : dump;
  if (compressed !== dump) dump.on("error", (error) => compressed.destroy(error));
  if (encryption.method === "none") return compressed as AsyncIterable<Buffer>;
  const encrypter = new Encrypter();
  for (const recipient of encryption.recipients) encrypter.addRecipient(recipient);
  return buffers(await encrypter.encrypt(Readable.toWeb(compressed) as globalThis.ReadableStream<Uint8Array>));
}

/** The stored object → the dump. @throws BackupError if it cannot be decrypted. */
export async function unwrap(
  stored: Readable,
  { compression, encryption }: Wrapping,
  identity: string | undefined,
): Promise<Readable> {
  let plain = stored;
  if (encryption.method === "age") {
    if (identity === undefined)
      throw new BackupError(
        "DECRYPTION_FAILED",
        `The backup is encrypted for ${encryption.recipients.join(", ")}, and identity is not set.`,
      );
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    try {
      plain = Readable.fromWeb(
        (await decrypter.decrypt(
          Readable.toWeb(stored) as globalThis.ReadableStream<Uint8Array>,
        )) as unknown as ReadableStream,
      );
    } catch (cause) {
      throw new BackupError("DECRYPTION_FAILED", `The backup cannot be decrypted: ${messageOf(cause)}`, { cause });
    }
  }
  if (compression === "none") return plain;
  const dump = plain.pipe(createZstdDecompress());
  plain.on("error", (error) => dump.destroy(error));
  // A download that is stopped has neither an end nor an error, and who reads the dump would wait for one for ever.
  plain.on("close", () => {
    if (!plain.readableEnded) dump.destroy(new Error("The download was stopped."));
  });
  return dump;
}

async function* buffers(stream: globalThis.ReadableStream<Uint8Array>): AsyncIterable<Buffer> {
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>)
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
