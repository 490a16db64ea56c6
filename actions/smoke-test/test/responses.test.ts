// What services answer, and whether it is as expected: redirects, encodings, charsets, numbers. On real connections.
import type { RequestListener } from "node:http";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { decodeBody } from "../src/decode.ts";
import { numberAt } from "../src/json.ts";
import { isSameTarget } from "../src/route.ts";
import { Service, smokeTest } from "./service.ts";

const services: Service[] = [];
afterEach(() => services.splice(0).forEach((service) => service.stop()));

/** The problem of a smoke test; undefined: it passed. */
async function problemOf(listener: RequestListener, inputs: Record<string, string>): Promise<string | undefined> {
  const service = await Service.start(listener);
  services.push(service);
  // A check may name the port of the service.
  const filled = Object.entries(inputs).map(([name, value]) => [name, value.replaceAll("PORT", String(service.port))]);
  const given = { url: service.url, timeout: "1", consecutive: "1", "consecutive-versions": "2" };
  const { error } = await smokeTest({ ...given, ...Object.fromEntries(filled) });
  return error?.message;
}

type Expected = RegExp | undefined;

function expectProblem(problem: string | undefined, expected: Expected): void {
  if (expected) expect(problem).toMatch(expected);
  else expect(problem).toBeUndefined();
}

