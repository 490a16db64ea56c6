// Conditions and operators.
import { attributesIn, headOf, valueOf, type Node } from "./hcl.ts";
import type { Change } from "./change.ts";

const otherOperators: Record<string, string> = {
  "==": "!=",
  "!=": "==",
  ">": ">=",
  ">=": ">",
  "<": "<=",
  "<=": "<",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
};
const otherFunctions: Record<string, string> = {
  min: "max",
  max: "min",
  alltrue: "anytrue",
  anytrue: "alltrue",
  startswith: "endswith",
  endswith: "startswith",
};
const conditionBlocks = new Set(["validation", "precondition", "postcondition", "assert"]);

export function logicMutants(node: Node): Change[] {
  const change = (replacement: string, place: Node = node): Change => ({
    kind: "logic",
    node,
    start: place.startIndex,
    end: place.endIndex,
    replacements: [replacement],
  });
  switch (node.type) {
    case "conditional": {
      const condition = node.namedChildren[0] as Node;
      return [change("true", condition), change("false", condition)];
    }
    case "for_cond":
      return [change("true", node.namedChildren[0])];
    case "unary_operation":
      return node.children[0]?.type === "!" ? [change("", node.children[0])] : [];
    case "binary_operation":
      return binaryMutants(node, change);
    case "function_call": {
      const [name] = node.namedChildren as [Node];
      const other = otherFunctions[name.text];
      return other === undefined ? [] : [change(other, name)];
    }
    case "block": {
      if (!conditionBlocks.has(headOf(node)[0] ?? "")) return [];
      const condition = attributesIn(node).get("condition");
      if (!condition) return [];
      // Terraform demands that the condition of a validation mentions its variable.
      const value = valueOf(condition);
      return [change(`true || (${value.text})`, value)];
    }
    default:
      return [];
  }
}

function binaryMutants(node: Node, change: (replacement: string, place?: Node) => Change): Change[] {
  const operator = node.children.find(({ type }) => type in otherOperators || type === "&&" || type === "||");
  if (!operator) return [];
  const other = otherOperators[operator.type];
  if (other !== undefined) {
    const isWithNumber = node.namedChildren.some(({ type, text }) => type === "literal_value" && /^\d/.test(text));
    // A boundary beside a number moves with the number.
    return isWithNumber && /^[<>]/.test(operator.type) ? [] : [change(other, operator)];
  }
  const text = node.text;
  const at = operator.startIndex - node.startIndex;
  return [change(text.slice(0, at).trim()), change(text.slice(at + 2).trim())];
}
