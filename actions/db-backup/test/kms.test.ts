// Objects under a customer managed key of KMS: what iam-policy.json says is enough, and each of its parts is needed.
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listOf } from "../../shared/src/iam.ts";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { bucketClient } from "../src/clients.ts";
import { takeLock } from "../src/storage/lock.ts";
import { openStored } from "../src/storage/open-stored.ts";
import { Store } from "../src/storage/store.ts";
import { upload } from "../src/storage/upload.ts";
import { documentedPolicy } from "./s3-policy.ts";
import { ScriptedS3 } from "./scripted-s3.ts";

const place = { bucket: "backups", prefix: "database", database: "app" };
const kmsKey = "arn:aws:kms:ap-northeast-1:123456789012:key/0123";
const folder = "database/app/2026/01/31/backup_20260131T020000Z_1-1/";
const key = `${folder}data.dump`;
const bytes = randomBytes(9 * 1024 * 1024);
let s3: ScriptedS3;
let store: Store;
beforeEach(async () => {
  s3 = await ScriptedS3.start();
  s3.kmsKey = kmsKey;
  const client = bucketClient({ pathStyle: true, checksums: true }, s3.client);
  store = new Store({ s3: client, bucket: place.bucket, kmsKey, clock: simulatedClock(), log: () => {} });
});
afterEach(() => s3.stop());

const without = (...names: string[]) =>
  (s3.policies = [{ Statement: listOf(documentedPolicy.Statement).filter(({ Sid }) => !names.includes(Sid ?? "")) }]);

async function* dump(): AsyncIterable<Buffer> {
  yield bytes;
}

async function write() {
  const lock = await takeLock(store, place, { run: "me", seconds: 60, clock: simulatedClock(), log: () => {} });
  const options = { key, run: "me", maxParts: 10_000, checksums: true, beforeComplete: async () => {} };
  const stored = await upload(store, dump(), options);
  expect(await store.putIf(`${folder}manifest.json`, "{}")).toBe(true);
  await lock.release();
  return stored;
}

it("a writer needs both statements, a reader only the first", async () => {
  without("OnlyToPrune", "OnlyWithKmsKeyToWrite");
  await expect(write()).rejects.toMatchObject({ code: "STORE_DENIED", message: expect.stringContaining("KMS key") });
  without("OnlyToPrune", "OnlyWithKmsKey");
  await expect(write()).rejects.toMatchObject({ code: "STORE_DENIED" });
  without("OnlyToPrune");
  const stored = await write();

  without("WriteNewObjects", "UploadParts", "RenewLock", "OnlyToPrune", "OnlyWithKmsKeyToWrite");
  expect(Buffer.concat(await (await openStored(store, stored)).toArray()).equals(bytes)).toBe(true);
  expect(await store.text(`${folder}manifest.json`)).toMatchObject({ text: "{}" });
  without("OnlyWithKmsKey");
  await expect(store.text(`${folder}manifest.json`)).rejects.toMatchObject({ code: "STORE_DENIED" });
});

it("who prunes reads manifests, and writes nothing", async () => {
  await write();
  without("WriteNewObjects", "UploadParts", "RenewLock", "OnlyWithKmsKeyToWrite");
  expect(await store.text(`${folder}manifest.json`)).toBeDefined();
  expect(await store.head(key)).toBeDefined();
  await store.remove(`${folder}manifest.json`);
  expect(s3.keys(".json")).toEqual(["database/app/lock.json"]);
});

it("every object is written under the key", async () => {
  await write();
  const writes = s3.calls.filter(({ operation }) => operation === "put" || operation === "create");
  expect(writes.length).toBeGreaterThan(3);
  for (const { headers } of writes)
    expect(headers).toMatchObject({
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": kmsKey,
    });
});
