// Whether the table of refused input (test/terraform) notices that a validation has changed.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { accepted, blames, refused } from "../terraform/input-cases.ts";
import { errorsOf } from "../terraform/plan-variables.ts";
import type { Mutant } from "./mutants.ts";
import type { Verdict } from "./outcomes.ts";
import { writeCopy, type Candidate } from "./workspace.ts";

/** Only these files are planned: without resources, a plan needs no provider. */
export const isOfInput = ({ file }: Mutant): boolean => /\/variables[^/]*\.tf$/.test(file);

export async function runInput(folder: string, candidates: readonly Candidate[]): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  for (const candidate of candidates) verdicts.set(candidate.id, await verdictOf(folder, candidate));
  return verdicts;
}

/** Of the refused values those of the variable that has changed: an accepted call would show any other effect. */
async function verdictOf(folder: string, candidate: Candidate): Promise<Verdict> {
  const { mutant } = candidate;
  if (!mutant) return { outcome: "survived", message: "" };
  const module = dirname(mutant.file);
  const variable = /^variable\.([^/#]+)/.exec(mutant.where)?.[1];
  const own = refused.filter((one) => one.module === module && one.variable === variable);
  const calls = [...own, ...accepted.filter((one) => one.module === module)];
  if (own.length === 0) return { outcome: "survived", message: "" };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "plan"), { recursive: true });
  writeCopy(join(folder, "infra"), candidate);
  try {
    const errors = await errorsOf(calls, join(folder, "plan"), join(folder, "infra"));
    const unnoticed = own.find(
      (one, index) => errors[index]?.length === 0 || errors[index]?.some((error) => !blames(error, one)),
    );
    const refusedNow = errors.slice(own.length).flat()[0];
    if (unnoticed) return { outcome: "killed", message: `${variable} takes ${JSON.stringify(unnoticed.value)}` };
    return refusedNow === undefined ? { outcome: "survived", message: "" } : { outcome: "killed", message: refusedNow };
  } catch (error) {
    return { outcome: "refused", message: error instanceof Error ? error.message : String(error) };
  }
}
