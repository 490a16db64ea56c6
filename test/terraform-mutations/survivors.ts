// Mutants that no test notices and that are accepted, each with its reason: infra/mutation-survivors.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tried } from "./evaluate.ts";
import type { Mutant } from "./mutants.ts";
import { infra } from "./targets.ts";

export interface Accepted {
  file: string;
  /** As `where` of a mutant; a trailing "*" stands for everything below. */
  where: string;
  /** What is replaced; without it every change of the place. */
  original?: string;
  reason: string;
}

export const survivorsFile = join(infra, "mutation-survivors.json");

export const readAccepted = (): Accepted[] => JSON.parse(readFileSync(survivorsFile, "utf8")) as Accepted[];

export const accepts = (accepted: Accepted, { file, where, original }: Mutant): boolean =>
  accepted.file === file &&
  (accepted.where.endsWith("*") ? where.startsWith(accepted.where.slice(0, -1)) : accepted.where === where) &&
  (accepted.original === undefined || accepted.original === original);

/** Survivors that no entry accepts, and entries that accept none of what was tried. */
export function compareWithAccepted(
  tried: readonly Tried[],
  accepted: readonly Accepted[],
): { unlisted: Tried[]; unused: Accepted[] } {
  const survivors = tried.filter(({ outcome }) => outcome === "survived");
  return {
    unlisted: survivors.filter(({ mutant }) => !accepted.some((entry) => accepts(entry, mutant))),
    unused: accepted.filter((entry) => !survivors.some(({ mutant }) => accepts(entry, mutant))),
  };
}
