import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../src/errors.ts";
import { InputReader } from "../src/inputs.ts";

const reader = (inputs: Record<string, string>) => new InputReader((name) => inputs[name] ?? "");

describe("InputReader", () => {
  it("tells every problem in one message", () => {
    const read = reader({ flag: "yes", minutes: "1e3", count: "2.5", images: "api\n=x\nml=a\nml=b", checks: "{" });
    read.required("service", "rainbow-seeker-api");
    read.boolean("flag", false);
    read.number("minutes", 30, { min: 1, max: 360 });
    read.whole("count", 1, { min: 0, max: 10 });
    read.pairs("images", "a line container=image");
    read.structured("checks");
    expect(() => read.finish()).toThrow(ConfigurationError);
    for (const part of [
      "8 inputs",
      "service: is required",
      "flag: must be true or false",
      "minutes",
      "count: must be a whole number",
      '"api" is not',
      "ml is given twice",
      "checks: is neither",
    ]) {
      expect(() => read.finish()).toThrow(part);
    }
  });

  it("takes defaults for what is not given", () => {
    const read = reader({ blank: "  " });
    expect(read.optional("blank")).toBeUndefined();
    expect(read.boolean("flag", true)).toBe(true);
    expect(read.number("minutes", 30, { min: 1, max: 360 })).toBe(30);
    expect(read.pairs("images", "a line").size).toBe(0);
    expect(() => read.finish()).not.toThrow();
  });

  it("takes true and false in any case, as the runner does, and no other word", () => {
    const words = { a: "True", b: "TRUE", c: "FALSE", d: " false ", e: "1", f: "yes", g: "on", h: "truee" };
    const read = reader(words);
    expect(["a", "b", "c", "d"].map((name) => read.boolean(name, name > "b"))).toEqual([true, true, false, false]);
    expect(() => read.finish()).not.toThrow();
    for (const name of ["e", "f", "g", "h"]) read.boolean(name, true);
    expect(() => read.finish()).toThrow(/4 inputs .*\n +e: must be true or false, not "1"\n +f:.*\n +g:.*\n +h:/);
  });

  it("takes the last of several pairs with a name, and trims values, where it is asked to, with a notice", () => {
    const read = reader({ pairs: "a=1 \nb= 2\t\r\na=3" });
    const pairs = read.pairs("pairs", "a line", { repeated: "last", blanks: "trimmed" });
    expect([...pairs]).toEqual([
      ["a", "3"],
      ["b", " 2"],
    ]);
    expect(read.notices).toEqual(["pairs: a is given twice; the last one counts"]);
    expect(() => read.finish()).not.toThrow();
  });

  it("keeps values of pairs byte for byte", () => {
    const name = fc.stringMatching(/^[A-Za-z_]\w{0,20}$/);
    const value = fc.string().filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, minLength: 1 }), (entries) => {
        const read = reader({ pairs: entries.map(([key, text]) => `${key}=${text}`).join("\n") });
        expect([...read.pairs("pairs", "a line")]).toEqual(entries);
      }),
    );
  });
});
