// Photos in a bucket of S3. The role of the task has GetObject, PutObject and DeleteObject on its objects and no more:
// without ListBucket, S3 answers 403 and not 404 for an object that is not there
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions").
import { maxBytes } from "./picture.ts";
import { type Storage, uploadSeconds } from "./storage.ts";

export interface Bucket {
  name: string;
  /** With the name in the path: for stores that have no host name for each bucket. */
  pathStyle: boolean;
  now: () => Date;
}

/** Milliseconds for a call: whoever asks for a photo waits for it. */
const timeLimit = 5000;

/** The SDK takes memory, which a task that has nothing to do with photos does not need. */
const load = async (pathStyle: boolean) => (await import("./s3-connection.ts")).connect({ pathStyle, timeLimit });

export function createS3Storage({ name: Bucket, pathStyle, now }: Bucket): Storage {
  let connected: ReturnType<typeof load> | undefined;
  const s3 = () => (connected ??= load(pathStyle));
  const within = () => ({ abortSignal: AbortSignal.timeout(2 * timeLimit) });
  return {
    name: "s3",
    uploadOf: async ({ key: Key, type, bytes }) => {
      const { client, getSignedUrl, PutObjectCommand } = await s3();
      const put = new PutObjectCommand({ Bucket, Key, ContentType: type, ContentLength: bytes });
      const signingDate = now();
      const url = await getSignedUrl(client, put, {
        expiresIn: uploadSeconds,
        signingDate,
        // What is not signed, S3 does not hold the client to.
        signableHeaders: new Set(["host", "content-type", "content-length"]),
      });
      const expiresAt = new Date(signingDate.getTime() + uploadSeconds * 1000);
      return { method: "PUT", url, headers: { "content-type": type }, expiresAt };
    },
    read: async (Key) => {
      const { client, GetObjectCommand } = await s3();
      const command = new GetObjectCommand({ Bucket, Key, Range: `bytes=0-${maxBytes}` });
      try {
        const { Body } = await client.send(command, within());
        return Body && Buffer.from(await Body.transformToByteArray());
      } catch (error) {
        // 403 has other causes, too; a policy that is wrong fails what is written.
        if (["NoSuchKey", "AccessDenied"].includes((error as Error).name)) return undefined;
        if ((error as Error).name === "InvalidRange") return Buffer.of();
        throw error;
      }
    },
    write: async (Key, Body, ContentType) => {
      const { client, PutObjectCommand } = await s3();
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }), within());
    },
    remove: async (Key) => {
      const { client, DeleteObjectCommand } = await s3();
      await client.send(new DeleteObjectCommand({ Bucket, Key }), within());
    },
  };
}
