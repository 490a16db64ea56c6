import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { assertZstd, unwrap, wrap } from "../src/storage/codec.ts";

const wrapping = { compression: "zstd", encryption: { method: "none" } } as const;

it("gives back what it was given", async () => {
  const stored = await wrap(Readable.from([Buffer.from("a dump, "), Buffer.from("in two parts")]), wrapping);
  expect(await text(await unwrap(Readable.from(stored), wrapping, undefined))).toBe("a dump, in two parts");
});

it("ends with an error when the download is stopped, instead of waiting for ever", async () => {
  const stored = Readable.from(await wrap(Readable.from([Buffer.alloc(1024)]), wrapping));
  const [first] = await stored.take(1).toArray();
  const endless = new Readable({ read: () => undefined });
  endless.push((first as Buffer).subarray(0, 4));
  const dump = await unwrap(endless, wrapping, undefined);
  setImmediate(() => void endless.destroy());
  await expect(text(dump)).rejects.toThrow("The download was stopped.");
});

it("refuses a Node without zstd, for which each backup would look damaged", () => {
  expect(() => assertZstd()).not.toThrow();
  expect(() => assertZstd(null, "22.14.0")).toThrow(
    "Node 22.14.0 cannot read or write zstd, with which backups are compressed. Use Node 24, or 22.15 or newer.",
  );
});
