// Task definitions out of the model of the ECS API, as the SDK carries it, so that a field of which the code knows
// nothing is tested as well.
import fc from "fast-check";
import { membersOf, taskStructure, type Type } from "../src/ecs/task-definition/model.ts";
import type { TaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";

export type Path = (string | number)[];

export interface Leaf {
  path: Path;
  kind: "string" | "number" | "boolean" | "list";
  /** A member of a structure, an entry of a map or of a list. */
  of: "struct" | "map" | "list";
}

/** Places of a definition, lists themselves included, outer ones first. */
export function leavesOf(definition: object): Leaf[] {
  return leaves(task, definition, [], "struct");
}

function leaves(type: Type, value: any, path: Path, of: Leaf["of"]): Leaf[] {
  switch (type.kind) {
    case "structure":
      return [...membersOf(type.name)].flatMap(([name, member]) =>
        value[name] === undefined ? [] : leaves(member.type, value[name], [...path, name], "struct"),
      );
    case "map":
      return Object.keys(value).map((key) => ({ path: [...path, key], kind: "string", of: "map" }));
    case "list":
      return [
        { path, kind: "list", of },
        ...value.flatMap((entry: unknown, at: number) => leaves(type.of, entry, [...path, at], "list")),
      ];
    default:
      return [{ path, kind: kinds[type.kind], of }];
  }
}

const task: Type = { kind: "structure", name: taskStructure };

/** An enumeration is a text here: of another value than those, too, it matters that it is another one. */
const kinds = { string: "string", enumeration: "string", integer: "number", boolean: "boolean" } as const;

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
  const build = (type: Type, name: string, path: Path): unknown => {
    const isTask = path.length === 1;
    if (Object.hasOwn(chosen, name) && (isTask || !["cpu", "memory"].includes(name))) return chosen[name];
    count += 1;
    switch (type.kind) {
      case "structure":
        return Object.fromEntries(
          [...membersOf(type.name)].map(([member, inner]) => [member, build(inner.type, member, [...path, member])]),
        );
      case "map":
        return { [`a-${count}`]: `${name}-a-${count}`, B: `${name}-B-${count}` };
      case "list":
        return (name === "containerDefinitions" ? [0] : [0, 1]).map((at) => build(type.of, name, [...path, at]));
      case "integer":
        return count;
      case "boolean":
        return true;
      default:
        return `${name}-${count}`;
    }
  };
  const definition = build(task, "", []) as TaskDefinitionInput;
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
    arbitrary(task),
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

function arbitrary(type: Type, isRequired = false): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "structure": {
      const members = [...membersOf(type.name)];
      const record = members.map(([name, member]) => [name, arbitrary(member.type, member.required)] as const);
      const requiredKeys = members.filter(([, { required }]) => required).map(([name]) => name);
      return fc.record<Record<string, unknown>>(Object.fromEntries(record), { requiredKeys });
    }
    case "map":
      return fc.dictionary(word, word, { maxKeys: 2 });
    case "list":
      return fc.array(arbitrary(type.of), { minLength: isRequired ? 1 : 0, maxLength: 2 });
    case "integer":
      return fc.integer({ min: 0, max: 3 });
    case "boolean":
      return fc.boolean();
    default:
      return word;
  }
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
