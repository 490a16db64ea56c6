// How an upload is cut into parts. Parts that grow fit everything from a megabyte to 5 TB, but some stores want equal
// ones.

const mebibyte = 1024 * 1024;
const smallest = 8 * mebibyte;
const largest = 4096 * mebibyte;

/**
 * Bytes of a part: 8 MiB in the first tenth of the parts, twice as many in each following tenth, up to 4 GiB. So 10,000
 * parts are enough for an object of 5 TB, the maximum, and small backups need little memory.
 */
export const partSize = (part: number, maxParts: number): number =>
  Math.min(largest, smallest * 2 ** Math.min(9, Math.floor(((part - 1) * 10) / maxParts)));

export interface UploadLimits {
  maxParts: number;
  /** The input part-size in bytes. */
  partBytes?: number | undefined;
  /** Host of the store, if it is not AWS. */
  host: string | undefined;
  /** What the object may have at most, as far as one can tell: the size of the database. */
  expectedBytes?: number | undefined;
}

/**
 * Cloudflare R2 takes only parts of one size, and a last one that may be smaller
 * (https://developers.cloudflare.com/r2/objects/multipart-objects/). Its endpoints have an account, and maybe a
 * jurisdiction, before this name (https://developers.cloudflare.com/r2/api/s3/api/).
 */
const wantsEqualParts = (host: string | undefined): boolean =>
  host?.toLowerCase().endsWith(".r2.cloudflarestorage.com") ?? false;

/**
 * Bytes of every part; undefined: parts grow. Where the store asks for equal parts, they are large enough for twice the
 * size of the database: most dumps are smaller than it, and for the others the estimate may be wrong by half.
 */
export function equalPartBytes({ partBytes, host, expectedBytes = 0, maxParts }: UploadLimits): number | undefined {
  if (partBytes !== undefined) return partBytes;
  if (!wantsEqualParts(host)) return undefined;
  return Math.min(largest, Math.max(smallest, enough(2 * expectedBytes, maxParts)));
}

/** Bytes of a part number. */
export function partSizes(limits: UploadLimits): (part: number) => number {
  const equal = equalPartBytes(limits);
  return equal === undefined ? (part) => partSize(part, limits.maxParts) : () => equal;
}

/** Bytes of the largest object. */
export function capacity(limits: UploadLimits): number {
  const sizeOf = partSizes(limits);
  let total = 0;
  for (let part = 1; part <= limits.maxParts; part += 1) total += sizeOf(part);
  return total;
}

/** What to set for an object of more bytes than fit. */
export function largerParts(limits: UploadLimits, bytes: number): string {
  const needed = enough(bytes, limits.maxParts);
  if (equalPartBytes(limits) !== undefined && needed <= largest) return `part-size: ${needed / mebibyte}`;
  return "max-parts to the number of parts that the store takes (S3: 10000)";
}

/** Bytes of equal parts in whole MiB. */
const enough = (bytes: number, maxParts: number): number => Math.ceil(bytes / maxParts / mebibyte) * mebibyte;
