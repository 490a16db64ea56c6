// The storage that is configured.
import type { ServiceConfig } from "../../config.ts";
import { createDiskStorage, type DiskStorage } from "./disk.ts";
import { createS3Storage } from "./s3.ts";
import { type PhotoStorage, watched } from "./storage.ts";

export interface PhotoStores {
  storage: PhotoStorage;
  /** Where this service takes uploads itself. */
  disk?: DiskStorage;
}

export function createPhotoStores(
  config: Pick<ServiceConfig, "S3_BUCKET" | "PHOTOS_DIRECTORY" | "AWS_ENDPOINT_URL" | "AWS_ENDPOINT_URL_S3">,
  now: () => Date,
): PhotoStores | undefined {
  const { S3_BUCKET: name, PHOTOS_DIRECTORY: folder } = config;
  if (name) {
    const pathStyle = (config.AWS_ENDPOINT_URL_S3 ?? config.AWS_ENDPOINT_URL) !== undefined;
    return { storage: watched(createS3Storage({ name, pathStyle, now })) };
  }
  if (!folder) return undefined;
  const disk = createDiskStorage({ folder, pathOf: (key) => `/api/${key}`, now });
  return { storage: watched(disk), disk };
}
