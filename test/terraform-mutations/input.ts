// Whether the conventions of the sources or the table of refused input (both in test/terraform) notice that a variable has
// changed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { accepted, blames, refused } from "../terraform/input-cases.ts";
import { brokenConventions } from "../terraform/conventions.ts";
import { copyVariables, planCalls, type Call } from "../terraform/plan-variables.ts";
import { blocksIn, headOf, parse } from "./hcl.ts";
import { applied, type Mutant } from "./mutants.ts";
import type { Verdict } from "./outcomes.ts";
import { infra } from "./targets.ts";
import type { Candidate } from "./workspace.ts";

/** Only these files are planned: without resources, a plan needs no provider. */
export const isOfInput = ({ file }: Mutant): boolean => /\/variables[^/]*\.tf$/.test(file);

export async function runInput(folder: string, candidates: readonly Candidate[]): Promise<Map<string, Verdict>> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await copyVariables(folder, infra);
  const verdicts = new Map<string, Verdict>();
  for (const candidate of candidates) verdicts.set(candidate.id, await verdictOf(folder, candidate));
  return verdicts;
}

/**
 * Of the accepted calls one, and those that differ from it in what the variable's validations look at: Terraform's time
 * grows with the square of the calls.
 */
function acceptedAbout(file: string, variable: string, module: string): Call[] {
  const block = blocksIn(parse(file, module)).find((one) => headOf(one).join() === `variable,${variable}`);
  const names = [variable, ...[...(block?.text ?? "").matchAll(/\bvar\.(\w+)/g)].map(([, name = ""]) => name)];
  const ofModule = accepted.filter((one) => one.module === module);
  const [first] = ofModule;
  const valueIn = (call: Call | undefined, name: string) => JSON.stringify(call?.inputs[name]);
  return ofModule.filter(
    (call) => call === first || names.some((name) => valueIn(call, name) !== valueIn(first, name)),
  );
}

/** Of the refused values those of the variable that has changed: an accepted call would show any other effect. */
async function verdictOf(folder: string, { mutant, replacement }: Candidate): Promise<Verdict> {
  if (!mutant || replacement === undefined) return { outcome: "survived", message: "" };
  const original = readFileSync(join(infra, mutant.file), "utf8");
  const changed = applied(original, mutant, replacement);
  const [broken] = brokenConventions(changed, mutant.file);
  if (broken !== undefined) return { outcome: "killed", message: broken };
  const module = dirname(mutant.file);
  const variable = /^variable\.([^/#]+)/.exec(mutant.where)?.[1];
  const own = refused.filter((one) => one.module === module && (one.validatedIn ?? one.variable) === variable);
  if (own.length === 0) return { outcome: "survived", message: "" };
  const calls = [...own, ...acceptedAbout(original, variable ?? "", module)];
  writeFileSync(join(folder, mutant.file), changed);
  try {
    const errors = await planCalls(calls, folder);
    const unnoticed = own.find(
      (one, index) => errors[index]?.length === 0 || errors[index]?.some((error) => !blames(error, one)),
    );
    const refusedNow = errors.slice(own.length).flat()[0];
    if (unnoticed) return { outcome: "killed", message: `${variable} takes ${JSON.stringify(unnoticed.value)}` };
    return refusedNow === undefined ? { outcome: "survived", message: "" } : { outcome: "killed", message: refusedNow };
  } catch (error) {
    return { outcome: "refused", message: error instanceof Error ? error.message : String(error) };
  } finally {
    writeFileSync(join(folder, mutant.file), original);
  }
}
