// Generates what ECS's model says of RegisterTaskDefinition as a small table: members, types, what is required, and
// enumerations. Shapes come from the schemas of the SDK; which member is of which enumeration, from its types.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as ecs from "@aws-sdk/client-ecs";
import { root } from "../../infra/local/paths.ts";
import { formatted } from "./markdown.ts";

const path = "actions/shared/src/ecs/task-definition/ecs-model.ts";
const sdk = "node_modules/@aws-sdk/client-ecs";

/**
 * A structure (3) or union (4) as the SDK has it: kind, namespace, name, traits, members, their schemas, how many of
 * them are required.
 */
type Structure = [3 | 4, string, string, unknown, string[], unknown[], number?];

/** Path and expected text of the table. */
export async function ecsModel(): Promise<{ path: string; text: string }[]> {
  const { version } = createRequire(import.meta.url)("@aws-sdk/client-ecs/package.json") as { version: string };
  const types = await Promise.all(
    ["models_0.d.ts", "models_1.d.ts"].map((file) => readFile(join(root, sdk, "dist-types/models", file), "utf8")),
  );
  const structures = structuresBelow(ecs.RegisterTaskDefinitionRequest$ as unknown as Structure, types.join("\n"));
  return [{ path, text: await formatted(path, source(structures, version)) }];
}

function source(structures: Map<string, Record<string, string>>, version: string): string {
  return `// Generated from @aws-sdk/client-ecs ${version} by npm run sync (scripts/lib/ecs-model.ts).
/**
 * The structures of a task definition. Types: string, integer, boolean, map (of strings), a|b (one of these strings),
 * the name of a structure, and [a list of one of them]; ! marks what is required.
 */
export const ecsModel: Record<string, Record<string, string>> = ${JSON.stringify(Object.fromEntries(structures))};
`;
}

/** The structure and all those that it is made of, by name, each as member → type. */
export function structuresBelow(start: Structure, types: string): Map<string, Record<string, string>> {
  const structures = new Map<string, Record<string, string>>();
  const waiting = [start];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [kind, , name, , members, schemas, required = 0] = next;
    if (structures.has(name)) continue;
    // A union holds structures alone: none of its members is of an enumeration.
    const described = kind === 4 ? new Map<string, string>() : membersIn(types, name);
    // The SDK puts the required members first.
    const entries = members.map((member, index) => {
      const type = typeOf(schemas[index], enumerationIn(described.get(member)), waiting);
      return [member, `${type}${index < required ? "!" : ""}`] as const;
    });
    structures.set(name, Object.fromEntries(entries));
  }
  return structures;
}

/** @param found structures on the way, to be described as well. @throws Error for a kind that this does not know. */
function typeOf(schema: unknown, values: string[] | undefined, found: Structure[]): string {
  const resolved = typeof schema === "function" ? (schema as () => unknown)() : schema;
  if (typeof resolved === "number") return simpleType(resolved, values);
  if (!Array.isArray(resolved)) throw new Error(`${sdk}: unknown schema ${JSON.stringify(resolved)}`);
  const [kind] = resolved as [unknown];
  if (kind === 1) return `[${typeOf(resolved[4], values, found)}]`;
  if (kind === 2 && typeOf(resolved[5], undefined, found) === "string") return "map";
  if (kind === 3 || kind === 4) {
    found.push(resolved as Structure);
    return resolved[2] as string;
  }
  // A schema with traits of the member: [schema, traits].
  if (resolved.length === 2) return typeOf(kind, values, found);
  throw new Error(`${sdk}: unknown kind of schema ${JSON.stringify(resolved)}`);
}

/** Numbers of a task definition are all integers: botocore's model, which tells kinds of numbers apart, has no other there. */
function simpleType(code: number, values: string[] | undefined): string {
  const simple = { 0: values?.join("|") ?? "string", 1: "integer", 2: "boolean" };
  // 64 marks a list, 128 a map.
  if (code === 128) return "map";
  const type = simple[(code & ~64) as keyof typeof simple];
  if (type === undefined) throw new Error(`${sdk}: unknown type ${code}`);
  return code & 64 ? `[${type}]` : type;
}

/** Member → its type in the declaration of the interface. @throws Error if there is none. */
function membersIn(types: string, name: string): Map<string, string> {
  const [, body] = new RegExp(`^export interface ${name} \\{\\n(.*?)^\\}`, "ms").exec(types) ?? [];
  if (body === undefined) throw new Error(`${sdk}: there is no interface ${name}`);
  return new Map(
    [...body.matchAll(/^ {4}(\w+)\??: (.+?) \| undefined;$/gm)].map(([, key = "", type = ""]) => [key, type]),
  );
}

function enumerationIn(type: string | undefined): string[] | undefined {
  const values = (ecs as unknown as Record<string, unknown>)[type?.replace(/\[\]$/, "") ?? ""];
  return typeof values === "object" && values !== null ? Object.values(values as Record<string, string>) : undefined;
}
