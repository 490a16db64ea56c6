// Uploads and downloads: parts, checksums, lost connections, incomplete uploads; against a scripted S3.
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { bucketClient } from "../src/clients.ts";
import { Store } from "../src/storage/store.ts";
import { openStored } from "../src/storage/open-stored.ts";
import { partSize } from "../src/storage/part-size.ts";
import { concurrentParts, abortIncompleteUploads, upload } from "../src/storage/upload.ts";
import { ScriptedS3, type Fault } from "./scripted-s3.ts";

let s3: ScriptedS3;
let store: Store;
/** @param requestTimeout milliseconds; short only for a silent server, because a busy machine may need a second. */
const storeWith = (requestTimeout: number): Store =>
  new Store({
    s3: bucketClient(
      { pathStyle: true, checksums: true },
      { ...s3.client, requestHandler: { requestTimeout, throwOnRequestTimeout: true } },
    ),
    bucket: "backups",
    kmsKey: undefined,
    clock: simulatedClock(),
    log: () => {},
  });
beforeEach(async () => {
  s3 = await ScriptedS3.start();
  store = storeWith(60_000);
});
afterEach(() => s3.stop());

async function* inChunks(bytes: Buffer, size = 100_000): AsyncIterable<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const settings = {
  key: "database/app/x/data.dump",
  run: "me",
  maxParts: 10_000,
  checksums: true,
  beforeComplete: async () => {},
};
const twentyMegabytes = randomBytes(20_000_000);

describe("an upload", () => {
  it("sends parts with checksums, and returns the size and digest of the object", async () => {
    const stored = await upload(store, inChunks(twentyMegabytes), settings);
    expect(s3.objects.get(settings.key)!.body.equals(twentyMegabytes)).toBe(true);
    expect(stored.bytes).toBe(twentyMegabytes.length);
    expect(
      s3.calls
        .filter(({ operation }) => operation === "part")
        .map(({ headers }) => typeof headers["x-amz-checksum-crc32"]),
    ).toEqual(["string", "string", "string"]);
    expect((await bytesOf(await openStored(store, stored))).equals(twentyMegabytes)).toBe(true);
  });

  it("uses at most 512 MiB of memory for the first 6,000 parts: parts grow, and fewer are sent at a time", () => {
    const memoryFor = (part: number) => (concurrentParts(partSize(part, 10_000)) + 1) * partSize(part, 10_000);
    expect(Math.max(...Array.from({ length: 6000 }, (_, index) => memoryFor(index + 1)))).toBe(512 * 2 ** 20);
    expect([1, 3001, 4001, 5001, 9001].map((part) => concurrentParts(partSize(part, 10_000)))).toEqual([4, 4, 2, 1, 1]);
  });

  it("grows its parts, so that ten thousand of them are enough for five terabytes", () => {
    const total = (maxParts: number) =>
      Array.from({ length: maxParts }, (_, index) => partSize(index + 1, maxParts)).reduce(
        (sum, size) => sum + size,
        0,
      );
    expect(total(10_000)).toBeGreaterThan(5e12);
    expect([partSize(1, 10_000), partSize(1000, 10_000), partSize(1001, 10_000), partSize(10_000, 10_000)]).toEqual(
      [8, 8, 16, 4096].map((size) => size * 1024 * 1024),
    );
    expect(total(1000)).toBeGreaterThan(5e11);
  });

  it.each<[string, Fault[]]>([
    ["server errors", ["500", "503", "SlowDown"]],
    ["lost connections", ["reset", "reset"]],
    ["lost responses", ["lost", "lost"]],
    ["a silent server", ["silence"]],
  ])("survives %s at any call", async (_what, faults) => {
    if (faults.includes("silence")) store = storeWith(1000);
    const remaining = new Map<string, Fault[]>();
    s3.fault = (operation, key) => {
      const queue = remaining.get(`${operation} ${key}`) ?? [...faults];
      remaining.set(`${operation} ${key}`, queue);
      return queue.shift();
    };
    await upload(store, inChunks(twentyMegabytes), settings);
    expect(s3.objects.get(settings.key)!.body.equals(twentyMegabytes)).toBe(true);
  });

  it.each<[string, Fault, string]>([
    ["a part fails in every attempt", "500", "STORE_FAILED"],
    ["the credentials expire", "expired", "CREDENTIALS_EXPIRED"],
    ["the role lacks the permission to write", "denied", "STORE_DENIED"],
  ])("leaves nothing when %s", async (_what, fault, code) => {
    s3.fault = (operation, _key, count) => (operation === "part" && count >= 1 ? fault : undefined);
    await expect(upload(store, inChunks(twentyMegabytes), settings)).rejects.toMatchObject({ code });
    expect([s3.keys(), s3.uploads.size]).toEqual([[], 0]);
  });

  it("leaves nothing when the stream fails, when beforeComplete fails, and when the stream is empty", async () => {
    async function* broken(): AsyncIterable<Buffer> {
      yield twentyMegabytes;
      throw new Error("the pipe broke");
    }
    await expect(upload(store, broken(), settings)).rejects.toThrow("the pipe broke");
    await expect(
      upload(store, inChunks(twentyMegabytes), {
        ...settings,
        beforeComplete: () => Promise.reject(new Error("pg_dump was killed")),
      }),
    ).rejects.toThrow("pg_dump was killed");
    await expect(upload(store, inChunks(Buffer.alloc(0)), settings)).rejects.toMatchObject({ code: "DUMP_FAILED" });
    expect([s3.keys(), s3.uploads.size]).toEqual([[], 0]);
  });

  it("does not mistake another writer's object for its own, and never overwrites one", async () => {
    s3.set(settings.key, "somebody else's", { metadata: { run: "other" } });
    await expect(upload(store, inChunks(twentyMegabytes), settings)).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(s3.objects.get(settings.key)!.body.toString()).toBe("somebody else's");
  });

  it("that was never completed is aborted by the next run, but not one of another database", async () => {
    for (const key of ["database/app/a", "database/app2/a"])
      s3.uploads.set(key, { key, parts: new Map(), metadata: {} });
    expect(await abortIncompleteUploads(store, "database/app/")).toBe(1);
    expect([...s3.uploads.keys()]).toEqual(["database/app2/a"]);
  });
});

