// The bucket, with the errors that it can make told apart.
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
  /** Of KMS for what is written; undefined: the bucket's own default. */
  kmsKey: string | undefined;
  clock: Clock;
  log: Log;
}

export interface Found {
  key: string;
  bytes: number;
  modified: Date;
}

export interface Head {
  bytes: number;
  metadata: Record<string, string>;
  /** Until when nobody may remove it, by Object Lock; a legal hold has no end. */
  lockedUntil: Date | "held" | undefined;
}

const attempts = 10;

export class Store {
  readonly settings: StoreSettings;

  constructor(settings: StoreSettings) {
    this.settings = settings;
  }

  /** What each write asks for: encryption with the given key. */
  get encryption(): Pick<PutObjectCommandInput, "ServerSideEncryption" | "SSEKMSKeyId"> {
    const { kmsKey } = this.settings;
    return kmsKey ? { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKey } : {};
  }

  /** All keys below a prefix, however many pages they fill. */
  async list(prefix: string): Promise<Found[]> {
    const found: Found[] = [];
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
      for (const { Key = "", Size, LastModified } of Contents)
        found.push({ key: Key, bytes: Size ?? 0, modified: LastModified ?? new Date(0) });
      token = NextContinuationToken;
    } while (token);
    return found;
  }

  async head(key: string): Promise<Head | undefined> {
    try {
      const {
        ContentLength = 0,
        Metadata = {},
        ObjectLockRetainUntilDate,
        ObjectLockLegalHoldStatus,
      } = await this.call("s3:GetObject", () =>
        this.settings.s3.send(new HeadObjectCommand({ Bucket: this.settings.bucket, Key: key })),
      );
      return {
        bytes: ContentLength,
        metadata: Metadata,
        lockedUntil: ObjectLockLegalHoldStatus === "ON" ? "held" : ObjectLockRetainUntilDate,
      };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** undefined when there is no such object. */
  async text(key: string): Promise<{ text: string; etag: string } | undefined> {
    try {
      // Read within the attempt: a body that breaks off is asked for again.
      return await this.call("s3:GetObject", async () => {
        const { Body, ETag = "" } = await this.settings.s3.send(
          new GetObjectCommand({ Bucket: this.settings.bucket, Key: key }),
        );
        return { text: await required(Body, "s3:GetObject: Body").transformToString("utf8"), etag: ETag };
      });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** The bytes from `from` on. A stream that breaks off is the reader's to open again. */
  async open(key: string, from: number): Promise<Readable> {
    const range = from === 0 ? {} : { Range: `bytes=${from}-` };
    const { Body } = await this.call("s3:GetObject", () =>
      this.settings.s3.send(new GetObjectCommand({ Bucket: this.settings.bucket, Key: key, ...range })),
    );
    return Body as Readable;
  }

  /**
   * Writes only if nothing is there (or only over what was read: `over`). @returns false when somebody else was first.
   */
  async putIf(key: string, text: string, over?: string): Promise<boolean> {
    const { s3, bucket } = this.settings;
    const condition = over === undefined ? { IfNoneMatch: "*" } : { IfMatch: over };
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
      // Our own write may have arrived although its answer did not.
      return (await this.text(key))?.text === text;
    }
  }

  async put(key: string, text: string): Promise<void> {
    const { s3, bucket } = this.settings;
    await this.call("s3:PutObject", () =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ...this.encryption })),
    );
  }

  async remove(key: string): Promise<void> {
    await this.call("s3:DeleteObject", () =>
      this.settings.s3.send(new DeleteObjectCommand({ Bucket: this.settings.bucket, Key: key })),
    );
  }

  /** Runs one call until it is answered; what passes by itself is tried again. */
  async call<T>(action: string, send: () => Promise<T>, tries = attempts): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        if (!canPass(error) || attempt === tries) throw this.explained(action, error, attempt);
        await this.settings.clock.sleep(Math.random() * Math.min(10_000, 100 * 2 ** attempt));
      }
    }
  }

  private explained(action: string, error: unknown, attempt: number): Error {
    if (error instanceof FailedError) return error;
    const { name, message } = causeOf(error);
    const where = `${action} in ${this.settings.bucket}`;
    if (isMissing(error) || /^(PreconditionFailed|ConditionalRequestConflict|NoSuchUpload)$/.test(name))
      return error as Error;
    if (/ExpiredToken|TokenRefreshRequired|RequestExpired/.test(name) || /token.*expired/i.test(message))
      return new BackupError("CREDENTIALS_EXPIRED", `${where}: ${name}`, { cause: error });
    if (isAccessDenied(error) || /^(Forbidden|AccessDenied|403)$/.test(name) || statusOf(error) === 403)
      return new BackupError("STORE_DENIED", `${where}: ${name}: ${message}`, { cause: error });
    return new BackupError(
      "STORE_FAILED",
      `${where}: ${[name, message].filter(Boolean).join(": ")}${attempt > 1 ? ` (${attempt} attempts)` : ""}`,
      { cause: error },
    );
  }
}

const causeOf = (error: unknown): Error => (error instanceof Error ? error : new Error(messageOf(error)));

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

export const isMissing = (error: unknown): boolean =>
  /^(NoSuchKey|NotFound|404)$/.test(causeOf(error).name) && statusOf(error) !== 403;

/** Besides what is trouble everywhere: what S3 says when it is busy, and bodies that break off. */
function canPass(error: unknown): boolean {
  if (error instanceof FailedError) return false;
  const { name, message } = causeOf(error);
  return (
    isTransient(error) ||
    /^(SlowDown|InternalError|RequestTimeTooSkewed|OperationAborted|BadDigest|IncompleteBody)$/.test(name) ||
    /aborted|socket hang up|premature|terminated|checksum|ECONNRESET/i.test(message)
  );
}
