import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument, parseTexts } from "../src/document.ts";

describe.each([
  ["parseDocument", parseDocument],
  ["parseTexts", parseTexts],
])("%s", (_name, parse) => {
  it("reads aliases", () => {
    expect(parse("a: &x {b: c}\nd: [*x, *x]\n")).toEqual({ a: { b: "c" }, d: [{ b: "c" }, { b: "c" }] });
    expect(parse('{"command": ["*"]}')).toEqual({ command: ["*"] });
  });

  it.each(["a: &x [*x]", "&x {a: {b: *x}}"])("refuses a document that refers to itself: %s", (text) => {
    expect(() => parse(text)).toThrow("a YAML alias (*) refers to what it is part of");
  });

  it("refuses a document that aliases make too large", () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(10)}]`,
    );
    expect(() => parse(["a0: &a0 [x]", ...levels].join("\n"))).toThrow("YAML aliases (*) make it too large");
  });

  it("refuses a document that aliases make too deep", () => {
    const deep = Array.from(
      { length: 20 },
      (_, level) => `a${level + 1}: &a${level + 1} ${"[".repeat(60)}*a${level}${"]".repeat(60)}`,
    );
    expect(() => parse(["a0: &a0 [x]", ...deep].join("\n"))).toThrow("YAML aliases (*) make it too large");
  });
});

describe("JSON", () => {
  it("may have a key twice: the last one counts, as for every reader of JSON; in YAML it is an error", () => {
    expect(parseDocument('{"a": 1, "b": {"c": 2, "c": 3}, "a": 4}')).toEqual({ a: 4, b: { c: 3 } });
    expect(() => parseDocument("a: 1\na: 2\n")).toThrow("duplicated mapping key");
  });

  it("is read as what JSON.parse makes of it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom("", "\n", "\r\n\t"), (text, end) => {
        expect(parseDocument(text + end)).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it("that is nested a hundred thousand levels deep is an error, not a crash", () => {
    for (const deep of ["[".repeat(100_000) + "]".repeat(100_000), '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)])
      expect(() => parseDocument(deep)).toThrow(Error);
  });
});
