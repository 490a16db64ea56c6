// Where photos are kept, whatever it is: objects by key. S3 on AWS, a folder in development.
import { ApiError } from "../../http/errors.ts";

/** What a client sends a file to, once it has been told. */
export interface Upload {
  method: "PUT";
  /** Absolute, or a path of this service. */
  url: string;
  /** That the client has to send with it, as they are. */
  headers: Record<string, string>;
  expiresAt: Date;
}

export interface Announced {
  key: string;
  type: string;
  bytes: number;
}

export interface Storage {
  name: "s3" | "disk";
  /** Where exactly what was announced can be uploaded, for `uploadSeconds`. */
  uploadOf(announced: Announced): Promise<Upload>;
  /** Undefined where there is no such object; of one that is larger than may be uploaded, not all. */
  read(key: string): Promise<Buffer | undefined>;
  write(key: string, content: Buffer, type: string): Promise<void>;
  /** Objects that are not there are no error. */
  remove(key: string): Promise<void>;
}

export interface PhotoStorage extends Storage {
  /** What went wrong last, until a call succeeds. */
  problem(): string | undefined;
}

/** How long an upload may begin after it was announced. */
export const uploadSeconds = 600;
const retryAfter = 5;

/** Says whether the storage works, and hands on no error of its own. */
export function watched(storage: Storage): PhotoStorage {
  let problem: string | undefined;
  async function watch<T>(call: () => Promise<T>, isProof = true): Promise<T> {
    try {
      const result = await call();
      if (isProof) problem = undefined;
      return result;
    } catch (error) {
      problem = (error as Error).message || (error as Error).name;
      throw new ApiError("photos-unavailable", { retryAfter, cause: error });
    }
  }
  return {
    name: storage.name,
    problem: () => problem,
    // Made here, without a call: a success proves nothing.
    uploadOf: (announced) => watch(() => storage.uploadOf(announced), false),
    read: (key) => watch(() => storage.read(key)),
    write: (key, content, type) => watch(() => storage.write(key, content, type)),
    remove: (key) => watch(() => storage.remove(key)),
  };
}
