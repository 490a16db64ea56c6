// The calls of a multipart upload.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import zlib from "node:zlib";
import { required } from "../../../shared/src/required.ts";
import type { Store } from "./store.ts";

/** An upload that has been begun. */
export interface Target {
  Bucket: string;
  Key: string;
  UploadId: string;
}

export async function beginUpload(
  store: Store,
  { key, run, checksums }: { key: string; run: string; checksums: boolean },
): Promise<Target> {
  const { s3, bucket } = store.settings;
  const target = { Bucket: bucket, Key: key };
  const { UploadId } = await store.call("s3:PutObject", () =>
    s3.send(
      new CreateMultipartUploadCommand({
        ...target,
        ...(checksums ? { ChecksumAlgorithm: "CRC32" } : {}),
        Metadata: { run },
        ...store.encryption,
      }),
    ),
  );
  return { ...target, UploadId: required(UploadId, "s3:CreateMultipartUpload: UploadId") };
}

/** If this fails, the next run aborts the upload, or the lifecycle rule of the bucket. */
export async function abortUpload(store: Store, upload: Target): Promise<void> {
  await store
    .call("s3:AbortMultipartUpload", () => store.settings.s3.send(new AbortMultipartUploadCommand(upload)), 3)
    .catch(() => undefined);
}

export interface SentPart extends CompletedPart {
  PartNumber: number;
}

export async function putPart(
  store: Store,
  { target, PartNumber, body, checksums }: { target: Target; PartNumber: number; body: Buffer; checksums: boolean },
): Promise<SentPart> {
  const { s3 } = store.settings;
  const ChecksumCRC32 = checksums && "crc32" in zlib ? crc32(body) : undefined;
  const { ETag } = await store.call("s3:PutObject", () =>
    s3.send(
      new UploadPartCommand({
        ...target,
        PartNumber,
        Body: body,
        ContentLength: body.length,
        ...(ChecksumCRC32 ? { ChecksumCRC32 } : {}),
      }),
    ),
  );
  return { PartNumber, ETag, ...(ChecksumCRC32 ? { ChecksumCRC32 } : {}) };
}

function crc32(body: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(zlib.crc32(body));
  return sum.toString("base64");
}

/** @throws the SDK's error if the key exists (`isConflict`), where the store heeds the condition. */
export async function sendComplete(
  store: Store,
  { target, parts }: { target: Target; parts: SentPart[] },
): Promise<void> {
  const command = {
    ...target,
    ...(store.hasConditionalComplete ? { IfNoneMatch: "*" } : {}),
    MultipartUpload: { Parts: parts.toSorted((a, b) => a.PartNumber - b.PartNumber) },
  };
  await store.call("s3:PutObject", () => store.settings.s3.send(new CompleteMultipartUploadCommand(command)));
}
