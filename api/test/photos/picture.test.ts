// What is kept of a file, and what is refused.
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { createPictureReader, type Picture, sizes } from "../../src/features/photos/picture.ts";
import { chunksOf, fromPhone, gif, hugePng, png, svg, webp } from "./pictures.ts";

const read = createPictureReader();
async function picture(file: Buffer): Promise<Picture> {
  const result = await read(file);
  if (typeof result === "string") throw new Error(`refused: ${result}`);
  return result;
}
/** Colour of a pixel, by hundredths of width and height. */
async function colourAt(file: Buffer, x: number, y: number): Promise<string> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (Math.floor((y / 100) * info.height) * info.width + Math.floor((x / 100) * info.width)) * info.channels;
  const [red = 0, , blue = 0] = data.subarray(at, at + 3);
  return red > blue ? "red" : "blue";
}

describe("what is kept of a picture", () => {
  it("is the picture alone: no place, camera, time or description", async () => {
    const file = await fromPhone();
    const before = await sharp(file).metadata();
    expect(before.exif?.includes("RainbowCam")).toBe(true);
    expect(file.includes("Shiojiri")).toBe(true);
    const { files } = await picture(file);
    for (const kept of Object.values(files)) {
      expect(chunksOf(kept).filter((name) => !["VP8", "VP8L", "VP8X", "ALPH"].includes(name))).toEqual([]);
      for (const text of ["RainbowCam", "Shiojiri", "2026:07:01", "GPS", "Exif"])
        expect(kept.includes(text)).toBe(false);
    }
  });

  it("stands upright, and fits the two sizes", async () => {
    const { files, width, height } = await picture(await fromPhone(3000, 2000));
    expect([width, height]).toEqual([1365, sizes.large]);
    const thumbnail = await sharp(files.thumbnail).metadata();
    expect([thumbnail.width, thumbnail.height]).toEqual([320, sizes.thumbnail]);
    // Orientation 6: what is stored on the left is seen on top.
    for (const kept of Object.values(files)) {
      expect(await colourAt(kept, 50, 10)).toBe("red");
      expect(await colourAt(kept, 50, 90)).toBe("blue");
    }
  });

  it.each([
    ["PNG", png],
    ["WebP", webp],
  ])("is not enlarged, and may come from a %s", async (_format, make) => {
    const { files, width, height } = await picture(await make(40, 30));
    expect([width, height]).toEqual([40, 30]);
    expect(await sharp(files.large).metadata()).toMatchObject({ format: "webp", width: 40, height: 30 });
    expect(await colourAt(files.large, 10, 50)).toBe("red");
    expect(await colourAt(files.large, 90, 50)).toBe("blue");
  });
});

describe("what is refused", () => {
  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ["a GIF", gif],
    ["an SVG, which a library for pictures would draw", () => svg],
    ["a page", () => Buffer.from("<!doctype html><script>alert(1)</script>")],
    ["an empty file", () => Buffer.of()],
    ["the beginning of a JPEG", async () => (await fromPhone(400, 300)).subarray(0, 1500)],
    ["a JPEG that breaks off", async () => (await fromPhone(400, 300)).subarray(0, -400)],
    ["a page behind the signature of a PNG", () => Buffer.from("\x89PNG\r\n\x1a\n<html></html>", "latin1")],
  ])("is %s", async (_what, make) => {
    expect(await read(await make())).toBe("not-a-picture");
  });

  it("is a small file that is large in memory", async () => {
    const file = await hugePng();
    expect(file.length).toBeLessThan(1_000_000);
    expect(await read(file)).toBe("too-many-pixels");
  });

  it("is whatever bytes somebody sends, with or without a known beginning", async () => {
    const beginning = fc.constantFrom(
      "",
      "\xff\xd8\xff\xe0\0\x10JFIF\0",
      "\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
      "RIFF\x20\0\0\0WEBPVP8 ",
    );
    await fc.assert(
      fc.asyncProperty(beginning, fc.uint8Array({ maxLength: 300 }), async (start, rest) => {
        expect(await read(Buffer.concat([Buffer.from(start, "latin1"), rest]))).toMatch(
          /^(not-a-picture|too-many-pixels)$/,
        );
      }),
      { numRuns: 60 },
    );
  });
});

it("works on one file at a time, and refuses when too many wait", async () => {
  const reader = createPictureReader();
  const file = await png();
  const all = Array.from({ length: 20 }, async () =>
    reader(file).then(
      () => "done",
      (error: { code: string }) => error.code,
    ),
  );
  const results = await Promise.all(all);
  expect(new Set(results)).toEqual(new Set(["done", "busy"]));
  expect(results.slice(0, 17).every((result) => result === "done")).toBe(true);
  await sleep(0);
  expect(typeof (await reader(file))).toBe("object");
});
