// What build-push reads in Dockerfiles, compared with BuildKit's own frontend, for `npm run test:long`.
import assert from "node:assert/strict";
import { missOfReads, missOfWord, type Answer } from "../../actions/build-push/test/oracle-cases.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { handWrittenCases } from "./dockerfile-cases.ts";
import { askOracle, oracleProgram } from "./dockerfile-oracle.ts";
import { madeDockerfile, madeWord } from "./made-dockerfiles.ts";

/** Of each kind. */
const count = 10_000;
/** Fewer than this would mean that the generator makes nothing that BuildKit builds. */
const leastValid = count / 2;

export async function dockerfileCheck(note: (text: string) => void): Promise<Counts> {
  const program = await oracleProgram(note);
  const seeds = Array.from({ length: count }, (_, index) => index);
  const dockerfiles = [...handWrittenCases, ...seeds.map(madeDockerfile)];
  note(`${dockerfiles.length} Dockerfiles`);
  compare(dockerfiles, await askOracle(program, dockerfiles), missOfReads);
  const words = seeds.map(madeWord);
  note(`${words.length} words`);
  compare(words, await askOracle(program, words), missOfWord);
  return { passed: dockerfiles.length + words.length, failed: 0 };
}

function compare<T>(
  cases: readonly T[],
  answers: readonly Answer[],
  missOf: (asked: T, answer: Answer) => string | undefined,
): void {
  const misses = cases.flatMap((asked, index) => {
    const answer = answers[index];
    const miss = answer && missOf(asked, answer);
    return miss === undefined ? [] : [`${JSON.stringify(asked)}\n  ${miss}`];
  });
  assert.deepEqual(misses.slice(0, 10), [], `${misses.length} of ${cases.length} are read differently`);
  const valid = answers.filter(({ error }) => error === undefined).length;
  assert.ok(valid >= leastValid, `BuildKit refuses all but ${valid} of ${cases.length}`);
}
