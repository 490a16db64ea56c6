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
  const values = new Map<string, string[]>();
  const known = Object.keys(verb.inputs);
  const add = (name: string, value: string) => values.set(name, [...(values.get(name) ?? []), value]);
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at]!;
    if (word === "--json" || word === "--help" || word === "-h") continue;
    if (!word.startsWith("--")) {
      if (verb.main === undefined)
        throw new UsageError(
          `${verb.name} does not know what to do with "${word}". Its options: ${known.map((name) => `--${name}`).join(" ")}.`,
        );
      add(verb.main, word);
      continue;
    }
    const [, name = "", value] = /^--([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
    const negated = name.startsWith("no-") && !known.includes(name) ? name.slice(3) : undefined;
    if (!known.includes(negated ?? name))
      throw new UsageError(
        `${verb.name} has no option --${name}${nearest(name, known)}. See: rainbow-deploy help ${verb.name}.`,
      );
    const next = args[at + 1];
    const takesNext = value === undefined && negated === undefined && next !== undefined && !next.startsWith("--");
    if (takesNext && !(isSwitch(verb, name) && next !== "true" && next !== "false")) {
      add(name, next);
      at += 1;
    } else add(negated ?? name, negated === undefined ? (value ?? "true") : "false");
  }
  const has = (...words: string[]) => args.some((word) => words.includes(word));
  return { source: sourceOf(verb, values), json: has("--json"), help: has("--help", "-h") };
}

/** Whether an input is true or false, so that a word behind it is none of its own. */
const isSwitch = (verb: Verb, name: string): boolean => /^(true|false)$/.test(verb.inputs[name]?.default ?? "");

function sourceOf(verb: Verb, values: Map<string, string[]>): InputSource {
  return (name) => values.get(name)?.join("\n") ?? verb.inputs[name]?.default ?? "";
}
