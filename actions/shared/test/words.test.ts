import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitWords } from "../src/words.ts";

const words = (line: string) => splitWords(line).words;

describe("splitWords", () => {
  it.each([
    ["npm start", ["npm", "start"]],
    ['sh -c "npm run migrate && npm start"', ["sh", "-c", "npm run migrate && npm start"]],
    [`a 'b "c"' "" "f\\"g\\h"`, ["a", 'b "c"', "", 'f"g\\h']],
    [`--name="a b" NAME='c d' -Dx.y="e"`, ["--name=a b", "NAME=c d", "-Dx.y=e"]],
    ["  ", []],
    [`'it'\\''s' "a"'b c'd`, ["it's", "ab cd"]],
  ])("takes %s apart as a shell does", (line, expected) => {
    expect(splitWords(line)).toEqual({ words: expected, isClosed: true });
  });

  it.each([
    ["C:\\app\\run.exe --x"],
    ["C:\\app\\ --x"],
    ["echo it's"],
    ["echo it's Tom's"],
    ['serve --config {"a":1,"b":"c"}'],
    ["grep a\\ b"],
    ['console.log("x")'],
  ])("leaves %s as it is, between its spaces", (line) => {
    expect(splitWords(line)).toEqual({ words: line.split(" "), isClosed: true });
  });

  it.each([['sh -c "npm start'], ['echo \'tis "a b"'], ['"C:\\dir\\" --x']])(
    "splits %s, in which a quote is not closed, at its spaces, and says so",
    (line) => {
      expect(splitWords(line)).toEqual({ words: line.split(" "), isClosed: false });
    },
  );

  it("is splitting at spaces where no word begins with a quote, as the AWS action does", () => {
    const word = fc.stringMatching(/^[^\s'"=][^\s=]*$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1 }),
        (parts) => void expect(words(parts.join(" "))).toEqual(parts.join(" ").split(" ")),
      ),
    );
  });

  it("gives back any words that were quoted", () => {
    const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => void expect(words(parts.map(quoted).join(" "))).toEqual(parts)),
    );
  });

  it("loses no character of a line outside of quotes", () => {
    const letter = fc.constantFrom("a", "=", "\\", "'", '"', " ", "\t", "-", "{");
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 20 }), (line) => {
        const { words: split, isClosed } = splitWords(line);
        const kept = split.join("").replaceAll(/["'\\\s]/g, "");
        expect(kept).toBe(line.replaceAll(/["'\\\s]/g, ""));
        if (!isClosed) expect(split.join("")).toBe(line.replaceAll(/\s/g, ""));
      }),
    );
  });
});
