// YAML as a tree whose values know where they stand in the text, so that one of them can be replaced and every other
// byte stays. Positions are UTF-16 units of the text; a byte order mark and the \r of \r\n count.
//
// The parser is the one of GitHub's own language server, and as lenient as GitHub: a closing bracket may stand below its
// key, which YAML 1.2 (8.2.3) and js-yaml 5 forbid.
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Node } from "yaml";

export interface Span {
  start: number;
  /** Exclusive. */
  end: number;
}

export interface YamlScalar {
  kind: "scalar";
  /** As it is read: without quotes, escapes resolved. */
  text: string;
  /** What is between the quotes; a block with its > or |. */
  span: Span;
  style: "plain" | "quoted" | "block";
  anchor: string | undefined;
}

export interface YamlAlias {
  kind: "alias";
  /** With its `*`. */
  span: Span;
  target: YamlScalar | YamlList | YamlMap;
}

export interface YamlList {
  kind: "list";
  start: number;
  items: YamlNode[];
}

export interface YamlMap {
  kind: "map";
  start: number;
  entries: { key: YamlNode; value: YamlNode }[];
}

export type YamlNode = YamlScalar | YamlAlias | YamlList | YamlMap;

type Anchors = Map<string, YamlAlias["target"]>;

/** @throws with the line and column of what is no YAML, or is twice in one mapping */
export function readYaml(text: string): YamlNode[] {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  return [...documents].flatMap(({ contents, errors: [error] }) => {
    if (error) throw new YamlError(text, error.pos[0], error.message);
    return contents ? [toNode(text, contents, new Map())] : [];
  });
}

export class YamlError extends Error {
  override name = "YamlError";
  readonly line: number;
  readonly column: number;

  constructor(text: string, offset: number, message: string) {
    super(message);
    ({ line: this.line, column: this.column } = positionsIn(text)(offset));
  }
}

function toNode(text: string, node: unknown, anchors: Anchors): YamlNode {
  const [start, end] = (node as Node | null)?.range ?? [0, 0];
  if (isAlias(node)) {
    const target = anchors.get(node.source);
    if (!target) throw new YamlError(text, start, `The alias *${node.source} has no anchor before it`);
    return { kind: "alias", span: { start, end }, target };
  }
  const result = emptyNode(node, { start, end });
  // Before what is in it, which may refer to it.
  if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) anchors.set(node.anchor, result);
  if (isSeq(node) && result.kind === "list") result.items = node.items.map((item) => toNode(text, item, anchors));
  if (isMap(node) && result.kind === "map")
    result.entries = node.items.map(({ key, value }) => ({
      key: toNode(text, key, anchors),
      value: toNode(text, value, anchors),
    }));
  return result;
}

function emptyNode(node: unknown, { start, end }: Span): YamlAlias["target"] {
  if (isSeq(node)) return { kind: "list", start, items: [] };
  if (isMap(node)) return { kind: "map", start, entries: [] };
  const scalar = isScalar(node) ? node : undefined;
  const isQuoted = scalar?.type === "QUOTE_DOUBLE" || scalar?.type === "QUOTE_SINGLE";
  const isBlock = scalar?.type === "BLOCK_FOLDED" || scalar?.type === "BLOCK_LITERAL";
  return {
    kind: "scalar",
    // Numbers and the like as they are written; nothing, or ~, is no text.
    text: scalar?.source ?? "",
    span: isQuoted ? { start: start + 1, end: end - 1 } : { start, end },
    style: isBlock ? "block" : isQuoted ? "quoted" : "plain",
    anchor: scalar?.anchor,
  };
}

export const resolved = (node: YamlNode): YamlAlias["target"] => (node.kind === "alias" ? node.target : node);

/** The text of a scalar, also by an alias. */
export function textOf(node: YamlNode | undefined): string | undefined {
  const target = node && resolved(node);
  return target?.kind === "scalar" ? target.text : undefined;
}

/** The value of a key as it stands there: perhaps an alias. */
export function valueOf(node: YamlNode | undefined, name: string): YamlNode | undefined {
  const target = node && resolved(node);
  if (target?.kind !== "map") return undefined;
  return target.entries.find(({ key }) => textOf(key) === name)?.value;
}

export function itemsOf(node: YamlNode | undefined): YamlNode[] {
  const target = node && resolved(node);
  return target?.kind === "list" ? target.items : [];
}

export function entriesOf(node: YamlNode | undefined): { name: string; key: YamlNode; value: YamlNode }[] {
  const target = node && resolved(node);
  if (target?.kind !== "map") return [];
  return target.entries.flatMap(({ key, value }) => {
    const name = textOf(key);
    return name === undefined ? [] : [{ name, key, value }];
  });
}

/** Every node that stands in the text, each once: aliases, and not again what they stand for. */
export function nodesIn(nodes: YamlNode[], found: YamlNode[] = []): YamlNode[] {
  for (const node of nodes) {
    found.push(node);
    if (node.kind === "list") nodesIn(node.items, found);
    if (node.kind === "map") for (const { key, value } of node.entries) nodesIn([key, value], found);
  }
  return found;
}

export const startOf = (node: YamlNode): number => ("span" in node ? node.span.start : node.start);

export interface Position {
  /** Both counted from 1, columns in characters. */
  line: number;
  column: number;
}

/** What gives the positions of offsets in a text. */
export function positionsIn(text: string): (offset: number) => Position {
  const mark = text.startsWith("\uFEFF") ? 1 : 0;
  const starts = [mark, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (found) => found.index + found[0].length)];
  return (offset) => {
    const next = starts.findIndex((start) => start > offset);
    const line = next < 0 ? starts.length : Math.max(next, 1);
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
  };
}
