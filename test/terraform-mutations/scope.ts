// What a module's files declare, from which edges are exchanged.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  attributesIn,
  baseOf,
  blocksIn,
  descend,
  elementOf,
  headOf,
  isIndex,
  parse,
  valueOf,
  type Node,
} from "./hcl.ts";

export interface Scope {
  /** Type of each variable: as a node of its declaration, if it has one. */
  variables: Map<string, Node | undefined>;
  locals: string[];
  /** Names by type; those of data sources by "data.TYPE". */
  resources: Map<string, string[]>;
  modules: Map<string, { source: string; outputs: string[] }>;
  outputs: string[];
  /** Keys with which the module indexes each map. */
  keys: Map<string, Set<string>>;
}

export const terraformFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".tf"))
    .toSorted();

export function scopeOf(folder: string): Scope {
  const scope: Scope = {
    variables: new Map(),
    locals: [],
    resources: new Map(),
    modules: new Map(),
    outputs: [],
    keys: new Map(),
  };
  for (const name of terraformFiles(folder)) addFile(scope, join(folder, name), folder);
  return scope;
}

function addFile(scope: Scope, path: string, folder: string): void {
  const tree = parse(readFileSync(path, "utf8"), path);
  for (const block of blocksIn(tree)) {
    const [type = "", ...labels] = headOf(block);
    const [first = "", second = ""] = labels;
    const attributes = attributesIn(block);
    if (type === "variable") {
      const declared = attributes.get("type");
      scope.variables.set(first, declared && valueOf(declared));
    }
    if (type === "locals") scope.locals.push(...attributes.keys());
    if (type === "resource") push(scope.resources, first, second);
    if (type === "data") push(scope.resources, `data.${first}`, second);
    if (type === "output") scope.outputs.push(first);
    if (type === "module") {
      const source = valueOf(attributes.get("source") as Node).text.slice(1, -1);
      scope.modules.set(first, { source, outputs: outputsOf(join(folder, source)) });
    }
  }
  for (const node of descend(tree))
    if (node.type === "template_literal" && isIndex(node)) {
      const base = baseOf(node);
      scope.keys.set(base, (scope.keys.get(base) ?? new Set()).add(node.text));
    }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function outputsOf(folder: string): string[] {
  return terraformFiles(folder).flatMap((name) =>
    blocksIn(parse(readFileSync(join(folder, name), "utf8"), name))
      .map(headOf)
      .filter(([type]) => type === "output")
      .map(([, label = ""]) => label),
  );
}

/** The type of a variable, or of an attribute in it: "string", "number", "bool", or a longer text. */
export function typeAt(scope: Scope, variable: string, path: string[]): string {
  let type = scope.variables.get(variable);
  for (const step of path) {
    const element =
      type && [...descend(type)].find((node) => node.type === "object_elem" && elementOf(node).key.text === step);
    type = element && elementOf(element).value;
  }
  const text = type?.text ?? "";
  return /^optional\((\w+)\s*[,)]/.exec(text)?.[1] ?? text;
}
