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
