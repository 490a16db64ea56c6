// The PNGs of the READMEs, read by a real browser.
import fc from "fast-check";
import { expect, it } from "vitest";
import { encodePng } from "../../scripts/lib/png.ts";
import { openBrowser } from "../lib/visitor.ts";

const picture = fc
  .record({ width: fc.integer({ min: 1, max: 20 }), height: fc.integer({ min: 1, max: 20 }) })
  .chain(({ width, height }) => {
    const bytes = { minLength: width * height * 4, maxLength: width * height * 4 };
    return fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      // Like pictures, with areas of one colour, and unlike them.
      pixels: fc.oneof(fc.uint8Array(bytes), fc.uint8Array({ ...bytes, max: 2 })),
    });
  });

it("has the pixels that it was made of", async () => {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await fc.assert(
      fc.asyncProperty(picture, async ({ width, height, pixels }) => {
        const opaque = Buffer.from(pixels.map((value, index) => (index % 4 === 3 ? 255 : value)));
        const png = encodePng({ width, height, pixels: opaque }).toString("base64");
        const read = await page.evaluate<number[]>(`(async () => {
          const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64,${png}")).blob());
          const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
          context.drawImage(bitmap, 0, 0);
          return [bitmap.width, bitmap.height, ...context.getImageData(0, 0, bitmap.width, bitmap.height).data];
        })()`);
        expect(read).toEqual([width, height, ...opaque]);
      }),
    );
  } finally {
    await browser.close();
  }
});
