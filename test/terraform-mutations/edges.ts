// References to variables, resources, modules and locals: another one of the same kind, or none.
import { nameOf, type Node } from "./hcl.ts";
import { isInKey } from "./literals.ts";
import type { Change } from "./change.ts";
import { typeAt, type Scope } from "./scope.ts";

const steps = new Set(["get_attr", "index", "splat"]);
/** Any value of the kinds that attributes take; the one that fits is what Terraform does not refuse. */
const anyValue = ['"mutated"', '["mutated"]', "4321", "{}", "null"];

export function edgeMutants(node: Node, scope: Scope): Change[] {
  if (node.type !== "variable_expr" || isInKey(node) || isInListOfNames(node)) return [];
  const path = [node];
  for (let next = node.nextSibling; next && steps.has(next.type); next = next.nextSibling) path.push(next);
  const text = path.map((part) => part.text).join("");
  const replacements = others(text, node, scope).filter((other) => other !== text);
  if (replacements.length === 0) return [];
  const end = path.at(-1)!.endIndex;
  return [{ kind: "edge", node, start: node.startIndex, end, replacements: [...new Set(replacements)].slice(0, 7) }];
}

/** Elements of ignore_changes and depends_on are names, not values: the list loses each of them (lists.ts). */
function isInListOfNames(node: Node): boolean {
  for (let at: Node | null = node; at; at = at.parent)
    if (at.type === "attribute") return ["ignore_changes", "depends_on", "replace_triggered_by"].includes(nameOf(at));
  return false;
}

function others(text: string, node: Node, scope: Scope): string[] {
  const [head = "", ...rest] = text.split(".");
  if (["path", "terraform", "self"].includes(head)) return [];
  if (head === "count") return [`(${text} + 1)`];
  if (isForEachOfBlock(node)) return ["{}", "[]", "toset([])"];
  if (head === "var") return othersOfVariable(text, rest, scope);
  if (head === "local")
    return [
      ...alike(
        text,
        scope.locals.map((name) => `local.${name}`),
      ),
      ...anyValue,
    ];
  if (head === "module") return [...othersOfModule(text, scope), ...anyValue];
  const [type, name] = head === "data" ? [`data.${rest[0]}`, rest[1]] : [head, rest[0]];
  const bare = (name ?? "").replace(/\[.*/, "");
  const twins = (scope.resources.get(type) ?? []).filter((other) => other !== bare);
  return [...twins.map((twin) => text.replace(`.${bare}`, `.${twin}`)), ...anyValue];
}

function othersOfVariable(text: string, [name = "", ...path]: string[], scope: Scope): string[] {
  const type = typeAt(scope, name.replace(/\[.*/, ""), path);
  if (type === "bool") return [`(!${text})`];
  if (type === "number") return [`(${text} + 1)`, `(${text} - 1)`, ...anyValue];
  if (type !== "string") return type.startsWith("map") ? ["{}", ...anyValue] : anyValue;
  const strings = [...scope.variables.keys()].filter((other) => typeAt(scope, other, []) === "string");
  return [
    ...alike(
      text,
      strings.map((other) => `var.${other}`),
    ),
    ...anyValue,
  ];
}

/** The same output of a twin module, or another output of the same module. */
function othersOfModule(text: string, scope: Scope): string[] {
  const match = /^module\.([\w-]+)((?:\[[^\]]*\])?)\.([\w-]+)(.*)$/.exec(text);
  if (!match) return [];
  const [, module = "", index = "", output = "", rest = ""] = match;
  const own = scope.modules.get(module)?.outputs ?? [];
  const twins = [...scope.modules].filter(([other, { outputs }]) => other !== module && outputs.includes(output));
  const ownOthers = alike(output, own).map((other) => `module.${module}${index}.${other}`);
  return [...ownOthers, ...twins.map(([other]) => `module.${other}.${output}${rest}`)].slice(0, 3);
}

/** Names that end in the same word, those with the most words in common first: private_subnet_ids, public_subnet_ids. */
function alike(name: string, names: string[]): string[] {
  const words = (text: string) => text.split(/[._-]/).toReversed();
  const own = words(name);
  const shared = (other: string) => words(other).findIndex((word, index) => word !== own[index]);
  const rank = (other: string) => (shared(other) === -1 ? own.length : shared(other));
  return names
    .filter((other) => other !== name && rank(other) > 0)
    .toSorted((a, b) => rank(b) - rank(a))
    .slice(0, 2);
}

/** `for_each = local.rules`, as a whole: nothing is made. */
function isForEachOfBlock(node: Node): boolean {
  const attribute = node.parent?.parent;
  return attribute?.type === "attribute" && nameOf(attribute) === "for_each";
}
