// Selects checks by command line: npm test -- [NAME …] [--group NAME] [--long]
import { parseArgs } from "node:util";
import type { Check, Group, GroupedCheck } from "./checks.ts";

export type Selection = { checks: Check[] } | { problem: string };

/** All checks, or those with the given names or groups; a problem lists the known names. */
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
  const groupNames = values.group ?? [];
  const unknownGroup = groupNames.find((name) => !groups.some((group) => group === name));
  if (unknownGroup !== undefined) return { problem: `Unknown group ${unknownGroup}. Known: ${groups.join(", ")}.` };
  if (values.long && groupNames.length > 0) return { problem: "--long has no groups; name the checks instead." };
  const all: (Check & { group?: Group })[] = values.long ? longChecks : checks;
  const unknown = names.filter((name) => all.every((check) => check.name !== name));
  if (unknown.length > 0)
    return { problem: `Unknown check ${unknown.join(", ")}. Known: ${all.map(({ name }) => name).join(", ")}.` };
  if (names.length === 0 && groupNames.length === 0) return { checks: all };
  return { checks: all.filter(({ name, group }) => names.includes(name) || groupNames.some((one) => one === group)) };
}
