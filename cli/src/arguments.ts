// Options as people type them → inputs as actions read them.
import { nearest } from "../../actions/shared/src/nearest.ts";
import type { InputSource } from "../../actions/shared/src/inputs.ts";
import type { Verb } from "./verbs.ts";

/** Wrong usage of a command: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

export interface Arguments {
  source: InputSource;
  json: boolean;
  help: boolean;
}

/**
 * `--name value`, `--name=value`; `--name` alone is true, `--no-name` false. An option that is given several times has one value
 * a line, which is how inputs take lists. A word without an option is the verb's main input (the service).
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

/** Takes one option, with the word that is its value, from the front of `words`. */
function takeOption(verb: Verb, words: string[]): { name: string; value: string } {
  const known = Object.keys(verb.inputs);
  const word = words.shift() ?? "";
  if (!word.startsWith("--")) {
    if (verb.main !== undefined) return { name: verb.main, value: word };
    const options = known.map((name) => `--${name}`).join(" ");
    throw new UsageError(`${verb.name} does not know what to do with "${word}". Its options: ${options}.`);
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

/** Whether the word behind an option is its value; a switch takes nothing but true and false. */
const isValueOf = (verb: Verb, name: string, next: string | undefined): boolean =>
  next !== undefined && !next.startsWith("--") && (!isSwitch(verb, name) || next === "true" || next === "false");

/** Whether an input is true or false, so that a word behind it is none of its own. */
const isSwitch = (verb: Verb, name: string): boolean => /^(true|false)$/.test(verb.inputs[name]?.default ?? "");

function sourceOf(verb: Verb, values: Map<string, string[]>): InputSource {
  return (name) => values.get(name)?.join("\n") ?? verb.inputs[name]?.default ?? "";
}
