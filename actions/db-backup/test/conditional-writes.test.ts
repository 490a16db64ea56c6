// Whoever has the role of a backup task can add objects, but cannot overwrite any: against a scripted S3 that evaluates
// iam-policy.json, without its permission to prune.
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listOf } from "../../shared/src/iam.ts";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { bucketClient } from "../src/clients.ts";
import { takeLock } from "../src/storage/lock.ts";
import { Store } from "../src/storage/store.ts";
import { upload } from "../src/storage/upload.ts";
import { documentedPolicy } from "./s3-policy.ts";
import { ScriptedS3 } from "./scripted-s3.ts";

const place = { bucket: "backups", prefix: "database", database: "app" };
const folder = "database/app/2026/01/31/backup_20260131T020000Z_1-1/";
const lock = "database/app/lock.json";
const Bucket = place.bucket;
let s3: ScriptedS3;
let client: S3Client;
let store: Store;

beforeEach(async () => {
  s3 = await ScriptedS3.start();
  s3.policies = [{ Statement: listOf(documentedPolicy.Statement).filter(({ Sid }) => Sid !== "OnlyToPrune") }];
  client = bucketClient({ pathStyle: true, checksums: true }, s3.client);
  store = new Store({ s3: client, bucket: Bucket, kmsKey: undefined, clock: simulatedClock(), log: () => {} });
  for (const name of ["data.dump", "globals.sql", "manifest.json"]) s3.set(`${folder}${name}`, "good");
  s3.set(lock, JSON.stringify({ run: "another", until: "" }));
});
afterEach(() => s3.stop());

const denied = { name: "AccessDenied" };
const bodies = () => s3.keys().map((key) => s3.objects.get(key)?.body.toString());

describe("with the role of a backup task", () => {
  it.each(["data.dump", "globals.sql", "manifest.json"])("%s of a backup cannot be overwritten", async (name) => {
    const object = { Bucket, Key: `${folder}${name}`, Body: "bad" };
    const before = bodies();
    await expect(client.send(new PutObjectCommand(object))).rejects.toMatchObject(denied);
    await expect(client.send(new PutObjectCommand({ ...object, IfNoneMatch: "*" }))).rejects.toMatchObject({
      name: "PreconditionFailed",
    });
    // With the right ETag, S3 itself would overwrite it.
    const IfMatch = s3.objects.get(object.Key)?.etag;
    await expect(client.send(new PutObjectCommand({ ...object, IfMatch }))).rejects.toMatchObject(denied);
    expect(bodies()).toEqual(before);
  });

  it("nor by a multipart upload", async () => {
    const target = { Bucket, Key: `${folder}data.dump` };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
    const { ETag } = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: "bad" }));
    const complete = { ...target, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
    await expect(client.send(new CompleteMultipartUploadCommand(complete))).rejects.toMatchObject(denied);
    await expect(
      client.send(new CompleteMultipartUploadCommand({ ...complete, IfNoneMatch: "*" })),
    ).rejects.toMatchObject({ name: "PreconditionFailed" });
    expect(bodies()).not.toContain("bad");
  });

  it("nor deleted, nor can anything be written outside of the folder of backups", async () => {
    const Key = `${folder}manifest.json`;
    await expect(client.send(new DeleteObjectCommand({ Bucket, Key }))).rejects.toMatchObject(denied);
    const elsewhere = { Bucket, Key: "uploads/lock.json", Body: "x", IfNoneMatch: "*" };
    await expect(client.send(new PutObjectCommand(elsewhere))).rejects.toMatchObject(denied);
  });

  it("the lock is overwritten only by who has read it", async () => {
    await expect(client.send(new PutObjectCommand({ Bucket, Key: lock, Body: "bad" }))).rejects.toMatchObject(denied);
    const mine = await takeLock(store, place, { run: "me", seconds: 60, clock: simulatedClock(), log: () => {} });
    expect(s3.objects.get(lock)?.body.toString()).toContain('"run":"me"');
    await mine.release();
    expect(s3.objects.get(lock)?.body.toString()).toBe('{"run":"me","until":""}');
  });

  it("a new backup is written: every write that the code makes carries its condition", async () => {
    const next = folder.replaceAll("20260131", "20260201");
    async function* dump(): AsyncIterable<Buffer> {
      yield Buffer.alloc(9 * 1024 * 1024);
    }
    const options = { run: "me", maxParts: 10_000, checksums: true, beforeComplete: async () => {} };
    await upload(store, dump(), { key: `${next}data.dump`, ...options });
    expect(await store.putIf(`${next}manifest.json`, "{}")).toBe(true);
    expect(await store.putIf(`${next}manifest.json`, '{"another":1}')).toBe(false);
    const created = s3.calls.filter(({ operation }) => operation === "put" || operation === "complete");
    expect(created.map(({ headers }) => headers["if-none-match"])).toEqual(["*", "*", "*"]);
  });
});
