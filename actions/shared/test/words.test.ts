import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitWords } from "../src/words.ts";

describe("splitWords", () => {
  it.each([
    ["npm start", ["npm", "start"]],
    ['sh -c "npm run migrate && npm start"', ["sh", "-c", "npm run migrate && npm start"]],
    [`a 'b "c"' d\\ e "" "f\\"g\\h"`, ["a", 'b "c"', "d e", "", 'f"g\\h']],
    ["  ", []],
  ])("takes %s apart", (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it("says when a quote is not closed", () => {
    expect(splitWords('sh -c "x')).toBeUndefined();
  });

  it("is splitting at spaces where there are neither quotes nor backslashes", () => {
    const word = fc.stringMatching(/^[^\s'"\\]+$/);
    fc.assert(fc.property(fc.array(word), (words) => void expect(splitWords(words.join(" "))).toEqual(words)));
  });

  it("gives back any words that were quoted", () => {
    const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    fc.assert(
      fc.property(
        fc.array(fc.string()),
        (words) => void expect(splitWords(words.map(quoted).join(" "))).toEqual(words),
      ),
    );
  });
});