describe("a download", () => {
  const bytes = randomBytes(1_000_000);
  const read = async (more: object = {}) => {
    const object = await upload(store, inChunks(bytes), settings);
    s3.objects.get(settings.key)!.body = Buffer.from(bytes);
    Object.assign(s3.objects.get(settings.key)!, more);
    return bytesOf(await openStored(store, object));
  };

  it("continues where the connection was lost", async () => {
    s3.fault = (operation, _key, count) => (operation === "get" && count < 3 ? "short" : undefined);
    expect((await read()).equals(bytes)).toBe(true);
    expect(s3.calls.filter(({ operation }) => operation === "get").map(({ headers }) => headers.range)).toEqual([
      undefined,
      "bytes=500000-",
      "bytes=750000-",
      "bytes=875000-",
    ]);
  });

  it("fails when no bytes arrive any more", async () => {
    s3.fault = (operation) => (operation === "get" ? "500" : undefined);
    await expect(read()).rejects.toMatchObject({ code: "STORE_FAILED" });
  });

  it("detects a changed byte, a shorter object, and a missing one", async () => {
    const changed = Buffer.from(bytes);
    changed[500_000]! ^= 1;
    await expect(read({ body: changed })).rejects.toMatchObject({
      code: "CORRUPT",
      message: expect.stringContaining("SHA-256"),
    });
    s3.objects.clear();
    await expect(read({ body: bytes.subarray(1) })).rejects.toMatchObject({
      code: "CORRUPT",
      message: expect.stringContaining("999999 bytes instead of 1000000"),
    });
    await expect(openStored(store, { key: "database/nowhere", bytes: 1, sha256: "" })).rejects.toMatchObject({
      code: "CORRUPT",
      message: expect.stringContaining("is missing"),
    });
  });
});
