// Bytes into the bucket and back: parts, checksums, broken connections, what is half-sent; against a scripted S3.
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { bucketClient } from "../src/clients.ts";
import { Store } from "../src/storage/store.ts";
import { openStored } from "../src/storage/open-stored.ts";
import { atOnce, partSize, sweepUploads, upload } from "../src/storage/upload.ts";
import { ScriptedS3, type Fault } from "./scripted-s3.ts";

let s3: ScriptedS3;
let store: Store;
/**
 * @param requestTimeout milliseconds; short only where the server says nothing, because a busy machine may need a
 * second.
 */
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

async function* inPieces(bytes: Buffer, size = 100_000): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

const settings = {
  key: "database/app/x/data.dump",
  run: "me",
  maxParts: 10_000,
  checksums: true,
  mayAppear: async () => {},
};
const twentyMegabytes = randomBytes(20_000_000);

describe("an upload", () => {
  it("sends parts with their checksums, and appears with the digest that it says", async () => {
    const stored = await upload(store, inPieces(twentyMegabytes), settings);
    expect(s3.objects.get(settings.key)!.body.equals(twentyMegabytes)).toBe(true);
    expect(stored.bytes).toBe(twentyMegabytes.length);
    expect(
      s3.calls
        .filter(({ operation }) => operation === "part")
        .map(({ headers }) => typeof headers["x-amz-checksum-crc32"]),
    ).toEqual(["string", "string", "string"]);
    expect((await bytesOf(await openStored(store, stored))).equals(twentyMegabytes)).toBe(true);
  });

  it("sends four parts at a time, and holds its source back meanwhile", async () => {
    const part = partSize(1, settings.maxParts);
    const bytes = Buffer.alloc(7 * part);
    let read = 0;
    async function* source(): AsyncIterable<Buffer> {
      for await (const piece of inPieces(bytes)) {
        read += piece.length;
        yield piece;
      }
    }
    const unanswered: (() => void)[] = [];
    s3.onRequest = (operation, _key, when) =>
      operation === "part" && when === "after" ? new Promise<void>((resolve) => unanswered.push(resolve)) : undefined;
    const uploaded = upload(store, source(), settings);
    for (const parts of [5, 6, 7]) {
      // A fifth part is filled, and waits until one of the four has arrived.
      await expect.poll(() => [unanswered.length, Math.floor(read / part)], { timeout: 20_000 }).toEqual([4, parts]);
      unanswered.shift()!();
    }
    s3.onRequest = () => undefined;
    for (const answer of unanswered) answer();
    expect((await uploaded).bytes).toBe(bytes.length);
  });

  it("holds half a gibibyte at most at a time, up to half a tebibyte: its parts grow, and fewer are under way", () => {
    const held = (part: number) => (atOnce(partSize(part, 10_000)) + 1) * partSize(part, 10_000);
    expect(Math.max(...Array.from({ length: 6000 }, (_, index) => held(index + 1)))).toBe(512 * 2 ** 20);
    expect([1, 3001, 4001, 5001, 9001].map((part) => atOnce(partSize(part, 10_000)))).toEqual([4, 4, 2, 1, 1]);
  });

  it("grows its parts, so that ten thousand of them hold five terabytes", () => {
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
    ["cut connections", ["reset", "reset"]],
    ["lost answers", ["lost", "lost"]],
    ["a server that says nothing", ["silence"]],
  ])("goes on through %s at any call", async (_what, faults) => {
    if (faults.includes("silence")) store = storeWith(1000);
    const left = new Map<string, Fault[]>();
    s3.fault = (operation, key) => {
      const own = left.get(`${operation} ${key}`) ?? [...faults];
      left.set(`${operation} ${key}`, own);
      return own.shift();
    };
    await upload(store, inPieces(twentyMegabytes), settings);
    expect(s3.objects.get(settings.key)!.body.equals(twentyMegabytes)).toBe(true);
  });

  it.each<[string, Fault, string]>([
    ["a part is refused for good", "500", "STORE_FAILED"],
    ["the credentials run out", "expired", "CREDENTIALS_EXPIRED"],
    ["the role may not write", "denied", "STORE_DENIED"],
  ])("leaves nothing when %s", async (_what, fault, code) => {
    s3.fault = (operation, _key, count) => (operation === "part" && count >= 1 ? fault : undefined);
    await expect(upload(store, inPieces(twentyMegabytes), settings)).rejects.toMatchObject({ code });
    expect([s3.keys(), s3.uploads.size]).toEqual([[], 0]);
  });

  it("leaves nothing when the stream breaks, when it is not to appear, and when it is empty", async () => {
    async function* broken(): AsyncIterable<Buffer> {
      yield twentyMegabytes;
      throw new Error("the pipe broke");
    }
    await expect(upload(store, broken(), settings)).rejects.toThrow("the pipe broke");
    await expect(
      upload(store, inPieces(twentyMegabytes), {
        ...settings,
        mayAppear: () => Promise.reject(new Error("pg_dump was killed")),
      }),
    ).rejects.toThrow("pg_dump was killed");
    await expect(upload(store, inPieces(Buffer.alloc(0)), settings)).rejects.toMatchObject({ code: "DUMP_FAILED" });
    expect([s3.keys(), s3.uploads.size]).toEqual([[], 0]);
  });

  it("does not take another's object for its own, and never overwrites one", async () => {
    s3.set(settings.key, "somebody else's", { metadata: { run: "other" } });
    await expect(upload(store, inPieces(twentyMegabytes), settings)).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(s3.objects.get(settings.key)!.body.toString()).toBe("somebody else's");
  });

  it("that was never ended is swept, with those of its own database alone", async () => {
    for (const key of ["database/app/a", "database/app2/a"])
      s3.uploads.set(key, { key, parts: new Map(), metadata: {} });
    expect(await sweepUploads(store, "database/app/")).toBe(1);
    expect([...s3.uploads.keys()]).toEqual(["database/app2/a"]);
  });
});

describe("reading back", () => {
  const bytes = randomBytes(1_000_000);
  const read = async (more: object = {}) => {
    const object = await upload(store, inPieces(bytes), settings);
    s3.objects.get(settings.key)!.body = Buffer.from(bytes);
    Object.assign(s3.objects.get(settings.key)!, more);
    return bytesOf(await openStored(store, object));
  };

  it("opens again where the connection broke", async () => {
    s3.fault = (operation, _key, count) => (operation === "get" && count < 3 ? "short" : undefined);
    expect((await read()).equals(bytes)).toBe(true);
    expect(s3.calls.filter(({ operation }) => operation === "get").map(({ headers }) => headers.range)).toEqual([
      undefined,
      "bytes=500000-",
      "bytes=750000-",
      "bytes=875000-",
    ]);
  });

  it("gives up when nothing comes any more", async () => {
    s3.fault = (operation) => (operation === "get" ? "500" : undefined);
    await expect(read()).rejects.toMatchObject({ code: "STORE_FAILED" });
  });

  it("notices a changed byte, a shorter object and one that is gone", async () => {
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
    await expect(openStored(store, { key: "nowhere", bytes: 1, sha256: "" })).rejects.toMatchObject({
      code: "CORRUPT",
      message: expect.stringContaining("is gone"),
    });
  });
});
