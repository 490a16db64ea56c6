// Which calls of modules a change in an environment, or in the module that composes it, can reach: by what refers to
// what it defines.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Environment } from "../infrastructure/system-test.ts";
import { attributesIn, blocksIn, headOf, parse } from "./hcl.ts";
import type { Mutant } from "./mutants.ts";
import { scopeOf, terraformFiles } from "./scope.ts";
import { closureOf, infra } from "./targets.ts";

/** The module that composes an environment, and the name of its call in each of them. */
export const composer = "modules/platform";
export const composerCall = "platform";

/** A call in an environment or in the composing module. */
export interface Call {
  /** As in an address: `module.web_acl`, `module.platform.module.network`. */
  path: string;
  name: string;
  /** Folders below infra/. */
  caller: string;
  source: string;
}

export const callsOf = remembered((environment: Environment): Call[] =>
  [`environments/${environment}`, composer].flatMap((caller) =>
    [...scopeOf(join(infra, caller)).modules]
      .map(([name, { source }]): Call => {
        const path = `${caller === composer ? `module.${composerCall}.` : ""}module.${name}`;
        return { path, name, caller, source: `modules/${basename(source)}` };
      })
      .filter(({ source }) => source !== composer),
  ),
);

/** What is defined in a place, and where: `local.suffix`, `module.network`, `data.aws_partition.current`. */
interface Definition {
  id: string;
  folder: string;
  file: string;
  start: number;
  end: number;
  text: string;
}

const definitionsOf = remembered((folder: string): Definition[] =>
  terraformFiles(join(infra, folder)).flatMap((name) => {
    const file = join(folder, name);
    return blocksIn(parse(readFileSync(join(infra, file), "utf8"), file)).flatMap((block): Definition[] => {
      const [type = "", ...labels] = headOf(block);
      const isComposed = type === "module" && labels[0] === composerCall;
      const define = (id: string, { startIndex: start, endIndex: end, text }: typeof block) => ({
        id,
        folder,
        file,
        start,
        end,
        text,
      });
      if (type === "locals" || isComposed)
        return [...attributesIn(block)].map(([attribute, node]) =>
          define(isComposed ? `argument.${attribute}` : `local.${attribute}`, node),
        );
      const kind = { resource: "", variable: "var." }[type] ?? `${type}.`;
      return [define(`${kind}${labels.join(".")}`, block)];
    });
  }),
);

/**
 * Paths of the calls that a mutant reaches without an output of theirs being another. undefined: it could reach any.
 */
export function liveCalls(
  { file, start }: Pick<Mutant, "file" | "start">,
  environment: Environment,
  uses: Map<string, string[]>,
): string[] | undefined {
  const calls = callsOf(environment);
  const folders = [`environments/${environment}`, composer];
  if (!folders.some((folder) => file.startsWith(`${folder}/`)))
    return calls
      .filter(({ source }) => closureOf(source, uses).some((folder) => file.startsWith(`${folder}/`)))
      .map(({ path }) => path);
  const all = folders.flatMap(definitionsOf);
  const first = all.find((one) => one.file === file && one.start <= start && start < one.end);
  if (!first || first.id.startsWith("provider.") || first.id.startsWith("terraform.")) return undefined;
  const reached = new Set([first]);
  for (const one of reached) for (const user of usersOf(one, all)) reached.add(user);
  const isReached = ({ caller, name }: Call) =>
    [...reached].some(({ folder, id }) => folder === caller && id === `module.${name}`);
  return calls.filter(isReached).map(({ path }) => path);
}

function usersOf(one: Definition, all: readonly Definition[]): Definition[] {
  // Whether a call's outputs are others is seen when it was applied.
  if (one.id.startsWith("module.")) return [];
  const argument = /^argument\.(.+)$/.exec(one.id)?.[1];
  if (argument !== undefined) return all.filter(({ folder, id }) => folder === composer && id === `var.${argument}`);
  const output = /^output\.(.+)$/.exec(one.id)?.[1];
  if (output !== undefined && one.folder !== composer) return [];
  const [id, isIn] =
    output === undefined
      ? [one.id, (folder: string) => folder === one.folder]
      : [`module.${composerCall}.${output}`, (folder: string) => folder !== composer];
  const reference = new RegExp(`(?<![\\w.-])${id.replaceAll(".", "\\.")}(?![\\w-])`);
  return all.filter((other) => other !== one && isIn(other.folder) && reference.test(other.text));
}

/** For what each mutant asks again. */
export function remembered<K, V>(find: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? find(key);
    known.set(key, value);
    return value;
  };
}
