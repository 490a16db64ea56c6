// Photos in a folder, for development. Whoever was given an address may upload to it, as with S3.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Announced, type Storage, uploadSeconds } from "./storage.ts";

export interface DiskStorage extends Storage {
  name: "disk";
  /** Whether an upload was announced like this, and is not too late. */
  isAnnounced(announced: Announced, proof: { expires: number; signature: string }): boolean;
}

/** @param pathOf where this service takes the upload of a key */
export function createDiskStorage(parts: {
  folder: string;
  pathOf: (key: string) => string;
  now: () => Date;
}): DiskStorage {
  const { folder, pathOf, now } = parts;
  // A server that is started again has forgotten what it announced: on one machine, nobody waits that long.
  const secret = randomBytes(32);
  const signatureOf = ({ key, type, bytes }: Announced, expires: number) =>
    createHmac("sha256", secret)
      .update(JSON.stringify([key, type, bytes, expires]))
      .digest("hex");
  return {
    name: "disk",
    uploadOf: async (announced) => {
      const expires = now().getTime() + uploadSeconds * 1000;
      const query = new URLSearchParams({ expires: String(expires), signature: signatureOf(announced, expires) });
      return {
        method: "PUT",
        url: `${pathOf(announced.key)}?${query}`,
        headers: { "content-type": announced.type },
        expiresAt: new Date(expires),
      };
    },
    isAnnounced: (announced, { expires, signature }) => {
      const [given, own] = [Buffer.from(signature), Buffer.from(signatureOf(announced, expires))];
      return given.length === own.length && timingSafeEqual(given, own) && now().getTime() <= expires;
    },
    read: async (key) => {
      try {
        return await readFile(join(folder, key));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    write: async (key, content) => {
      const path = join(folder, key);
      await mkdir(dirname(path), { recursive: true });
      const unfinished = `${path}.${randomBytes(6).toString("hex")}`;
      await writeFile(unfinished, content);
      await rename(unfinished, path);
    },
    remove: (key) => rm(join(folder, key), { force: true }),
  };
}
