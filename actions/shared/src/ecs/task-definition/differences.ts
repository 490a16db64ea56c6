// What changes between two task definitions, a line for each thing, as a person would say it.
import type { TaskDefinition } from "@aws-sdk/client-ecs";
import { isObject, type Fields } from "../../fields.ts";
import { normalForm } from "./normal-form.ts";
import type { TaskDefinitionInput } from "./task-definition.ts";
import { own } from "./value-rules.ts";

/**
 * None if the two mean the same to ECS. Secrets are sources there, not values, and are shown; of other values, one that
 * may be a secret is not.
 */
export function differences(before: TaskDefinitionInput | TaskDefinition, after: TaskDefinitionInput): string[] {
  return compare(normalForm(before as TaskDefinitionInput), normalForm(after), []);
}

function compare(before: unknown, after: unknown, path: string[]): string[] {
  // What is there on one side alone is reported entry by entry too, so that no secret hides in a whole.
  const entries = entriesOf(before, after);
  if (entries) {
    const [from, to] = entries;
    return [...new Set([...Object.keys(from), ...Object.keys(to)])]
      .toSorted()
      .flatMap((key) => compare(own(from, key), own(to, key), [...path, key]));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const shown = (value: unknown) => (isSecret(path, value) ? "(not shown)" : text(value));
  const name = path.join(".");
  if (before === undefined) return [`+ ${name}: ${shown(after)}`];
  if (after === undefined) return [`- ${name}: ${shown(before)}`];
  return [`~ ${name}: ${shown(before)} → ${shown(after)}`];
}

/** Two objects, or one and nothing; undefined for other values, and for an empty object, which is reported as such. */
function entriesOf(before: unknown, after: unknown): [Fields, Fields] | undefined {
  const [from, to] = [before ?? {}, after ?? {}];
  if (!isObject(from) || !isObject(to)) return undefined;
  return Object.keys(from).length + Object.keys(to).length === 0 ? undefined : [from, to];
}

const secretName = /pass(word|wd|phrase)?|secret|token|credential|private|(^|[_-])(key|dsn)$|connection[-_]?string/i;

/** Fields whose entries have names that users choose, and values that may be anything. */
const namedValues = new Set(["dockerLabels", "driverOpts", "environment", "labels", "options", "properties", "tags"]);

/** `scheme://user:password@host` */
const urlWithPassword = /:\/\/[^/@\s]*:[^/@\s]+@/;

/** `password=…`, or `--token …` in a command. */
const assignedSecret =
  /(pass(word|wd|phrase)?|secret|token|credential)s?\s*=|--?[\w-]*(pass(word|wd|phrase)?|secret|token)\s/i;

/** By its name, or by what it looks like. */
function isSecret(path: string[], value: unknown): boolean {
  if (path.some((name, at) => at > 0 && namedValues.has(path[at - 1] ?? "") && secretName.test(name))) return true;
  const words = Array.isArray(value) ? value.map(text).join(" ") : text(value);
  return urlWithPassword.test(words) || assignedSecret.test(words);
}

const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
