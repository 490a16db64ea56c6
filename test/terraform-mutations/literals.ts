// Numbers, booleans, strings and the keys of objects.
import { baseOf, descend, elementOf, isIndex, type Node } from "./hcl.ts";
import type { Change } from "./change.ts";
import type { Scope } from "./scope.ts";

export function literalMutants(node: Node, scope: Scope): Change[] {
  const change = (replacements: string[], place: Node = node): Change => ({
    kind: "literal",
    node: place,
    start: place.startIndex,
    end: place.endIndex,
    replacements,
  });
  if (isInKey(node)) return [];
  switch (node.type) {
    case "numeric_lit": {
      const value = Number(node.text);
      const [up, down] = [String(value + 1), String(value - 1)];
      if (isIndex(node)) return [change([up])];
      return isCompared(node) ? [change([up]), change([down])] : [change([up, down, String(value * 2)])];
    }
    case "bool_lit":
      return [change([node.text === "true" ? "false" : "true"])];
    case "string_lit":
      return node.parent?.type === "literal_value" && node.text === '""' ? [change(['"mutated"'])] : [];
    case "template_literal": {
      if (node.text.trim() === "" || isLabel(node)) return [];
      return [change(isIndex(node) ? siblingKeys(node, scope) : otherTexts(node.text))];
    }
    case "object_elem": {
      const { key } = elementOf(node);
      const name = [...descend(key)].findLast(({ type }) => type === "template_literal" || type === "identifier");
      if (!name || key.text.includes("${")) return [];
      return [change([`${name.text}_mutated`], name)];
    }
    default:
      return [];
  }
}

const opposites: [string, string][] = [
  ["Allow", "Deny"],
  ["Enabled", "Disabled"],
  ["enabled", "disabled"],
  ["ENABLED", "DISABLED"],
  ["true", "false"],
  ["tcp", "udp"],
  ["StringEquals", "StringNotEquals"],
  ["StringLike", "StringNotLike"],
  ["ArnEquals", "ArnNotEquals"],
  ["ArnLike", "ArnNotLike"],
  ["GreaterThanThreshold", "LessThanThreshold"],
  ["GreaterThanOrEqualToThreshold", "GreaterThanThreshold"],
  ["breaching", "notBreaching"],
];

/** Other texts of the same kind: many places take any text, others only numbers, address ranges, names of zones. */
export function otherTexts(text: string): string[] {
  const opposite = opposites.find((pair) => pair.includes(text))?.find((other) => other !== text);
  const range = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text)?.slice(1).map(Number);
  const others: string[] = [];
  if (opposite !== undefined) others.push(opposite);
  if (range) others.push(...otherRanges(range as [number, number, number, number, number]));
  else if (/^\d+$/.test(text)) others.push(String(Number(text) + 1));
  else others.push(`${text}-mutated`, `${text}mutated`, `mutated-${text}`);
  if (!range) others.push(...withOtherNumber(text));
  if (/[a-z]$/.test(text)) others.push(`${text.slice(0, -1)}${text.endsWith("d") ? "c" : "d"}`);
  return [...new Set(others)].filter((other) => other !== text);
}

function otherRanges([a, b, c, d, bits]: [number, number, number, number, number]): string[] {
  if (bits === 0) return ["10.0.0.0/8"];
  return [
    `${a}.${b}.${(c + 5) % 256}.${d}/${bits}`,
    `${a}.${b + 1}.${c}.${d}/${bits}`,
    `${a}.${b}.${c}.${d}/${bits + 1}`,
  ];
}

/** One more in the last number, and in the first. */
function withOtherNumber(text: string): string[] {
  const numbers = [...text.matchAll(/\d+/g)];
  return [numbers.at(-1), numbers[0]].flatMap((match) => {
    if (!match) return [];
    const more = String(Number(match[0]) + 1).padStart(match[0].length, "0");
    return [text.slice(0, match.index) + more + text.slice(match.index + match[0].length)];
  });
}

/** The other keys that the module reads from the same map. */
function siblingKeys(node: Node, scope: Scope): string[] {
  const base = baseOf(node);
  return [...(scope.keys.get(base) ?? [])].filter((key) => key !== node.text);
}

const isLabel = (node: Node): boolean => node.parent?.type === "string_lit" && node.parent.parent?.type === "block";

/** The key of an object is mutated as a whole, with its element. */
export function isInKey(node: Node): boolean {
  for (let at: Node = node; at.parent; at = at.parent)
    if (at.parent.type === "object_elem") return at.id === elementOf(at.parent).key.id;
  return false;
}

function isCompared(node: Node): boolean {
  const operation = node.parent?.parent;
  return operation?.type === "binary_operation" && operation.children.some(({ type }) => /^[<>]=?$/.test(type));
}
