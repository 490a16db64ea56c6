// As many processes of Terraform side by side as there are processors.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { stateDir } from "../../infra/local/paths.ts";
import { terraformBinary } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import type { Resource } from "../infrastructure/system.ts";
import { environments, type Environment } from "../infrastructure/system-test.ts";
import { applyToFreeze, discover, runBatch, type Lane } from "./batch.ts";
import type { RunTests } from "./evaluate.ts";
import type { Applied } from "./frozen.ts";
import { runInput } from "./input.ts";
import type { Verdict } from "./outcomes.ts";
import { providerProgram } from "../lib/terraform-provider.ts";
import type { Target } from "./targets.ts";
import type { Candidate } from "./workspace.ts";

export interface Lanes {
  run: RunTests;
  stop: () => void;
}

export async function startLanes(
  isOutOfTime: () => boolean,
  count = Number(process.env["RAINBOW_LANES"] ?? availableParallelism()),
): Promise<Lanes> {
  const terraform = await terraformBinary(() => {});
  const program = await providerProgram(terraform);
  const resources: Resource[] = [];
  const applied = new Map<Environment, Applied>();
  const lanes = Array.from({ length: count }, (_, index): Lane => ({
    terraform,
    program,
    folder: join(stateDir, `terraform-mutations-${index}`),
    resources,
    applied,
  }));
  const [one] = lanes as [Lane];
  await discover(one);
  for (const environment of environments) applied.set(environment, await applyToFreeze(one, environment));
  const free = [...lanes];
  const waiting: ((lane: Lane) => void)[] = [];
  const take = () => {
    const lane = free.pop();
    return lane ? Promise.resolve(lane) : new Promise<Lane>((resolve) => waiting.push(resolve));
  };
  const give = (lane: Lane) => {
    const next = waiting.shift();
    if (next) next(lane);
    else free.push(lane);
  };
  /** What tests say without any change, which has to be nothing before they say anything about a mutant. */
  const unchanged = new Map<string, Verdict>();
  const run: RunTests = async (target, candidates) => {
    const lane = await take();
    try {
      if (isOutOfTime()) return new Map();
      if (target.isInput) return await runInput(`${lane.folder}-input`, candidates);
      const nameOf = ({ live }: Candidate) => `${nameOfTest(target)} ${live?.join(" ") ?? ""}`.trim();
      const first = [...new Map(candidates.map((candidate) => [nameOf(candidate), candidate])).values()]
        .filter((candidate) => !unchanged.has(nameOf(candidate)))
        .map(({ live }, index): Candidate => ({ id: `unchanged${index}`, ...(live && { live }) }));
      const verdicts = await runBatch(lane, target, [...first, ...candidates]);
      for (const candidate of first) unchanged.set(nameOf(candidate), verdicts.get(candidate.id) as Verdict);
      for (const candidate of candidates) {
        const { outcome, message } = unchanged.get(nameOf(candidate)) as Verdict;
        if (target.isFrozen && outcome !== "survived") verdicts.set(candidate.id, { outcome: "survived", message });
        else if (target.isFrozen && verdicts.get(candidate.id)?.outcome === "refused")
          verdicts.set(candidate.id, { outcome: "survived", message: "refused in part" });
        else if (outcome !== "survived")
          throw new Problem(
            `${nameOfTest(target)} fails without any change: ${message}`,
            'Fix it first: npm test -- "terraform"',
          );
      }
      return verdicts;
    } finally {
      give(lane);
    }
  };
  return { run, stop: () => lanes.forEach((lane) => lane.provider?.stop()) };
}

const nameOfTest = ({ folder, file, environment }: Target): string =>
  environment ? `infra/${folder}: ${file}` : `infra/${folder}/tests/${file}`;
