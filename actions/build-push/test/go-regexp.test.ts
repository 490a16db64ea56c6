// Go's regular expressions. What Go refuses and where it differs from JavaScript is in the recorded answers
// (ignore-answers.test.ts); here JavaScript is the oracle for what both read alike.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GoRegexp } from "../src/go-regexp.ts";

const atom = fc.constantFrom("a", "b", "/", "😀", ".", "[^/]", "[^a]", "[ab😀]", "[a-c]", "\\.", "\\w", "\\W", "\\pL");
const quantified = fc
  .tuple(fc.oneof(atom, fc.constant("(.*/)")), fc.constantFrom("", "", "*", "?", "{2}", "{1,3}", "{0,1}", "{2,}"))
  .map((parts) => parts.join(""));
const part = fc.oneof({ weight: 5, arbitrary: quantified }, fc.constantFrom("^", "$", "\\b", "\\B"));
const expression = fc
  .array(fc.array(part, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 2 })
  .map((choices) => choices.map((parts) => parts.join("")).join("|"))
  // JavaScript has no quantifiers on assertions, and Go no two in a row: neither is made here.
  .map((source) => `^${source}$`);
const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "/", ".", "😀", "ä"), maxLength: 12 });

describe("a regular expression", () => {
  it("matches what JavaScript's matches", () => {
    fc.assert(
      fc.property(expression, fc.array(text, { minLength: 5, maxLength: 10 }), (source, texts) => {
        const oracle = new RegExp(source.replaceAll("\\pL", "\\p{L}"), "u");
        const regexp = new GoRegexp(source);
        for (const each of texts) expect([source, each, regexp.test(each)]).toEqual([source, each, oracle.test(each)]);
      }),
      { numRuns: 200 },
    );
  });

  it("takes no longer with many wildcards", () => {
    const regexp = new GoRegexp(`^${"(.*/)?[^/]*a[^/]*".repeat(12)}b$`);
    expect(regexp.test("a/".repeat(1000))).toBe(false);
    expect(regexp.test(`${"a/".repeat(1000)}b`)).toBe(false);
    expect(regexp.test(`${"a/".repeat(1000)}ab`)).toBe(true);
  });

  it("is right with more states than are kept", () => {
    // Every combination of the last thirteen characters is a state.
    const source = "^[ab]*a[ab]{12}$";
    const regexp = new GoRegexp(source);
    let characters = "";
    for (let value = 1; characters.length < 6000; value = (value * 16_807) % 2_147_483_647)
      characters += value % 2 === 0 ? "a" : "b";
    for (const length of [4000, 5000, 5001, 5002, 5003, 6000]) {
      const start = characters.slice(0, length);
      expect([length, regexp.test(start)]).toEqual([length, start.at(-13) === "a"]);
    }
  });
});
