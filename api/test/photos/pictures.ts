// Files as people send them, made when they are needed.
import sharp from "sharp";

/** Left half red, right half blue. */
const halves = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#f00" } }).composite([
    {
      input: { create: { width: Math.ceil(width / 2), height, channels: 3, background: "#00f" } },
      left: Math.floor(width / 2),
      top: 0,
    },
  ]);

/** As a phone held upright takes it: stored lying down, with its place, camera and time. */
export const fromPhone = (width = 3000, height = 2000): Promise<Buffer> =>
  halves(width, height)
    .withMetadata({ orientation: 6 })
    .withExifMerge({
      IFD0: { Make: "RainbowCam", Model: "R-1" },
      IFD2: { DateTimeOriginal: "2026:07:01 18:30:00" },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "36/1 6/1 36/1", GPSLongitudeRef: "E", GPSLongitude: "137/1 57/1 0/1" },
    })
    .withXmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'><place>Shiojiri</place></x:xmpmeta>")
    .jpeg()
    .toBuffer();

export const png = (width = 40, height = 30): Promise<Buffer> => halves(width, height).png().toBuffer();
export const webp = (width = 40, height = 30): Promise<Buffer> => halves(width, height).webp().toBuffer();
export const gif = (width = 40, height = 30): Promise<Buffer> => halves(width, height).gif().toBuffer();
export const svg = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
);

/** A PNG of one colour that says how large it is, and is small. */
export const hugePng = (): Promise<Buffer> =>
  sharp({ create: { width: 10_000, height: 5001, channels: 3, background: "#fff" } })
    .png()
    .toBuffer();

/** Names of the chunks of a WebP (https://developers.google.com/speed/webp/docs/riff_container). */
export function chunksOf(file: Buffer): string[] {
  if (file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WEBP") return [];
  const names: string[] = [];
  for (let at = 12; at < file.length; at += 8 + file.readUInt32LE(at + 4) + (file.readUInt32LE(at + 4) % 2))
    names.push(file.toString("latin1", at, at + 4).trim());
  return names;
}
