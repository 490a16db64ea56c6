// Tries every mutant of a folder against every test that could notice it, nearest first.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf, keyOf, type VerdictCache } from "./cache.ts";
import { liveCalls } from "./reach.ts";
import { isOfInput } from "./input.ts";
import { mutantsOf, type Mutant } from "./mutants.ts";
import { allowedValues, settled, type Outcome, type Verdict } from "./outcomes.ts";
import { scopeOf, terraformFiles } from "./scope.ts";
import { infra, targetsOf, type Target } from "./targets.ts";
import type { Candidate } from "./workspace.ts";

/** Runs a test file against candidates: on this machine one process of Terraform for all of them. */
export type RunTests = (target: Target, candidates: readonly Candidate[]) => Promise<Map<string, Verdict>>;

export interface Tried {
  mutant: Mutant;
  replacement: string;
  outcome: Outcome | "not run";
  message: string;
  /** The test that noticed it. */
  by?: Target;
}

export interface Evaluation {
  uses: Map<string, string[]>;
  cache: VerdictCache;
  runTests: RunTests;
  /** Mutants in one process of Terraform. */
  batch: number;
  isOutOfTime: () => boolean;
  progress: (count: number) => void;
}

export function mutantsIn(folder: string): Mutant[] {
  const scope = scopeOf(join(infra, folder));
  return terraformFiles(join(infra, folder)).flatMap((name) =>
    mutantsOf(readFileSync(join(infra, folder, name), "utf8"), join(folder, name), scope),
  );
}

interface Open {
  mutant: Mutant;
  /** Replacements that are still to try, the current one first. */
  queue: string[];
  guarded?: Tried;
  last?: Tried;
}

export async function evaluate(folder: string, mutants: readonly Mutant[], evaluation: Evaluation): Promise<Tried[]> {
  const targets = targetsOf(folder, evaluation.uses);
  const done: Tried[] = [];
  let open: Open[] = mutants.map((mutant) => ({ mutant, queue: mutant.replacements }));
  while (open.length > 0) {
    const tried = await tryCurrent(open, targets, evaluation);
    const next: Open[] = [];
    for (const [index, one] of open.entries()) {
      const result = tried[index] as Tried;
      const [, ...rest] = one.queue;
      const isSettled = ["survived", "killed", "not run"].includes(result.outcome);
      if (result.outcome === "guarded") one.guarded ??= result;
      if (isSettled) done.push(result);
      else if (rest.length > 0) next.push({ ...one, queue: nextReplacements(one, result, rest), last: result });
      else done.push(one.guarded ?? result);
    }
    evaluation.progress(open.length - next.length);
    open = next;
  }
  return done;
}

/** A provider that refuses a text says which others it takes. */
function nextReplacements({ mutant }: Open, { message, replacement }: Tried, rest: string[]): string[] {
  if (mutant.kind !== "literal" || replacement !== mutant.replacements[0]) return rest;
  const allowed = allowedValues(message).filter((value) => value !== mutant.original);
  return allowed.length > 0 ? allowed.slice(0, 2) : rest;
}

async function tryCurrent(open: Open[], targets: Target[], evaluation: Evaluation): Promise<Tried[]> {
  const tried = open.map(({ mutant, queue }): Tried => {
    const replacement = queue[0] as string;
    return { mutant, replacement, outcome: targets.length === 0 ? "survived" : "not run", message: "" };
  });
  let alive = [...tried.keys()];
  for (const target of targets) {
    if (alive.length === 0) break;
    const seen = target.ofVariables ? alive.filter((index) => isOfInput((tried[index] as Tried).mutant)) : alive;
    const candidates = seen.map((index): Candidate => {
      const { mutant, replacement } = tried[index] as Tried;
      return { id: `m${index}`, mutant, replacement };
    });
    const verdicts = await verdictsFrom(target, candidates, evaluation);
    for (const index of seen) {
      const verdict = verdicts.get(`m${index}`);
      const one = tried[index] as Tried;
      Object.assign(one, verdict ?? { outcome: "not run" });
      if (verdict && verdict.outcome !== "survived") one.by = target;
    }
    alive = alive.filter((index) => !seen.includes(index) || (tried[index] as Tried).outcome === "survived");
  }
  return tried;
}

/**
 * What is expected of an environment: asked where it is frozen as far as a change does not reach, and where it is whole
 * if a change reaches anything, or if the part did not settle it.
 */
async function verdictsFrom(
  target: Target,
  candidates: Candidate[],
  evaluation: Evaluation,
): Promise<Map<string, Verdict>> {
  const { environment } = target;
  if (!environment) return verdictsOf(target, candidates, evaluation);
  const { uses, cache } = evaluation;
  const { isFrozen, ...whole } = target;
  const [digest, digestOfPart] = [digestOf(whole, uses), digestOf({ ...target, isFrozen: true }, uses)];
  const known = new Map<string, Verdict>();
  const [all, some]: [Candidate[], Candidate[]] = [[], []];
  for (const candidate of candidates) {
    const live = cache.get(keyOf(digest, candidate))
      ? undefined
      : liveCalls(candidate.mutant as Mutant, environment, uses);
    const ofPart = live && cache.get(keyOf(digestOfPart, candidate));
    if (!live || (!isFrozen && ofPart?.message !== settled.message)) all.push(candidate);
    else if (ofPart) known.set(candidate.id, ofPart);
    else some.push({ ...candidate, live });
  }
  const found = await Promise.all([verdictsOf(whole, all, evaluation), verdictsOf(target, some, evaluation)]);
  return new Map([...known, ...found.flatMap((verdicts) => [...verdicts])]);
}

async function verdictsOf(
  target: Target,
  candidates: Candidate[],
  { uses, cache, runTests, batch, isOutOfTime }: Evaluation,
): Promise<Map<string, Verdict>> {
  const digest = digestOf(target, uses);
  const verdicts = new Map<string, Verdict>();
  const unknown: Candidate[] = [];
  for (const candidate of candidates) {
    const known = cache.get(keyOf(digest, candidate));
    if (known) verdicts.set(candidate.id, known);
    else unknown.push(candidate);
  }
  // The state of an environment is long.
  const size = target.environment && !target.isFrozen ? Math.ceil(batch / 3) : batch;
  const batches = Array.from({ length: Math.ceil(unknown.length / size) }, (_, index) =>
    unknown.slice(index * size, (index + 1) * size),
  );
  await Promise.all(
    batches.map(async (members) => {
      if (isOutOfTime()) return;
      for (const [id, verdict] of await runTests(target, members)) {
        const candidate = members.find((member) => member.id === id);
        if (!candidate) continue;
        verdicts.set(id, verdict);
        cache.set(keyOf(digest, candidate), verdict);
      }
    }),
  );
  return verdicts;
}
