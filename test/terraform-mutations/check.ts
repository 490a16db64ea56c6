// Mutation testing of infra/, for `npm run test:long`. RAINBOW_MINUTES limits its time and RAINBOW_FOLDERS what is
// mutated (modules/network,environments/production); the next run goes on from what is known by then.
import { join } from "node:path";
import { stateDir } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { VerdictCache } from "./cache.ts";
import { evaluate, mutantsIn, type Tried } from "./evaluate.ts";
import { startLanes } from "./lanes.ts";
import { percentOf, scoreOf, sum, survivorLine, tableOf, type Score } from "./report.ts";
import { accepts, compareWithAccepted, readAccepted } from "./survivors.ts";
import { dependencies, mutatedFolders } from "./targets.ts";

/** Percent of the mutants that could be applied. */
export const requiredScore = 95;

/** Whether the verdicts of this run are written for all checkouts. */
const isKept = process.env["RAINBOW_KEEP"] === "1";

export async function terraformMutations(note: (text: string) => void): Promise<Counts> {
  const folders = process.env["RAINBOW_FOLDERS"]?.split(",") ?? mutatedFolders();
  if (isKept && process.env["RAINBOW_FOLDERS"] !== undefined)
    throw new Problem(
      "RAINBOW_KEEP keeps the verdicts about all folders, and RAINBOW_FOLDERS leaves some out.",
      "Set one of them only.",
    );
  const end = Date.now() + Number(process.env["RAINBOW_MINUTES"] ?? Infinity) * 60_000;
  const tried = await tryAll(folders, () => Date.now() > end, note);
  const accepted = readAccepted().filter(({ file }) => folders.some((folder) => file.startsWith(`${folder}/`)));
  const scores = new Map<string, Score>(
    [...tried].map(([folder, results]) => {
      const survivors = results.filter(({ outcome }) => outcome === "survived");
      return [
        folder,
        scoreOf(results, survivors.filter(({ mutant }) => accepted.some((entry) => accepts(entry, mutant))).length),
      ];
    }),
  );
  const { unlisted, unused } = compareWithAccepted([...tried.values()].flat(), accepted);
  console.log(`\n${tableOf(scores)}\n`);
  for (const one of unlisted) console.log(survivorLine(one));
  const total = sum([...scores.values()]);
  if (total.notRun > 0)
    throw new Problem(
      `${total.notRun} of ${total.mutants} mutants were not tried in the time that RAINBOW_MINUTES gives.`,
      "Run the same command again: it goes on where it stopped.",
    );
  if (unlisted.length > 0)
    throw new Problem(
      `No test notices ${unlisted.length} changes of infra/, listed above.`,
      "Write the assertion that would, or accept the change in infra/mutation-survivors.json with its reason.",
    );
  if (unused.length > 0)
    throw new Problem(
      `infra/mutation-survivors.json accepts what does not survive: ${unused.map(({ file, where }) => `${file} ${where}`).join("; ")}`,
      "Remove these entries.",
    );
  if (percentOf(total) < requiredScore)
    throw new Problem(
      `The tests of infra/ notice ${percentOf(total).toFixed(1)} % of the changes; ${requiredScore} % are required.`,
      "Write assertions for accepted survivors.",
    );
  return { passed: total.killed + total.accepted, failed: 0 };
}

async function tryAll(
  folders: string[],
  isOutOfTime: () => boolean,
  note: (text: string) => void,
): Promise<Map<string, Tried[]>> {
  const uses = dependencies();
  const mutants = new Map(folders.map((folder) => [folder, mutantsIn(folder)]));
  const count = [...mutants.values()].flat().length;
  let done = 0;
  const lanes = await startLanes(isOutOfTime);
  const cache = new VerdictCache(join(stateDir, "terraform-mutations.jsonl"));
  try {
    const tried = await Promise.all(
      [...mutants].map(async ([folder, members]): Promise<[string, Tried[]]> => {
        const progress = (more: number) => note(`${(done += more)} of ${count} mutants`);
        return [
          folder,
          await evaluate(folder, members, { uses, cache, runTests: lanes.run, batch: 24, isOutOfTime, progress }),
        ];
      }),
    );
    return new Map(tried);
  } finally {
    lanes.stop();
    if (isKept) cache.keep();
  }
}
