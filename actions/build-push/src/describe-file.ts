// One file, link or folder of the build context as text that differs if the image could.
import { createHash, hash, type Hash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from "node:fs";
import { bytesOf, isValidUtf8, textOf } from "./byte-text.ts";
import type { BuilderKind } from "./ignore-rules.ts";

/** Reads files one after the other through one buffer: one open file, and no more memory for large ones. */
export class FileDescriber {
  private readonly buffer = Buffer.allocUnsafeSlow(262_144);
  private readonly builder: BuilderKind;
  private readonly pause: () => Promise<void>;

  /** @param options.pause called after each part of a large file */
  constructor({ builder, pause }: { builder: BuilderKind; pause: () => Promise<void> }) {
    this.builder = builder;
    this.pause = pause;
  }

  /**
   * Kind, mode bits and content; no timestamps, no owners.
   *
   * @param location of the file, as the operating system takes it
   * @returns undefined for what the builder does not get; a promise for a large file
   */
  describe(location: string | Buffer, isFile: boolean): string | undefined | Promise<string> {
    if (isFile) {
      const descriptor = openSync(location, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const stat = closeUnless(descriptor, () => fstatSync(descriptor));
      if (stat.isFile()) return this.describeFile(descriptor, modeOf(stat));
      closeSync(descriptor);
    }
    const stat = lstatSync(location);
    if (stat.isSymbolicLink()) return describeLink(location);
    if (stat.isDirectory()) return `folder ${modeOf(stat)}`;
    if (stat.isFIFO()) return `pipe ${modeOf(stat)}`;
    // BuildKit gets an empty file for a socket, the classic builder nothing.
    if (stat.isSocket()) return this.builder === "classic" ? undefined : `socket ${modeOf(stat)}`;
    return `${stat.isBlockDevice() ? "block" : "character"} device ${modeOf(stat)} ${stat.rdev}`;
  }

  /** Closes the descriptor. */
  private describeFile(descriptor: number, mode: string): string | Promise<string> {
    const length = closeUnless(descriptor, () => this.fill(descriptor));
    if (length === this.buffer.length) return this.describeLarge(descriptor, mode);
    closeSync(descriptor);
    return `file ${mode} ${hash("sha256", this.buffer.subarray(0, length))}`;
  }

  /** The buffer is full with the start of the file. */
  private async describeLarge(descriptor: number, mode: string): Promise<string> {
    try {
      const content: Hash = createHash("sha256").update(this.buffer);
      for (let length = this.buffer.length; length === this.buffer.length;) {
        await this.pause();
        length = this.fill(descriptor);
        content.update(this.buffer.subarray(0, length));
      }
      return `file ${mode} ${content.digest("hex")}`;
    } finally {
      closeSync(descriptor);
    }
  }

  /** @returns bytes read; less than the buffer holds only at the end of the file */
  private fill(descriptor: number): number {
    let length = 0;
    while (length < this.buffer.length) {
      const read = readSync(descriptor, this.buffer, length, this.buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return length;
  }
}

function closeUnless<T>(descriptor: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

const modeOf = (stat: Stats): string => (stat.mode & 0o7777).toString(8);

function describeLink(location: string | Buffer): string {
  const target = textOf(readlinkSync(location, { encoding: "buffer" }));
  return isValidUtf8(target) ? `link ${target}` : `link to bytes ${bytesOf(target).toString("hex")}`;
}
