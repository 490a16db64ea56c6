import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { blocksOf } from "../../scripts/lib/module-readme.ts";
import { makeTestFolder } from "../lib/test-folder.ts";
import { errorsOf, type Call } from "./plan-variables.ts";
import { table } from "./refused-input.ts";

interface Case extends Call {
  variable: string;
  value: unknown;
}

const casesOf = (which: "refused" | "accepted"): Case[] =>
  Object.entries(table).flatMap(([module, inputs]) => [
    ...Object.entries(inputs[which]).flatMap(([variable, values]) =>
      values.map((value) => ({ module, variable, value, inputs: { ...inputs.good, [variable]: value } })),
    ),
    ...(inputs.together?.[which] ?? []).map((one) => ({ module, value: one.inputs[one.variable], ...one })),
  ]);

const refused = casesOf("refused");
const accepted: Case[] = [
  ...Object.entries(table).map(([module, { good }]) => ({ module, variable: "all", value: good, inputs: good })),
  ...casesOf("accepted"),
];
const cases = [...refused, ...accepted];

/** Variables of a module that can have a wrong value: a boolean cannot. */
function variablesOf(module: string): string[] {
  const folder = join(root, "infra", module);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".tf"))
    .flatMap((file) => blocksOf(readFileSync(join(folder, file), "utf8")))
    .filter(({ type, attributes }) => type === "variable" && attributes.get("type") !== "bool")
    .map(({ labels: [name = ""] }) => name);
}

const errors = new Map<Case, string[]>();
beforeAll(async () => {
  const found = await errorsOf(cases, makeTestFolder("refused-input-"));
  for (const [index, one] of cases.entries()) errors.set(one, found[index] ?? []);
});

test.each(refused)("$module refuses $variable = $value", (one) => {
  expect(errors.get(one)).not.toEqual([]);
  for (const error of errors.get(one) ?? []) expect(error).toMatch(new RegExp(`^${one.variable}\\b`));
});

test.each(accepted)("$module takes $variable = $value", (one) => {
  expect(errors.get(one)).toEqual([]);
});

test.each(Object.entries(table))("%s: each variable has a value that is refused", (module, inputs) => {
  expect([...Object.keys(inputs.refused), ...inputs.passedOn]).toEqual(expect.arrayContaining(variablesOf(module)));
});
