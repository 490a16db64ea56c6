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
import { BackupError } from "../errors.ts";
import { required } from "../../../shared/src/required.ts";

export interface StoreSettings {
  s3: S3Client;
  bucket: string;
  /** KMS key for writes; undefined: the bucket's default encryption. */
  kmsKey: string | undefined;
  clock: Clock;
  log: Log;
}

export interface ListedObject {
  key: string;
  bytes: number;
}

export interface Head {
  bytes: number;
  metadata: Record<string, string>;
  /** End of the Object Lock retention; a legal hold has no end. */
  lockedUntil: Date | "legal hold" | undefined;
}

const maxAttempts = 10;

export class Store {
  readonly settings: StoreSettings;

  constructor(settings: StoreSettings) {
    this.settings = settings;
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
      for (const { Key, Size } of Contents)
        objects.push({
          key: required(Key, "s3:ListObjectsV2: Key"),
          bytes: required(Size, "s3:ListObjectsV2: Size"),
        });
      token = NextContinuationToken;
    } while (token);
    return objects;
  }

  async head(key: string): Promise<Head | undefined> {
    try {
      const {
        ContentLength,
        Metadata = {},
        ObjectLockRetainUntilDate,
        ObjectLockLegalHoldStatus,
      } = await this.call("s3:GetObject", () =>
        this.settings.s3.send(new HeadObjectCommand({ Bucket: this.settings.bucket, Key: key })),
      );
      return {
        bytes: required(ContentLength, "s3:HeadObject: ContentLength"),
        metadata: Metadata,
        lockedUntil: ObjectLockLegalHoldStatus === "ON" ? "legal hold" : ObjectLockRetainUntilDate,
      };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** undefined if there is no such object. */
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
      throw error;
    }
  }

  /** The bytes from offset `from` on. An interrupted stream is left to the caller. */
  async open(key: string, from: number): Promise<Readable> {
    const range = from === 0 ? {} : { Range: `bytes=${from}-` };
    const { Body } = await this.call("s3:GetObject", () =>
      this.settings.s3.send(new GetObjectCommand({ Bucket: this.settings.bucket, Key: key, ...range })),
    );
    return required(Body, "s3:GetObject: Body") as Readable;
  }

  /**
   * Writes only if there is no object, or, with `etag`, only over the object with this ETag.
   *
   * @returns false if another writer was first.
   */
  async putIf(key: string, text: string, etag?: string): Promise<boolean> {
    const { s3, bucket } = this.settings;
    const condition = etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag };
    try {
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
      return true;
    } catch (error) {
      const cause = causeOf(error);
      if (!/^(PreconditionFailed|ConditionalRequestConflict)$/.test(cause.name)) throw error;
      // Our own write may have succeeded in an attempt whose response was lost.
      return (await this.text(key))?.text === text;
    }
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
    if (isMissing(error) || /^(PreconditionFailed|ConditionalRequestConflict|NoSuchUpload)$/.test(name))
      return error as Error;
    if (/ExpiredToken|TokenRefreshRequired|RequestExpired/.test(name) || /token.*expired/i.test(message))
      return new BackupError("CREDENTIALS_EXPIRED", `${where}: ${name}`, { cause: error });
    if (isAccessDenied(error) || /^(Forbidden|AccessDenied|403)$/.test(name) || statusOf(error) === 403)
      return new BackupError("STORE_DENIED", `${where}: ${name}: ${message}`, { cause: error });
    const what = [name, message].filter(Boolean).join(": ");
    const retries = attempt > 1 ? ` (${attempt} attempts)` : "";
    return new BackupError("STORE_FAILED", `${where}: ${what}${retries}`, { cause: error });
  }
}

const causeOf = (error: unknown): Error => (error instanceof Error ? error : new Error(messageOf(error)));

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

export const isMissing = (error: unknown): boolean =>
  /^(NoSuchKey|NotFound|404)$/.test(causeOf(error).name) && statusOf(error) !== 403;

/** In addition to errors that are transient for every service: those of a busy S3, and interrupted bodies. */
function isRetryable(error: unknown): boolean {
  if (error instanceof FailedError) return false;
  const { name, message } = causeOf(error);
  return (
    isTransient(error) ||
    /^(SlowDown|InternalError|RequestTimeTooSkewed|OperationAborted|BadDigest|IncompleteBody)$/.test(name) ||
    /aborted|socket hang up|premature|terminated|checksum|ECONNRESET/i.test(message)
  );
}
