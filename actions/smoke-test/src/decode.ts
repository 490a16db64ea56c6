// The bytes of a response → its text: content-encoding undone, charset decoded. It never fails, because a check of a
// status does not need the text: what could not be decoded stays as it came, with the reason beside it.
import type { IncomingHttpHeaders } from "node:http";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { messageOf } from "../../shared/src/errors.ts";

export interface Decoded {
  text: string;
  /** Why the text is not what the service meant; undefined: it is. */
  unreadable: string | undefined;
}

/** Of the decoded body: a few kilobytes can hold gigabytes. Bytes. */
const largestText = 20_000_000;
/** More than one is rare already, and each may be a bomb of its own. */
const mostEncodings = 3;

type Decode = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const gunzip = promisify(zlib.gunzip) as Decode;
const inflate = promisify(zlib.inflate) as Decode;
const inflateRaw = promisify(zlib.inflateRaw) as Decode;

/** RFC 9110, 8.4.1, which asks for x-gzip as well; zstd is RFC 8878. */
const decoders: Record<string, Decode | undefined> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  // Some servers send it without the zlib header that the standard requires.
  deflate: (bytes, options) => inflate(bytes, options).catch(() => inflateRaw(bytes, options)),
  br: promisify(zlib.brotliDecompress) as Decode,
  // Node has it since 22.15.
  ...("zstdDecompress" in zlib ? { zstd: promisify(zlib.zstdDecompress) as Decode } : {}),
};

export async function decodeBody(bytes: Buffer, headers: IncomingHttpHeaders): Promise<Decoded> {
  try {
    return { text: textOf(await withoutEncodings(bytes, headers), headers), unreadable: undefined };
  } catch (error) {
    const unreadable = `its content-encoding ${headers["content-encoding"]} cannot be decoded: ${messageOf(error)}`;
    return { text: textOf(bytes, headers), unreadable };
  }
}

async function withoutEncodings(bytes: Buffer, headers: IncomingHttpHeaders): Promise<Buffer> {
  // The answer to HEAD has the header of a body that is not there.
  if (bytes.length === 0) return bytes;
  const encodings = (headers["content-encoding"] ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  if (encodings.length > mostEncodings) throw new Error(`more than ${mostEncodings} encodings`);
  let decoded = bytes;
  // The last one was applied last.
  for (const name of encodings.toReversed()) {
    const decode = decoders[name];
    if (!decode) throw new Error("an unknown encoding");
    decoded = await decode(decoded, { maxOutputLength: largestText }).catch((error: unknown) => {
      const isTooLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
      throw isTooLarge ? new Error(`it is larger than ${largestText / 1e6} MB`) : error;
    });
  }
  return decoded;
}

const utf8 = new TextDecoder();

/** Invalid bytes become U+FFFD; a byte order mark is not part of the text. */
function textOf(bytes: Buffer, headers: IncomingHttpHeaders): string {
  const charset = markedCharset(bytes) ?? namedCharset(bytes, headers["content-type"] ?? "");
  try {
    return (charset === undefined ? utf8 : new TextDecoder(charset)).decode(bytes);
  } catch {
    // A charset that nobody knows.
    return utf8.decode(bytes);
  }
}

/** A byte order mark says more than a header (WHATWG Encoding, 6.1). */
function markedCharset(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 3).toString("hex");
  if (start === "efbbbf") return "utf-8";
  return start.startsWith("feff") ? "utf-16be" : start.startsWith("fffe") ? "utf-16le" : undefined;
}

/** Of the header, or of a page itself: `<meta charset=…>` in the first 1,024 bytes (WHATWG HTML, 13.2.3.2). */
function namedCharset(bytes: Buffer, contentType: string): string | undefined {
  const charset = /charset\s*=\s*["']?([\w.:-]+)/i;
  const page = /html/i.test(contentType) ? bytes.toString("latin1", 0, 1024) : "";
  const named = charset.exec(contentType) ?? charset.exec(/<meta\s[^>]*charset[^>]*>/i.exec(page)?.[0] ?? "");
  return named?.[1];
}
