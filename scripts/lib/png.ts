// A PNG as small as its pixels allow: browsers write theirs fast, not small. https://www.w3.org/TR/png-3/
import { crc32, deflateSync } from "node:zlib";

const bytesPerPixel = 3;

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** The predictors of the five filters (section 9.2), from the bytes to the left, above, and above left. */
const predictors: ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const estimate = left + up - corner;
    const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value)) as [number, number, number];
    return a <= b && a <= c ? left : b <= c ? up : corner;
  },
];

/** The row with the filter that leaves the smallest differences, which is what compresses best. */
function filtered(row: Buffer, above: Buffer): Buffer {
  const candidates = predictors.map((predict, filter) => {
    const bytes = Buffer.alloc(row.length + 1, filter);
    let size = 0;
    for (const [at, value] of row.entries()) {
      const left = row[at - bytesPerPixel] ?? 0;
      const difference = (value - predict(left, above[at] ?? 0, above[at - bytesPerPixel] ?? 0)) & 255;
      bytes[at + 1] = difference;
      size += Math.min(difference, 256 - difference);
    }
    return { bytes, size };
  });
  return candidates.reduce((best, candidate) => (candidate.size < best.size ? candidate : best)).bytes;
}

/** @param pixels red, green, blue, alpha of each pixel, row by row; alpha is left out */
export function encodePng({ width, height, pixels }: { width: number; height: number; pixels: Buffer }): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a channel, three channels.
  header.set([8, 2], 8);
  let above = Buffer.alloc(width * bytesPerPixel);
  const rows = Array.from({ length: height }, (_, y) => {
    const row = Buffer.alloc(width * bytesPerPixel);
    for (let x = 0; x < width; x += 1)
      pixels.copy(row, x * bytesPerPixel, (y * width + x) * 4, (y * width + x) * 4 + 3);
    const bytes = filtered(row, above);
    above = row;
    return bytes;
  });
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
