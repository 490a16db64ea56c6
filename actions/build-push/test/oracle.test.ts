// Against BuildKit's recorded answers: node test/build-push/record-dockerfiles.ts writes them.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isWider, missOfReads, missOfWord, type ReadCase, type Recorded, type WordCase } from "./oracle-cases.ts";

const recorded = JSON.parse(readFileSync(new URL("fixtures/dockerfiles.json", import.meta.url), "utf8")) as {
  dockerfiles: Recorded<ReadCase>[];
  words: Recorded<WordCase>[];
};
const valid = (cases: readonly { answer: { error?: string } }[]) =>
  cases.filter(({ answer }) => answer.error === undefined).length;

describe("what BuildKit's own frontend reads", () => {
  it("is read in every Dockerfile: all images, and no less of the context", () => {
    expect(valid(recorded.dockerfiles)).toBeGreaterThan(230);
    const misses = recorded.dockerfiles.flatMap(({ asked, answer }) => missOfReads(asked, answer) ?? []);
    expect(misses).toEqual([]);
  });

  it("is all that counts, except where a variable may come from the base image", () => {
    const wider = recorded.dockerfiles.filter(({ asked, answer }) => isWider(asked, answer));
    expect(
      wider
        .map(({ asked }) => asked.dockerfile)
        .toSorted()
        .slice(0, 3),
    ).toEqual([
      "FROM a\nADD git@github.com:a/b.git#main /d",
      "FROM a\nCOPY ${UNSET}x /d/",
      "FROM a AS one\nARG D=lib\nFROM one\nCOPY $D /d/",
    ]);
    expect(wider.length).toBeLessThan(6);
  });

  it("is what words expand to", () => {
    expect(valid(recorded.words)).toBeGreaterThan(180);
    const misses = recorded.words.flatMap(({ asked, answer }) => missOfWord(asked, answer) ?? []);
    expect(misses).toEqual([]);
  });
});
