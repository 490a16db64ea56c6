// Blocks that are dropped, and statements of policies that allow more, or the opposite.
import { attributesIn, headOf, valueOf, type Node } from "./hcl.ts";
import type { Change } from "./change.ts";

/** Blocks whose absence is another mutant already, or refused. */
const kept = new Set([
  "variable",
  "output",
  "locals",
  "data",
  "provider",
  "content",
  "validation",
  "precondition",
  "postcondition",
  "assert",
]);

export function blockMutants(node: Node): Change[] {
  if (node.type !== "block") return [];
  const [type = ""] = headOf(node);
  const dropped: Change[] = kept.has(type)
    ? []
    : [{ kind: "block", node, start: node.startIndex, end: node.endIndex, replacements: [""] }];
  return [...dropped, ...(isStatement(node) ? statementMutants(node) : [])];
}

const policyDocument = (block: Node | null | undefined): boolean =>
  block?.type === "block" && headOf(block)[1] === "aws_iam_policy_document";

/** A statement of a policy document, or the content of a dynamic one. */
function isStatement(node: Node): boolean {
  const parent = node.parent?.parent;
  const [type] = headOf(node);
  if (type === "statement") return policyDocument(parent);
  return type === "content" && parent !== null && parent !== undefined && headOf(parent)[1] === "statement";
}

function statementMutants(block: Node): Change[] {
  const attributes = attributesIn(block);
  const widened = ["actions", "resources"].flatMap((name): Change[] => {
    const attribute = attributes.get(name);
    if (!attribute || valueOf(attribute).text === '["*"]') return [];
    const { startIndex: start, endIndex: end } = valueOf(attribute);
    return [{ kind: "statement", node: attribute, start, end, replacements: ['["*"]'] }];
  });
  const body = block.namedChildren.find(({ type }) => type === "body");
  // An effect that is given is a literal, which has its own mutant.
  if (attributes.has("effect") || !body) return widened;
  const start = body.startIndex;
  return [...widened, { kind: "statement", node: block, start, end: start, replacements: ['effect = "Deny"\n'] }];
}
