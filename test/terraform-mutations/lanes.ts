// As many processes of Terraform side by side as there are processors.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { stateDir } from "../../infra/local/paths.ts";
import { terraformBinary } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import type { Resource } from "../infrastructure/system.ts";
import { discover, runBatch, type Lane } from "./batch.ts";
import type { RunTests } from "./evaluate.ts";
import { runInput } from "./input.ts";
import { providerProgram } from "../lib/terraform-provider.ts";

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
  const lanes = Array.from({ length: count }, (_, index): Lane => ({
    terraform,
    program,
    folder: join(stateDir, `terraform-mutations-${index}`),
    resources,
  }));
  await discover(lanes[0] as Lane);
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
  /** Tests that pass without any change, which each has to before it says anything about a mutant. */
  const proven = new Set<string>();
  const run: RunTests = async (target, candidates) => {
    const lane = await take();
    try {
      if (isOutOfTime()) return new Map();
      if (target.isInput) return await runInput(`${lane.folder}-input`, candidates);
      const name = target.environment
        ? `infra/${target.folder}: ${target.file}`
        : `infra/${target.folder}/tests/${target.file}`;
      const unchanged = proven.has(name) ? [] : [{ id: "unchanged" }];
      const verdicts = await runBatch(lane, target, [...unchanged, ...candidates]);
      const verdict = verdicts.get("unchanged");
      if (verdict && verdict.outcome !== "survived")
        throw new Problem(
          `${name} fails without any change: ${verdict.message}`,
          'Fix it first: npm test -- "terraform"',
        );
      proven.add(name);
      return verdicts;
    } finally {
      give(lane);
    }
  };
  return { run, stop: () => lanes.forEach((lane) => lane.provider?.stop()) };
}
