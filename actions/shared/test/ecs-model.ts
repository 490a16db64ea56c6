// Task definitions out of the model of the ECS API that the SDK carries, so that a field of which the code knows
// nothing is tested as well.
import { RegisterTaskDefinitionRequest$ } from "@aws-sdk/client-ecs";
import fc from "fast-check";
import type { TaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";

/** What the SDK's schemas say of a value. */
type Model =
  | { kind: "string" }
  | { kind: "number" }
  | { kind: "boolean" }
  | { kind: "list"; of: unknown }
  | { kind: "map"; of: unknown }
  | { kind: "struct"; members: [name: string, schema: unknown][]; required: string[] };

/** Numbers of the format: 0 to 2 are texts, numbers and booleans, 64 and 128 added make a list and a map of them. */
function modelOf(schema: unknown): Model {
  if (typeof schema === "function") return modelOf(schema());
  if (typeof schema === "number") {
    if (schema >= 128) return { kind: "map", of: schema - 128 };
    if (schema >= 64) return { kind: "list", of: schema - 64 };
    const kind = (["string", "number", "boolean"] as const)[schema];
    if (kind) return { kind };
  }
  if (Array.isArray(schema)) {
    if (typeof schema[0] !== "number" || schema.length === 2) return modelOf(schema[0]);
    if (schema[0] === 1) return { kind: "list", of: schema[4] };
    if (schema[0] === 2) return { kind: "map", of: schema[5] };
    if (schema[0] === 3 || schema[0] === 4)
      return {
        kind: "struct",
        members: schema[4].map((name: string, at: number) => [name, schema[5][at]]),
        required: schema[4].slice(0, schema[6] ?? 0),
      };
  }
  throw new Error(`unknown schema: ${JSON.stringify(schema)}`);
}

export type Path = (string | number)[];

export interface Leaf {
  path: Path;
  kind: "string" | "number" | "boolean" | "list";
  /** A member of a structure, an entry of a map or of a list. */
  of: "struct" | "map" | "list";
}

/** Places of a definition, lists themselves included, outer ones first. */
export function leavesOf(definition: object): Leaf[] {
  return leaves(RegisterTaskDefinitionRequest$, definition, [], "struct");
}

function leaves(schema: unknown, value: any, path: Path, of: Leaf["of"]): Leaf[] {
  const model = modelOf(schema);
  if (model.kind === "struct")
    return model.members.flatMap(([name, inner]) =>
      value[name] === undefined ? [] : leaves(inner, value[name], [...path, name], "struct"),
    );
  if (model.kind === "map")
    return Object.keys(value).flatMap((key) => leaves(model.of, value[key], [...path, key], "map"));
  if (model.kind === "list")
    return [
      { path, kind: "list", of },
      ...value.flatMap((entry: unknown, at: number) => leaves(model.of, entry, [...path, at], "list")),
    ];
  return [{ path, kind: model.kind, of }];
}

/** Fields whose values the others' meaning depends on, or that are read as amounts. */
const chosen: Record<string, unknown> = {
  cpu: "256",
  memory: "512",
  protocol: "udp",
  requiresCompatibilities: ["EC2", "EXTERNAL"],
  // By default a container is essential; what a whole definition has is no default anywhere.
  essential: false,
};

/** A definition with every field of the model, each with another value, one container, and two entries in other lists. */
export function wholeDefinition(networkMode: string): TaskDefinitionInput {
  let count = 100;
  const build = (schema: unknown, name: string, path: Path): unknown => {
    const isTask = path.length === 1;
    if (Object.hasOwn(chosen, name) && (isTask || !["cpu", "memory"].includes(name))) return chosen[name];
    const model = modelOf(schema);
    count += 1;
    if (model.kind === "string") return `${name}-${count}`;
    if (model.kind === "number") return count;
    if (model.kind === "boolean") return true;
    if (model.kind === "list")
      return (name === "containerDefinitions" ? [0] : [0, 1]).map((at) => build(model.of, name, [...path, at]));
    if (model.kind === "map") return { [`a-${count}`]: build(model.of, name, path), B: build(model.of, name, path) };
    return Object.fromEntries(
      model.members.map(([member, inner]) => [member, build(inner, member, [...path, member])]),
    );
  };
  const definition = build(RegisterTaskDefinitionRequest$, "", []) as TaskDefinitionInput;
  for (const { portMappings = [] } of definition.containerDefinitions ?? []) {
    // A mapping has one port or a range of them.
    const [one, range] = portMappings;
    delete one?.containerPortRange;
    delete range?.containerPort;
    delete range?.hostPort;
  }
  return { ...definition, networkMode: networkMode as never };
}

const word = fc.constantFrom("", "a", "b", "constructor", "__proto__", "a b", "X=1", "日本語");

/** Any definition that the model allows, with few words, so that they meet. */
export const anyDefinition: fc.Arbitrary<TaskDefinitionInput> = fc
  .tuple(
    arbitrary(RegisterTaskDefinitionRequest$),
    fc.constantFrom("awsvpc", "bridge", "host", "none", undefined),
    fc.constantFrom("256", ".25 vCPU", "0.25 vcpu", "1 vCPU", undefined),
    fc.constantFrom("512", "0.5GB", "1 GB", ".5 gb", undefined),
    fc.constantFrom(["FARGATE"], ["EC2"], ["FARGATE", "EC2"], undefined),
  )
  .map(([definition, networkMode, cpu, memory, requiresCompatibilities]) =>
    JSON.parse(
      JSON.stringify({ ...(definition as object), family: "f", networkMode, cpu, memory, requiresCompatibilities }),
    ),
  );

function arbitrary(schema: unknown, isRequired = false): fc.Arbitrary<unknown> {
  const model = modelOf(schema);
  if (model.kind === "string") return word;
  if (model.kind === "number") return fc.integer({ min: 0, max: 3 });
  if (model.kind === "boolean") return fc.boolean();
  if (model.kind === "list") return fc.array(arbitrary(model.of), { minLength: isRequired ? 1 : 0, maxLength: 2 });
  if (model.kind === "map") return fc.dictionary(word, arbitrary(model.of), { maxKeys: 2 });
  const { members, required } = model;
  const record = members.map(([name, inner]) => [name, arbitrary(inner, required.includes(name))] as const);
  return fc.record<Record<string, unknown>>(Object.fromEntries(record), { requiredKeys: required });
}

/** The definition with another value at a place; undefined takes it away. */
export function withValue(
  definition: TaskDefinitionInput,
  path: Path,
  change: (value: any) => unknown,
): TaskDefinitionInput {
  const copy = structuredClone(definition);
  const last = path.at(-1) ?? "";
  const parent = path.slice(0, -1).reduce<any>((value, key) => value[key], copy);
  const value = change(parent[last]);
  if (value !== undefined) parent[last] = value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}
