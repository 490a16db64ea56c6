// What is kept of a file that somebody uploaded: the picture alone, in two sizes. Nothing of the file itself is kept, and
// with it goes what cameras write into it, such as the place.
import { ApiError } from "../../http/errors.ts";

export const types = ["image/jpeg", "image/png", "image/webp"] as const;
export const maxBytes = 10 * 1024 * 1024;
/** More than phones have by default; it is the size in memory that counts, whatever the size of the file. */
const maxPixels = 50_000_000;
/** Pixels of the longer side. */
export const sizes = { large: 2048, thumbnail: 480 } as const;
export type Size = keyof typeof sizes;
export const keptType = "image/webp";
const quality = 80;
const seconds = 20;
/** That wait for the one that is being worked on. */
const maxWaiting = 16;

export type Refused = "not-a-picture" | "too-many-pixels";

export interface Picture {
  files: Record<Size, Buffer>;
  /** Of the large one. */
  width: number;
  height: number;
}

/** @returns why, of a file that is not accepted @throws ApiError `busy` */
export type ReadPicture = (file: Buffer) => Promise<Picture | Refused>;

type Sharp = typeof import("sharp").default;

/** One at a time, so that the memory is that of one. */
export function createPictureReader(): ReadPicture {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async (file) => {
    if (waiting > maxWaiting) throw new ApiError("busy", { retryAfter: 5 });
    waiting += 1;
    const turn = last.then(() => read(file)).finally(() => (waiting -= 1));
    last = turn.catch(() => {});
    return turn;
  };
}

let library: Sharp | undefined;

/** Its native library takes memory, which a task that nobody sends photos to does not need. */
async function loaded(): Promise<Sharp> {
  if (library) return library;
  const { default: sharp } = await import("sharp");
  sharp.cache(false);
  sharp.concurrency(1);
  // Only what is accepted is ever decoded, whatever a file says that it is.
  sharp.block({ operation: ["VipsForeignLoad"] });
  const decoders = ["Jpeg", "Png", "Webp"].map((format) => `VipsForeignLoad${format}Buffer`);
  sharp.unblock({ operation: decoders });
  return (library = sharp);
}

async function read(file: Buffer): Promise<Picture | Refused> {
  const sharp = await loaded();
  const open = () => sharp(file, { failOn: "error", limitInputPixels: maxPixels }).timeout({ seconds });
  try {
    const { width, height } = await open().metadata();
    if (width * height > maxPixels) return "too-many-pixels";
    const sized = async (size: Size) =>
      open()
        .autoOrient()
        .resize(sizes[size], sizes[size], { fit: "inside", withoutEnlargement: true })
        .webp({ quality })
        .toBuffer({ resolveWithObject: true });
    const large = await sized("large");
    const thumbnail = await sized("thumbnail");
    return {
      files: { large: large.data, thumbnail: thumbnail.data },
      width: large.info.width,
      height: large.info.height,
    };
  } catch (error) {
    // The message is the library's own, for people; there is no code.
    return /pixel limit/i.test((error as Error).message) ? "too-many-pixels" : "not-a-picture";
  }
}
