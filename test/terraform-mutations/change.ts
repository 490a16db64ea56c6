import type { Node } from "./hcl.ts";

export type Kind = "literal" | "edge" | "logic" | "list" | "statement" | "block";

/** A place in a file, and what to put there. */
export interface Change {
  kind: Kind;
  node: Node;
  start: number;
  end: number;
  /** In the order to try: the first that Terraform, the provider and our own validations take is the mutant. */
  replacements: string[];
}
