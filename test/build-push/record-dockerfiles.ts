// Writes what BuildKit reads in Dockerfiles and words, for the unit tests: node test/build-push/record-dockerfiles.ts
import { writeFile } from "node:fs/promises";
import type { ReadCase, Recorded, WordCase } from "../../actions/build-push/test/oracle-cases.ts";
import { handWrittenCases } from "./dockerfile-cases.ts";
import { askOracle, oracleProgram } from "./dockerfile-oracle.ts";
import { madeDockerfile, madeWord } from "./made-dockerfiles.ts";

const counts = { dockerfiles: 120, words: 250 };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function record<T extends ReadCase | WordCase>(program: string, cases: T[]): Promise<Recorded<T>[]> {
  const answers = await askOracle(program, cases);
  return cases.flatMap((asked, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [{ asked, answer }];
  });
}

const program = await oracleProgram((text) => process.stderr.write(`${text}\n`));
const recorded = {
  dockerfiles: await record(program, [...handWrittenCases, ...numbers(counts.dockerfiles).map(madeDockerfile)]),
  words: await record(program, numbers(counts.words).map(madeWord)),
};
const lines = (entries: unknown[]) => entries.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n");
await writeFile(
  new URL("../../actions/build-push/test/fixtures/dockerfiles.json", import.meta.url),
  `{\n  "dockerfiles": [\n${lines(recorded.dockerfiles)}\n  ],\n  "words": [\n${lines(recorded.words)}\n  ]\n}\n`,
);
