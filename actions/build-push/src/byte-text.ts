// Names of files are bytes, and not always UTF-8. As text each byte that is none becomes a surrogate of its own
// (U+DC80 to U+DCFF, which UTF-8 cannot hold): two names are the same text only if they are the same bytes. Python's
// file system encoding does it like this (PEP 383).
import { isUtf8 } from "node:buffer";

const firstSurrogate = 0xdc00;
const escaped = /[\u{DC80}-\u{DCFF}]/u;

export function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = lengthOfCharacter(bytes, at);
    text +=
      length > 0 ? bytes.toString("utf8", at, at + length) : String.fromCharCode(firstSurrogate + bytes.readUInt8(at));
    at += Math.max(length, 1);
  }
  return text;
}

/** Bytes of the character that starts here; 0: none does. */
function lengthOfCharacter(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++)
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  return 0;
}

export const isValidUtf8 = (text: string): boolean => !escaped.test(text);

export function bytesOf(text: string): Buffer {
  if (isValidUtf8(text)) return Buffer.from(text);
  return Buffer.concat(
    [...text].map((character) =>
      escaped.test(character) ? Buffer.of(character.charCodeAt(0) - firstSurrogate) : Buffer.from(character),
    ),
  );
}

/** The code point as Go reads it: each byte that is no UTF-8 is U+FFFD. */
export const asGoReads = (codePoint: number): number =>
  codePoint >= firstSurrogate + 0x80 && codePoint <= firstSurrogate + 0xff ? 0xfffd : codePoint;
