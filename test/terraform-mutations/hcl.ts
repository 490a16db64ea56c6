// Terraform's language as a syntax tree with positions: the grammar of tree-sitter, compiled to WebAssembly.
import { createRequire } from "node:module";
import { Language, Parser, type Node } from "web-tree-sitter";

export type { Node };

await Parser.init();
const parser = new Parser();
parser.setLanguage(
  await Language.load(
    createRequire(import.meta.url).resolve("@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm"),
  ),
);

/** The memory of WebAssembly is not freed by itself, and the same files are read for each mutant. */
const parsed = new Map<string, Node>();

/** @throws for a text that is not HCL: a mutation of it would say nothing */
export function parse(text: string, path: string): Node {
  const known = parsed.get(text);
  if (known) return known;
  const tree = parser.parse(text);
  if (!tree || tree.rootNode.hasError) throw new Error(`${path} is not HCL that tree-sitter can parse.`);
  parsed.set(text, tree.rootNode);
  return tree.rootNode;
}

/** The named nodes below a node, outermost first, without those below one that `skip` names. */
export function* descend(node: Node, skip: (node: Node) => boolean = () => false): Generator<Node> {
  for (const child of node.namedChildren) {
    if (skip(child)) continue;
    yield child;
    yield* descend(child, skip);
  }
}

/** Type and labels of a block: ["resource", "aws_vpc", "this"]. */
export function headOf(block: Node): string[] {
  return block.namedChildren
    .filter(({ type }) => type === "identifier" || type === "string_lit")
    .map(({ text }) => text.replace(/^"|"$/g, ""));
}

/** The blocks directly in a file or in a block. */
export function blocksIn(node: Node): Node[] {
  const body = node.namedChildren.find(({ type }) => type === "body");
  return body?.namedChildren.filter(({ type }) => type === "block") ?? [];
}

/** The attributes directly in a file or in a block, by name. */
export function attributesIn(node: Node): Map<string, Node> {
  const body = node.namedChildren.find(({ type }) => type === "body");
  const attributes = body?.namedChildren.filter(({ type }) => type === "attribute") ?? [];
  return new Map(attributes.map((attribute) => [nameOf(attribute), attribute]));
}

export const nameOf = (attribute: Node): string => attribute.namedChildren[0]?.text ?? "";

/** The value of an attribute. */
export const valueOf = (attribute: Node): Node => attribute.namedChildren[1] as Node;

/** Key and value of an element of an object. */
export function elementOf(element: Node): { key: Node; value: Node } {
  const [key, value] = element.namedChildren as [Node, Node];
  return { key, value };
}

/**
 * Where a node is, in terms of Terraform, without line numbers: `aws_lb.this/health_check/path`. Blocks of one type
 * in one block are numbered, statements of a policy named by their sid.
 */
export function addressOf(node: Node): string {
  const parts: string[] = [];
  for (let at: Node | null = node; at; at = at.parent) {
    if (at.type === "attribute") parts.unshift(nameOf(at));
    if (at.type === "object_elem") parts.unshift(elementOf(at).key.text.replace(/^"|"$/g, ""));
    if (at.type === "tuple" && at !== node) parts.unshift(`[${indexIn(at, node)}]`);
    if (at.type === "block") parts.unshift(blockName(at));
  }
  return parts.join("/");
}

const indexIn = (tuple: Node, node: Node): number =>
  tuple.namedChildren
    .filter(({ type }) => type === "expression")
    .findIndex((element) => element.startIndex <= node.startIndex && node.endIndex <= element.endIndex);

function blockName(block: Node): string {
  const [type = "", ...labels] = headOf(block);
  if (type === "resource") return labels.join(".");
  if (labels.length > 0) return [type, ...labels].join(".");
  const sid = attributesIn(block).get("sid");
  if (sid) return `${type}[${valueOf(sid).text}]`;
  const siblings = (block.parent?.namedChildren ?? []).filter(
    (other) => other.type === "block" && headOf(other).join() === type,
  );
  return siblings.length < 2 ? type : `${type}[${siblings.findIndex(({ id }) => id === block.id)}]`;
}

/** The text before an index: module.network.security_group_ids. */
export function baseOf(node: Node): string {
  let at: Node = node;
  while (at.type !== "index" && at.parent) at = at.parent;
  let base = "";
  for (let before = at.previousSibling; before; before = before.previousSibling) {
    if (!["variable_expr", "get_attr", "index"].includes(before.type)) break;
    base = before.text + base;
  }
  return base;
}

/** Whether a literal is the key of an index: x["key"]. */
export function isIndex(node: Node): boolean {
  let at = node.parent;
  while (at && ["string_lit", "literal_value", "expression"].includes(at.type)) at = at.parent;
  return at?.type === "new_index";
}
