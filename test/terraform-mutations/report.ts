// The score of each folder, and what survived.
import type { Tried } from "./evaluate.ts";

export interface Score {
  mutants: number;
  /** Noticed by a test, or by a validation or precondition of ours. */
  killed: number;
  survived: number;
  /** Of which infra/mutation-survivors.json accepts. */
  accepted: number;
  /** Never to be applied, as Terraform or the provider refuses it: no part of the score. */
  refused: number;
  notRun: number;
}

export function scoreOf(tried: readonly Tried[], accepted: number): Score {
  const count = (...outcomes: Tried["outcome"][]) => tried.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    mutants: tried.length,
    killed: count("killed", "guarded"),
    survived: count("survived"),
    accepted,
    refused: count("refused"),
    notRun: count("not run"),
  };
}

/** Killed, of those that could be applied; survivors count as such whether they are accepted or not. */
export const percentOf = ({ killed, survived }: Score): number =>
  killed + survived === 0 ? 100 : (100 * killed) / (killed + survived);

export const sum = (scores: readonly Score[]): Score =>
  scores.reduce(
    (total, score) => ({
      mutants: total.mutants + score.mutants,
      killed: total.killed + score.killed,
      survived: total.survived + score.survived,
      accepted: total.accepted + score.accepted,
      refused: total.refused + score.refused,
      notRun: total.notRun + score.notRun,
    }),
    { mutants: 0, killed: 0, survived: 0, accepted: 0, refused: 0, notRun: 0 },
  );

export function tableOf(scores: ReadonlyMap<string, Score>): string {
  const row = (name: string, score: Score) =>
    `| ${name} | ${score.mutants} | ${score.killed} | ${score.survived} | ${score.accepted} | ${score.refused} | ${percentOf(score).toFixed(1)} % |`;
  return [
    "| Folder | Mutants | Killed | Survived | Accepted | Refused | Score |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...[...scores].map(([folder, score]) => row(`\`infra/${folder}\``, score)),
    row("All", sum([...scores.values()])),
  ].join("\n");
}

const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 70 ? `${line.slice(0, 70)}…` : line;
};

export const survivorLine = ({ mutant, replacement }: Tried): string =>
  `infra/${mutant.file}:${mutant.line} ${mutant.where}: ` +
  (mutant.original === ""
    ? `${oneLine(replacement)} added`
    : `${oneLine(mutant.original)} → ${replacement === "" ? "removed" : oneLine(replacement)}`);
