import { describe, expect, it } from "vitest";
import type { Check, GroupedCheck } from "./checks.ts";
import { selectChecks } from "./select-checks.ts";

const check = (name: string): Check => ({ name, run: async () => ({ passed: 1, failed: 0 }) });
const groups = ["static", "unit", "integration", "end to end"] as const;
const checks: GroupedCheck[] = [
  { ...check("types"), group: "static" },
  { ...check("unit tests"), group: "unit" },
  { ...check("lint"), group: "static" },
];
const select = (...args: string[]) => {
  const selected = selectChecks(args, { checks, longChecks: [check("long check")], groups });
  return "problem" in selected ? selected.problem : selected.checks.map(({ name }) => name);
};

describe("selectChecks", () => {
  it.each([
    [[], ["types", "unit tests", "lint"]],
    [["lint"], ["lint"]],
    [
      ["--group", "static"],
      ["types", "lint"],
    ],
    [
      ["--group=static", "unit tests"],
      ["types", "unit tests", "lint"],
    ],
    [["--long"], ["long check"]],
    [["--long", "long check"], ["long check"]],
  ])("%j selects %j", (args, names) => {
    expect(select(...args)).toEqual(names);
  });

  it.each([
    [["lnt"], "Unknown check lnt. Known: types, unit tests, lint."],
    [["--group", "nothing"], "Unknown group nothing. Known: static, unit, integration, end to end."],
    [["--fast"], "--fast"],
    [["--group"], "--group"],
    [["--long", "--group", "unit"], "--long has no groups"],
    [["--long", "types"], "Unknown check types. Known: long check."],
  ])("%j is rejected", (args, problem) => {
    expect(select(...args)).toContain(problem);
  });
});