describe("a redirect", () => {
  const to =
    (location: string): RequestListener =>
    (request, response) =>
      response.writeHead(302, { location: location.replaceAll("HOST", request.headers.host ?? "") }).end();

  it.each<[location: string, expected: string, problem?: RegExp]>([
    ["https://rainbow.example.com:443/", "https://rainbow.example.com/"],
    ["https://rainbow.example.com/", "https://rainbow.example.com:443/"],
    ["https://rainbow.example.com", "https://rainbow.example.com/"],
    ["https://rainbow.example.com:443/a?b=c", "https://rainbow.example.com/a?b=c"],
    ["http://rainbow.example.com:80/a", "http://rainbow.example.com/a"],
    ["HTTPS://Rainbow.Example.COM/", "https://rainbow.example.com/"],
    ["/login", "/login"],
    ["http://HOST/login", "/login"],
    ["/login", "http://127.0.0.1:PORT/login"],
    ["login", "/a/login"],
    ["../login", "/login"],
    ["/a/./b/../login", "/a/login"],
    ["//rainbow.example.com/", "http://rainbow.example.com/"],
    ["?next=1", "/a/page?next=1"],
    ["https://rainbow.example.com/%7Euser/caf%c3%a9", "https://rainbow.example.com/~user/caf%C3%A9"],
    ["https://rainbow.example.com/?", "https://rainbow.example.com/"],
    ["https://user:canary@rainbow.example.com/", "https://rainbow.example.com/"],
    ["not a : url", "not a : url"],
    ["https://rainbow.example.com/login", "/login", /redirects to https:\/\/rainbow.example.com\/login instead of/],
    ["http://rainbow.example.com/", "https://rainbow.example.com/", /redirects to http:/],
    ["https://rainbow.example.com:8443/", "https://rainbow.example.com/", /8443/],
    ["https://rainbow.example.com/a/", "https://rainbow.example.com/a", /instead of/],
    ["https://rainbow.example.com/A", "https://rainbow.example.com/a", /instead of/],
    ["https://rainbow.example.com/a%2Fb", "https://rainbow.example.com/a/b", /instead of/],
    ["https://rainbow.example.com/?a", "https://rainbow.example.com/", /instead of/],
    ["https://rainbow.example.com/#a", "https://rainbow.example.com/", /instead of/],
    ["https://user:canary@snow.example.com/", "/x", /redirects to https:\/\/snow.example.com\/ instead/],
    ["https://[", "https://rainbow.example.com/", /redirects to https:\/\/\[ instead of/],
  ])("to %s is %s", async (location, redirect, problem) => {
    const found = await problemOf(to(location), { checks: JSON.stringify([{ path: "a/page", redirect }]) });
    expectProblem(found, problem);
    expect(found ?? "").not.toContain("canary");
  });

  it.each<[location: string, problem: RegExp]>([
    ["ftp://rainbow.example.com/", /redirects to ftp:\/\/rainbow.example.com\/, which is not an http or https URL/],
    ["http://[", /redirects to http:\/\/\[, which is not/],
    ["http://HOST/again", /redirected more than 5 times/],
  ])("to %s is not followed", async (location, problem) => {
    const found = await problemOf(to(location), { checks: "- { path: a, follow-redirects: true }" });
    expect(found).toMatch(problem);
  });

  it("is the same as itself, however its default port and escapes are written", () => {
    const path = fc.webPath().filter((text) => !text.includes("//"));
    fc.assert(
      fc.property(fc.webAuthority(), path, fc.constantFrom("http", "https"), (authority, path, scheme) => {
        fc.pre(!authority.includes("@") && !/:\d*$/.test(authority));
        const escaped = path.replaceAll(/[a-z~]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
        const port = scheme === "http" ? 80 : 443;
        const url = `${scheme}://${authority}${path}`;
        fc.pre(URL.canParse(url));
        const base = new URL("http://base/");
        expect(isSameTarget(url, `${scheme.toUpperCase()}://${authority}:${port}${escaped}`, base)).toBe(true);
        expect(isSameTarget(url, `${url}x`, base)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe("an encoding", () => {
  const text = '{"ok": true, "word": "rainbow"}';
  const bytes = Buffer.from(text);
  const encoded =
    (encoding: string, body: Buffer, status = 200): RequestListener =>
    (_request, response) =>
      response.writeHead(status, { "content-encoding": encoding, "content-type": "application/json" }).end(body);
  const wanted = "[{ path: a, text: rainbow, json: { ok: true } }]";
  const statusOnly = "[{ path: a }]";

  it.each<[name: string, listener: RequestListener, checks: string, problem?: RegExp]>([
    ["gzip", encoded("gzip", gzipSync(bytes)), wanted],
    ["x-gzip", encoded("x-gzip", gzipSync(bytes)), wanted],
    ["GZIP", encoded("GZIP", gzipSync(bytes)), wanted],
    ["br", encoded("br", brotliCompressSync(bytes)), wanted],
    ["deflate", encoded("deflate", deflateSync(bytes)), wanted],
    ["deflate without its header", encoded("deflate", deflateRawSync(bytes)), wanted],
    ["zstd", encoded("zstd", zstdCompressSync(bytes)), wanted],
    ["identity", encoded("identity", bytes), wanted],
    ["two, one around the other", encoded("gzip, br", brotliCompressSync(gzipSync(bytes))), wanted],
    ["gzip with nothing in it", encoded("gzip", Buffer.alloc(0)), statusOnly],
    ["gzip of a HEAD", encoded("gzip", gzipSync(bytes)), "[{ path: a, method: HEAD }]"],
    ["gzip that is plain text", encoded("gzip", bytes), wanted],
    ["an unknown one, where the status is enough", encoded("lzma", Buffer.from("x")), statusOnly],
    [
      "an unknown one",
      encoded("lzma", Buffer.from("x")),
      wanted,
      /content-encoding lzma cannot be decoded: an unknown/,
    ],
    ["half of gzip", encoded("gzip", gzipSync(bytes).subarray(0, 20)), wanted, /cannot be decoded: unexpected end/],
    ["half of gzip, where the status is enough", encoded("gzip", gzipSync(bytes).subarray(0, 20)), statusOnly],
    ["a bomb", encoded("gzip", gzipSync(Buffer.alloc(30_000_000))), wanted, /larger than 20 MB/],
    ["too many", encoded("gzip, gzip, gzip, br", brotliCompressSync(bytes)), wanted, /more than 3 encodings/],
    [
      "gzip of an error, which is shown",
      encoded("gzip", gzipSync(Buffer.from("no database")), 500),
      wanted,
      /no database/,
    ],
  ])("is undone: %s", async (_name, listener, checks, problem) => {
    expectProblem(await problemOf(listener, { checks }), problem);
  });

  it("of the version is undone too", async () => {
    const listener = encoded("br", brotliCompressSync(Buffer.from('{"commit":"new"}')));
    expect(await problemOf(listener, { "expect-version": "new" })).toBeUndefined();
  });

  it("never makes reading fail, whatever the bytes and the headers are", async () => {
    const names = fc.constantFrom("gzip", "br", "deflate", "zstd", "x", "", "identity", "__proto__", "constructor");
    const types = fc.constantFrom("text/html", "a; charset=utf-16", "a;charset=\u0000", "a; charset=latin1", "");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.array(names), types, async (bytes, encodings, type) => {
        const headers = { "content-encoding": encodings.join(","), "content-type": type };
        expect((await decodeBody(Buffer.from(bytes), headers)).text).toBeTypeOf("string");
      }),
      { numRuns: 200 },
    );
  });
});

describe("a charset", () => {
  const hex = (text: string) => Buffer.from(text, "hex");
  const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();
  const withBom = (text: string) => `\uFEFF${text}`;

  it.each<[name: string, type: string, body: Buffer, check: string, problem?: RegExp]>([
    ["utf-8 by default", "text/plain", Buffer.from("虹"), "text: 虹"],
    ["utf-8 with its mark", "application/json", Buffer.from(withBom('{"a":1}')), "json: { a: 1 }"],
    ["utf-8 with its mark, at its start", "text/plain", Buffer.from(withBom("虹")), "text: 虹"],
    ["utf-16", "application/json; charset=utf-16", Buffer.from('{"a":"虹"}', "utf16le"), "json: { a: 虹 }"],
    ["utf-16le with its mark", "application/json", Buffer.from(withBom('{"a":1}'), "utf16le"), "json: { a: 1 }"],
    ["utf-16be with its mark", "text/plain", utf16be(withBom("虹")), "text: 虹"],
    ["utf-16be", "text/plain;charset=UTF-16BE", utf16be("虹"), "text: 虹"],
    ["a mark against the header", "text/plain; charset=iso-8859-1", Buffer.from(withBom("虹")), "text: 虹"],
    ["iso-8859-1", "text/plain; charset=iso-8859-1", hex("636166e9"), "text: café"],
    ["in quotes", 'text/plain; charset="ISO-8859-1"', hex("636166e9"), "text: café"],
    ["windows-1252", "text/plain; charset=windows-1252", hex("80"), "text: €"],
    ["shift_jis", "text/html; charset=Shift_JIS", hex("93f8"), "text: 虹"],
    ["euc-jp", "text/html; charset=euc-jp", hex("c6fa"), "text: 虹"],
    [
      "of the page itself",
      "text/html",
      Buffer.concat([Buffer.from('<meta charset="shift_jis">'), hex("93f8")]),
      "text: 虹",
    ],
    ["unknown", "text/plain; charset=rainbow", Buffer.from("虹"), "text: 虹"],
    ["broken", "text/plain", hex("61ff62"), "text: a\uFFFDb"],
    ["broken, and nothing of it expected", "text/plain", hex("fffefdfc80"), "status: 200"],
    ["broken JSON", "application/json", hex("7bff7d"), "json: { a: 1 }", /not JSON: \{\uFFFD\}/],
  ])("is read: %s", async (_name, type, body, check, problem) => {
    const listener: RequestListener = (_request, response) =>
      response.writeHead(200, { "content-type": type }).end(body);
    expectProblem(await problemOf(listener, { checks: `- { path: a, ${check} }` }), problem);
  });
});

describe("a version that is a number", () => {
  it.each<[body: string, version: string, problem?: RegExp]>([
    ['{"commit": 42}', "42"],
    ['{"commit": "42"}', "42"],
    ['{"commit": 1.10}', "1.10"],
    ['{"commit": 12345678901234567890}', "12345678901234567890"],
    ['{"commit": -0}', "-0"],
    ['{"commit": 1.10}', "1.1", /commit is 1\.10 instead of "1\.1"/],
    ['{"commit": 12345678901234567891}', "12345678901234567890", /commit is 12345678901234567891 instead of/],
    ['{"commit": 41}', "42", /commit is 41 instead of "42" \(/],
    ['{"commit": true}', "true", /commit is true instead of "true"/],
    ['{"commit": null}', "null", /commit is null/],
    ['{"commit": [42]}', "42", /commit is \[42\]/],
    ['{"commit": {"text": "42"}}', "42", /commit is \{/],
  ])("%s for %s", async (body, version, problem) => {
    const found = await problemOf((_request, response) => response.end(body), { "expect-version": version });
    expectProblem(found, problem);
  });

  it("is the text of the number at the path", () => {
    const number = fc.oneof(fc.bigInt().map(String), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String));
    fc.assert(
      fc.property(number, (text) => {
        fc.pre(!Number.isNaN(Number(text)) && !text.startsWith("+"));
        expect(numberAt(`{"a":[1,{"b": ${text} }],"b":0}`, "a[1].b")).toBe(text);
      }),
      { numRuns: 200 },
    );
    expect(numberAt('{"a":"1"}', "a")).toBeUndefined();
  });
});
