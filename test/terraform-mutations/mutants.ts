// Every mutant of one Terraform file: one change of a literal, an edge, a condition, a list or a block at a time.
import { blockMutants } from "./blocks.ts";
import type { Change } from "./change.ts";
import { edgeMutants } from "./edges.ts";
import { addressOf, attributesIn, descend, headOf, nameOf, parse, type Node } from "./hcl.ts";
import { listMutants } from "./lists.ts";
import { literalMutants } from "./literals.ts";
import { logicMutants } from "./logic.ts";
import type { Scope } from "./scope.ts";

export interface Mutant extends Omit<Change, "node"> {
  /** Below infra/. */
  file: string;
  line: number;
  /** Terraform's address of the place, without line numbers. */
  where: string;
  original: string;
}

/** Text for people, and names that nothing but people reads. */
const texts = new Set(["description", "alarm_description", "error_message", "sid", "Description"]);
/** Where modules and providers come from, and the types of variables: any other is refused when Terraform loads it. */
const structure = new Set(["source", "providers", "provider"]);
/** Refactorings and version constraints, which test/infrastructure reads. */
const skippedBlocks = new Set(["terraform", "moved", "import", "removed"]);

export function mutantsOf(text: string, file: string, scope: Scope): Mutant[] {
  const tree = parse(text, file);
  const makers = [literalMutants, edgeMutants, logicMutants, listMutants, blockMutants];
  const mutants: Mutant[] = [];
  for (const node of descend(tree, isSkipped)) {
    if (isInType(node)) continue;
    for (const { node: place, ...change } of makers.flatMap((make) => make(node, scope))) {
      const original = text.slice(change.start, change.end);
      const replacements = [...new Set(change.replacements)].filter((replacement) => replacement !== original);
      if (replacements.length === 0) continue;
      const line = place.startPosition.row + 1;
      mutants.push({ ...change, replacements, file, line, where: addressOf(place), original });
    }
  }
  return numbered(mutants);
}

function isSkipped(node: Node): boolean {
  if (node.type === "comment") return true;
  if (node.type === "block") return skippedBlocks.has(headOf(node)[0] ?? "");
  if (node.type === "object_elem") return texts.has(node.namedChildren[0]?.text ?? "");
  if (node.type !== "attribute") return false;
  return texts.has(nameOf(node)) || structure.has(nameOf(node));
}

/** In the type of a variable everything but the defaults of optional attributes. */
function isInType(node: Node): boolean {
  for (let at: Node | null = node; at; at = at.parent) {
    const isDefault =
      at.parent?.type === "function_arguments" &&
      at.parent.parent?.namedChildren[0]?.text === "optional" &&
      at.id === at.parent.namedChildren[1]?.id;
    if (isDefault) return false;
    if (at.type !== "attribute" || nameOf(at) !== "type") continue;
    const block = at.parent?.parent;
    return block?.type === "block" && headOf(block)[0] === "variable" && attributesIn(block).has("type");
  }
  return false;
}

/** Places that share address and text are told apart by a number. */
function numbered(mutants: Mutant[]): Mutant[] {
  const seen = new Map<string, number>();
  return mutants.map((mutant) => {
    const key = `${mutant.kind} ${mutant.where} ${mutant.original} ${mutant.replacements[0]}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? mutant : { ...mutant, where: `${mutant.where}#${count}` };
  });
}

export const applied = (text: string, { start, end }: Mutant, replacement: string): string =>
  text.slice(0, start) + replacement + text.slice(end);
