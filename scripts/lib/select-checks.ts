// Which checks a command line asks for: npm test -- [NAME …] [--group NAME] [--long]
import { parseArgs } from "node:util";
import type { Check, Group, GroupedCheck } from "./checks.ts";

export type Selection = { checks: Check[] } | { problem: string };

/** All checks, or those that are named or in the named groups; unknown names and options are refused with the known ones. */
export function selectChecks(
  args: string[],
  { checks, longChecks, groups }: { checks: GroupedCheck[]; longChecks: Check[]; groups: readonly Group[] },
): Selection {
  let parsed;
  try {
    const options = { group: { type: "string", multiple: true }, long: { type: "boolean" } } as const;
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    return { problem: `${(error as Error).message}\nUsage: npm test -- [NAME …] [--group NAME] [--long]` };
  }
  const { values, positionals: names } = parsed;
  const wanted = values.group ?? [];
  const unknownGroup = wanted.find((name) => !groups.some((group) => group === name));
  if (unknownGroup !== undefined) return { problem: `Unknown group ${unknownGroup}. Known: ${groups.join(", ")}.` };
  if (values.long && wanted.length > 0) return { problem: "--long has no groups; name the checks instead." };
  const all: (Check & { group?: Group })[] = values.long ? longChecks : checks;
  const unknown = names.filter((name) => all.every((check) => check.name !== name));
  if (unknown.length > 0)
    return { problem: `Unknown check ${unknown.join(", ")}. Known: ${all.map(({ name }) => name).join(", ")}.` };
  if (names.length === 0 && wanted.length === 0) return { checks: all };
  return { checks: all.filter(({ name, group }) => names.includes(name) || wanted.some((one) => one === group)) };
}
