// Any JSON or YAML value as a structure of ECS's: what is empty is left out, what has another shape is a problem with
// its path. What comes out can be worked with as the SDK's type says.
import { isObject, type Fields } from "../../fields.ts";
import { membersOf, taskStructure, type Type } from "./model.ts";

/** Sentences that begin with a path. */
export interface Remarks {
  /** What keeps the value from being used. */
  problems: string[];
  /** What was taken differently from how it is written. */
  notices: string[];
}

/**
 * null, "", [] and {}, as the old console, describe-task-definition and --generate-cli-skeleton write what is not set.
 * aws-actions/amazon-ecs-deploy-task-definition leaves it out, too, and so what is made of nothing else.
 */
const isBlank = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** The path of a member; a key that is no word is shown as a JSON string, on one line, and cut. */
export function memberPath(path: string, key: string): string {
  if (!/^[\w.$#/-]{1,80}$/.test(key)) return `${path}[${JSON.stringify(key.slice(0, 80))}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** Keys that people use for comments and editors for schemas; all of ECS's begin with a letter. */
const commentKey = /^(?:[_$#]|\/\/)/;

/** Where an empty text is a value: a variable or tag can be set to nothing. */
const keepsEmptyText = (structure: string, key: string) =>
  key === "value" && (structure === "KeyValuePair" || structure === "Tag");

/** Without what is empty. Keys that the structure does not have stay as they are: ECS may have learnt them. */
export function readStructure(value: Fields, structure: string, path: string, remarks: Remarks): Fields {
  const members = membersOf(structure);
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const place = memberPath(path, key);
    if (inner === null || inner === undefined || isComment(key, place, remarks)) return [];
    if (inner === "" && keepsEmptyText(structure, key)) return [[key, inner] as const];
    const member = members.get(key);
    const read = member ? readValue(asText(inner, structure, place, remarks), member.type, place, remarks) : inner;
    return read === undefined ? [] : [[key, read] as const];
  });
  const fields = Object.fromEntries(entries) as Fields;
  // A variable without a value is one that is set to nothing; a value of nothing alone is none.
  if (structure === "KeyValuePair" && "name" in fields) return { ...fields, value: fields["value"] ?? "" };
  return Object.keys(fields).length === 1 && fields["value"] === "" ? {} : fields;
}

function isComment(key: string, path: string, { problems, notices }: Remarks): boolean {
  if (key === "<<") problems.push(`${path}: YAML merge keys are not resolved; write the values where they belong`);
  else if (commentKey.test(key)) notices.push(`${path}: is left out; ECS has no key that begins like this`);
  else return false;
  return true;
}

/** Task sizes are texts to ECS ("256", "0.25 vCPU"). A whole number can only mean its digits. */
function asText(value: unknown, structure: string, path: string, { notices }: Remarks): unknown {
  const isSize = structure === taskStructure && (path === "cpu" || path === "memory");
  if (!isSize || !Number.isSafeInteger(value)) return value;
  notices.push(`${path}: the number ${String(value)} is taken as the string "${String(value)}" that ECS expects`);
  return String(value);
}

/** undefined: there is a problem, or nothing is left. */
function readValue(value: unknown, type: Type, path: string, remarks: Remarks): unknown {
  if (isBlank(value)) return undefined;
  switch (type.kind) {
    case "list":
      return readList(value, type.of, path, remarks);
    case "map":
      return readMap(value, path, remarks);
    case "structure":
      if (isObject(value)) {
        const fields = readStructure(value, type.name, path, remarks);
        return isBlank(fields) ? undefined : fields;
      }
      remarks.problems.push(`${path}: must be an object with keys such as ${exampleOf(type)}, not ${shown(value)}`);
      return undefined;
    default: {
      const problem = scalarProblem(value, type);
      if (problem === undefined) return value;
      remarks.problems.push(`${path}: ${problem}`);
      return undefined;
    }
  }
}

function readList(value: unknown, of: Type, path: string, remarks: Remarks): unknown[] | undefined {
  if (!Array.isArray(value)) {
    remarks.problems.push(`${path}: must be a list such as ${listExample(value, of)}, not ${shown(value)}`);
    return undefined;
  }
  const read = value.flatMap((entry, index) => {
    // An empty argument of a command is one.
    const one = entry === "" && of.kind === "string" ? entry : readValue(entry, of, `${path}[${index}]`, remarks);
    return one === undefined ? [] : [one];
  });
  return read.every((entry) => entry === "") ? undefined : read;
}

function readMap(value: unknown, path: string, { problems }: Remarks): Record<string, string> | undefined {
  if (!isObject(value)) {
    problems.push(`${path}: must be an object of strings such as {"name": "value"}, not ${shown(value)}`);
    return undefined;
  }
  const entries = Object.entries(value).filter(
    // KeyName: the placeholder of --generate-cli-skeleton.
    ([key, inner]) => inner !== null && !(key === "KeyName" && inner === ""),
  );
  for (const [key, inner] of entries) {
    const problem = scalarProblem(inner, { kind: "string" });
    if (problem !== undefined) problems.push(`${memberPath(path, key)}: ${problem}`);
  }
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Record<string, string>);
}

type Scalar = Exclude<Type, { kind: "list" | "map" | "structure" }>;

function scalarProblem(value: unknown, { kind }: Scalar): string | undefined {
  if (kind === "integer") {
    if (typeof value === "string" && /^-?\d+$/.test(value.trim()))
      return `must be a number: write ${Number(value)} without quotes`;
    // The API's Integer has 32 bits.
    return typeof value === "number" && Math.trunc(value) === value && value >= -(2 ** 31) && value < 2 ** 31
      ? undefined
      : `must be a whole number, not ${typeof value === "number" ? value : shown(value)}`;
  }
  if (kind === "boolean") {
    if (typeof value === "boolean") return undefined;
    const [, word] = /^\s*(true|false)\s*$/i.exec(String(value)) ?? [];
    return word === undefined
      ? `must be true or false, not ${shown(value)}`
      : `must be a boolean: write ${word.toLowerCase()} without quotes`;
  }
  if (typeof value === "string") return undefined;
  // The value itself is not shown: it may be a secret.
  return typeof value === "number" || typeof value === "boolean"
    ? `must be a string: put the ${typeof value} in quotes`
    : `must be a string, not ${shown(value)}`;
}

/** What a value is, without what it holds: it may be a secret. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The list that the value was probably meant to be. */
function listExample(value: unknown, of: Type): string {
  if (of.kind !== "structure")
    return of.kind === "integer" ? "[1, 2]" : `["${of.kind === "enumeration" ? of.values[0] : "…"}"]`;
  const names = [...membersOf(of.name).keys()].slice(0, 2);
  const [key] = isObject(value) ? Object.keys(value) : [];
  // {name: value} for a list of pairs: the first name goes where it belongs.
  const isPair = membersOf(of.name).size === 2 && key !== undefined && !names.includes(key);
  return `[{${names.map((name, index) => `"${name}": ${isPair && index === 0 ? JSON.stringify(key) : '"…"'}`).join(", ")}}]`;
}

const exampleOf = ({ name }: { name: string }): string => [...membersOf(name).keys()].slice(0, 2).join(" and ");
