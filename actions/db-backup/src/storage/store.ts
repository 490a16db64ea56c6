// Access to the bucket, with retries and an error code for each kind of failure.
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import { isAccessDenied, isTransient } from "../../../shared/src/aws.ts";
import type { Clock } from "../../../shared/src/clock.ts";
import { FailedError, messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { archivedError, archivedIn, type Archived } from "./archive.ts";
import { putAfterReading } from "./unconditional-writes.ts";
import { adviceAfterRefusal } from "./refusals.ts";
import { BackupError } from "../errors.ts";
import { required } from "../../../shared/src/required.ts";

export interface StoreSettings {
  s3: S3Client;
  bucket: string;
  /** KMS key for writes; undefined: the bucket's default encryption. */
  kmsKey: string | undefined;
  /** Bytes of each part of an upload; undefined: as the store wants them. */
  partBytes?: number | undefined;
  /** false: the client sends no checksums that are optional. */
  checksums?: boolean;
  /** false: the store does not know If-None-Match and If-Match; what they would refuse is read before each write. */
  conditionalWrites?: boolean;
  clock: Clock;
  log: Log;
}

export interface ListedObject {
  key: string;
  bytes: number;
  /** undefined: the standard one. */
  storageClass?: string | undefined;
}

export interface Head {
  bytes: number;
  metadata: Record<string, string>;
  /** End of the Object Lock retention; a legal hold has no end. */
  lockedUntil: Date | "legal hold" | undefined;
  /** undefined: it can be read. */
  archived: Archived | undefined;
}

const maxAttempts = 10;

export class Store {
  readonly settings: StoreSettings;
  /** Whether completing a multipart upload heeds If-None-Match, as far as is known. */
  hasConditionalComplete: boolean;

  constructor(settings: StoreSettings) {
    this.settings = settings;
    this.hasConditionalComplete = this.hasConditionalWrites;
  }

  get hasConditionalWrites(): boolean {
    return this.settings.conditionalWrites ?? true;
  }

  /** Host of a store that is not AWS. Known after the first request, with which the SDK reads its environment. */
  async foreignHost(): Promise<string | undefined> {
    const { isCustomEndpoint, endpoint } = this.settings.s3.config;
    const host = isCustomEndpoint ? (await endpoint?.())?.hostname : undefined;
    // An interface endpoint of a VPC is set like a foreign one.
    return host === undefined || /\.amazonaws\.com(\.cn)?$/i.test(host) ? undefined : host;
  }

  /** Encryption parameters of each write. */
  get encryption(): Pick<PutObjectCommandInput, "ServerSideEncryption" | "SSEKMSKeyId"> {
    const { kmsKey } = this.settings;
    return kmsKey ? { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKey } : {};
  }

  /** All objects below a prefix, from all pages. */
  async list(prefix: string): Promise<ListedObject[]> {
    const objects: ListedObject[] = [];
    let token: string | undefined;
    do {
      const { Contents = [], NextContinuationToken } = await this.call("s3:ListBucket", () =>
        this.settings.s3.send(
          new ListObjectsV2Command({
            Bucket: this.settings.bucket,
            Prefix: prefix,
            ...(token ? { ContinuationToken: token } : {}),
          }),
        ),
      );
      for (const { Key, Size, StorageClass } of Contents)
        objects.push({
          key: required(Key, "s3:ListObjectsV2: Key"),
          bytes: required(Size, "s3:ListObjectsV2: Size"),
          storageClass: StorageClass,
        });
      token = NextContinuationToken;
    } while (token);
    return objects;
  }

  async head(key: string): Promise<Head | undefined> {
    try {
      const head = await this.call("s3:GetObject", () =>
        this.settings.s3.send(new HeadObjectCommand({ Bucket: this.settings.bucket, Key: key })),
      );
      return {
        bytes: required(head.ContentLength, "s3:HeadObject: ContentLength"),
        metadata: head.Metadata ?? {},
        lockedUntil: head.ObjectLockLegalHoldStatus === "ON" ? "legal hold" : head.ObjectLockRetainUntilDate,
        archived: archivedIn(head),
      };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** undefined if there is no such object. @throws BackupError ARCHIVED. */
  async text(key: string): Promise<{ text: string; etag: string } | undefined> {
    try {
      // The body is read within the attempt, so that an interrupted one is retried.
      return await this.call("s3:GetObject", async () => {
        const { Body, ETag } = await this.settings.s3.send(
          new GetObjectCommand({ Bucket: this.settings.bucket, Key: key }),
        );
        return {
          text: await required(Body, "s3:GetObject: Body").transformToString("utf8"),
          etag: required(ETag, "s3:GetObject: ETag"),
        };
      });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw await this.explainArchived(key, error);
    }
  }

  /** The bytes from offset `from` on. An interrupted stream is left to the caller. @throws BackupError ARCHIVED. */
  async open(key: string, from: number): Promise<Readable> {
    const range = from === 0 ? {} : { Range: `bytes=${from}-` };
    try {
      const { Body } = await this.call("s3:GetObject", () =>
        this.settings.s3.send(new GetObjectCommand({ Bucket: this.settings.bucket, Key: key, ...range })),
      );
      return required(Body, "s3:GetObject: Body") as Readable;
    } catch (error) {
      throw await this.explainArchived(key, error);
    }
  }

  private async explainArchived(key: string, error: unknown): Promise<unknown> {
    if (causeOf(error).name !== "InvalidObjectState") return error;
    const { StorageClass, AccessTier } = error as { StorageClass?: string; AccessTier?: string };
    const head = await this.head(key).catch(() => undefined);
    const archived = head?.archived ?? { tier: AccessTier ?? StorageClass ?? "archive", isBeingRestored: false };
    return archivedError(this, { key, ...archived });
  }

  /**
   * Writes only if there is no object, or, with `etag`, only over the object with this ETag.
   *
   * @returns false if another writer was first.
   */
  async putIf(key: string, text: string, etag?: string): Promise<boolean> {
    if (!this.hasConditionalWrites) return putAfterReading(this, { key, text, etag });
    try {
      await this.put(key, text, etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag });
      return true;
    } catch (error) {
      if (!isConflict(error)) throw error;
      // Our own write may have succeeded in an attempt whose response was lost.
      return (await this.text(key))?.text === text;
    }
  }

  /** Writes a small object. @throws the SDK's error if the condition does not hold (`isConflict`). */
  async put(key: string, text: string, condition: { IfNoneMatch?: "*"; IfMatch?: string } = {}): Promise<void> {
    const { s3, bucket } = this.settings;
    await this.call("s3:PutObject", () =>
      s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: text,
          ContentType: "application/json",
          ...condition,
          ...this.encryption,
        }),
      ),
    );
  }

  async remove(key: string): Promise<void> {
    await this.call("s3:DeleteObject", () =>
      this.settings.s3.send(new DeleteObjectCommand({ Bucket: this.settings.bucket, Key: key })),
    );
  }

  /** Runs one call; transient errors are retried. */
  async call<T>(action: string, send: () => Promise<T>, attempts = maxAttempts): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        if (!isRetryable(error) || attempt === attempts) throw this.toBackupError(action, error, attempt);
        await this.settings.clock.sleep(Math.random() * Math.min(10_000, 100 * 2 ** attempt));
      }
    }
  }

  private toBackupError(action: string, error: unknown, attempt: number): Error {
    if (error instanceof FailedError) return error;
    const { name, message } = causeOf(error);
    const where = `${action} in ${this.settings.bucket}`;
    if (isMissing(error) || isConflict(error) || /^(NoSuchUpload|InvalidObjectState)$/.test(name))
      return error as Error;
    if (/ExpiredToken|TokenRefreshRequired|RequestExpired/.test(name) || /token.*expired/i.test(message))
      return new BackupError("CREDENTIALS_EXPIRED", `${where}: ${name}`, { cause: error });
    if (isAccessDenied(error) || /^(Forbidden|AccessDenied|403)$/.test(name) || statusOf(error) === 403)
      return new BackupError("STORE_DENIED", `${where}: ${name}: ${message}`, { cause: error });
    const what = [name, message].filter(Boolean).join(": ");
    const advice = adviceAfterRefusal(error, {
      checksums: this.settings.checksums ?? true,
      conditionalWrites: this.hasConditionalWrites,
    });
    if (advice !== undefined)
      return new BackupError("STORE_UNSUPPORTED", `${where}: ${what.replace(/\.$/, "")}. ${advice}`, { cause: error });
    const retries = attempt > 1 ? ` (${attempt} attempts)` : "";
    return new BackupError("STORE_FAILED", `${where}: ${what}${retries}`, { cause: error });
  }
}

const causeOf = (error: unknown): Error => (error instanceof Error ? error : new Error(messageOf(error)));

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

export const isMissing = (error: unknown): boolean =>
  /^(NoSuchKey|NotFound|404)$/.test(causeOf(error).name) && statusOf(error) !== 403;

/** A condition of a write does not hold: somebody else was first. */
export const isConflict = (error: unknown): boolean =>
  /^(PreconditionFailed|ConditionalRequestConflict)$/.test(causeOf(error).name);

/** In addition to errors that are transient for every service: those of a busy S3, and interrupted bodies. */
function isRetryable(error: unknown): boolean {
  if (error instanceof FailedError) return false;
  const { name, message } = causeOf(error);
  // What a store does not know today, it does not know in a second; such a message may contain "checksum", too.
  if (statusOf(error) === 501 || adviceAfterRefusal(error, { checksums: true, conditionalWrites: true })) return false;
  return (
    isTransient(error) ||
    /^(SlowDown|InternalError|RequestTimeTooSkewed|OperationAborted|BadDigest|IncompleteBody)$/.test(name) ||
    /aborted|socket hang up|premature|terminated|checksum|ECONNRESET/i.test(message)
  );
}
