// What a member of a task definition may be, read from the generated table.
import { ecsModel } from "./ecs-model.ts";

/** The structure that RegisterTaskDefinition takes. */
export const taskStructure = "RegisterTaskDefinitionRequest";

export type Type =
  | { kind: "string" | "integer" | "boolean" | "map" }
  | { kind: "enumeration"; values: string[] }
  | { kind: "structure"; name: string }
  | { kind: "list"; of: Type };

export interface Member {
  type: Type;
  required: boolean;
}

const simple = new Set(["string", "integer", "boolean", "map"]);

/** Members of a structure, by name. */
export function membersOf(structure: string): ReadonlyMap<string, Member> {
  let members = known.get(structure);
  if (!members) {
    const entries = Object.entries(ecsModel[structure] ?? {});
    members = new Map(
      entries.map(([name, text]) => [name, { type: parseType(text.replace(/!$/, "")), required: text.endsWith("!") }]),
    );
    known.set(structure, members);
  }
  return members;
}

const known = new Map<string, ReadonlyMap<string, Member>>();

function parseType(text: string): Type {
  if (text.startsWith("[")) return { kind: "list", of: parseType(text.slice(1, -1)) };
  if (simple.has(text)) return { kind: text as "string" };
  return Object.hasOwn(ecsModel, text)
    ? { kind: "structure", name: text }
    : { kind: "enumeration", values: text.split("|") };
}
