// Parses command line options into inputs as the actions read them.
import { nearest } from "../../actions/shared/src/nearest.ts";
import type { InputSource } from "../../actions/shared/src/inputs.ts";
import type { Verb } from "./verb.ts";

/** Incorrect usage of a command: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

export interface Arguments {
  source: InputSource;
  json: boolean;
  help: boolean;
}

/**
 * `--name value`, `--name=value`; `--name` without a value is true, `--no-name` false. The values of a repeated option
 * are joined with newlines, the format of list inputs. A word without an option is the verb's main input (the service).
 */
export function parseArguments(verb: Verb, args: string[]): Arguments {
  const general = new Set(["--json", "--help", "-h"]);
  const values = new Map<string, string[]>();
  const words = args.filter((word) => !general.has(word));
  while (words.length > 0) {
    const { name, value } = takeOption(verb, words);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const has = (...names: string[]) => args.some((word) => names.includes(word));
  return { source: sourceOf(verb, values), json: has("--json"), help: has("--help", "-h") };
}

/** Removes the first option and its value from `words`. */
function takeOption(verb: Verb, words: string[]): { name: string; value: string } {
  const known = Object.keys(verb.inputs);
  const word = words.shift() ?? "";
  if (!word.startsWith("--")) {
    if (verb.main !== undefined) return { name: verb.main, value: word };
    const options = known.map((name) => `--${name}`).join(" ");
    throw new UsageError(`${verb.name} takes no argument "${word}". Its options: ${options}.`);
  }
  const [, name = "", value] = /^--([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
  const negated = name.startsWith("no-") && !known.includes(name) ? name.slice(3) : undefined;
  if (!known.includes(negated ?? name))
    throw new UsageError(
      `${verb.name} has no option --${name}${nearest(name, known)}. See: rainbow-deploy help ${verb.name}.`,
    );
  if (negated !== undefined) return { name: negated, value: "false" };
  if (value !== undefined) return { name, value };
  return { name, value: isValueOf(verb, name, words[0]) ? (words.shift() ?? "") : "true" };
}

/** Whether the word after an option is its value; a boolean option takes only true and false. */
const isValueOf = (verb: Verb, name: string, next: string | undefined): boolean =>
  next !== undefined && !next.startsWith("--") && (!isBoolean(verb, name) || next === "true" || next === "false");

/** Whether an input is true or false, so that any other word after it is not its value. */
const isBoolean = (verb: Verb, name: string): boolean => /^(true|false)$/.test(verb.inputs[name]?.default ?? "");

function sourceOf(verb: Verb, values: Map<string, string[]>): InputSource {
  return (name) => values.get(name)?.join("\n") ?? verb.inputs[name]?.default ?? "";
}
