// Lists without one of their elements, and arguments of merge and concat.
import type { Node } from "./hcl.ts";
import type { Change } from "./change.ts";

export function listMutants(node: Node): Change[] {
  const elements = elementsOf(node);
  return elements.map((element, index) => ({
    kind: "list",
    node: element,
    // Together with the comma that follows, or that precedes the last one.
    start: index === elements.length - 1 && index > 0 ? elements[index - 1]!.endIndex : element.startIndex,
    end: elements[index + 1]?.startIndex ?? element.endIndex,
    replacements: [""],
  }));
}

function elementsOf(node: Node): Node[] {
  const expressions = node.namedChildren.filter(({ type }) => type === "expression");
  // Actions and resources of a statement are lists too: without its only element a statement is refused or empty.
  if (node.type === "tuple") return expressions;
  if (node.type !== "function_arguments") return [];
  const name = node.parent?.namedChildren[0]?.text ?? "";
  return ["merge", "concat"].includes(name) && expressions.length > 1 ? expressions : [];
}
