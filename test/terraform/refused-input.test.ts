import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { blocksOf } from "../../scripts/lib/module-readme.ts";
import { makeTestFolder } from "../lib/test-folder.ts";
import { accepted, blames, refused } from "./input-cases.ts";
import { errorsOf, type Call } from "./plan-variables.ts";
import { table } from "./refused-input.ts";

const calls: Call[] = [...refused, ...accepted];

/** Variables of a module that can have a wrong value: a boolean cannot. */
function variablesOf(module: string): string[] {
  const folder = join(root, "infra", module);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".tf"))
    .flatMap((file) => blocksOf(readFileSync(join(folder, file), "utf8")))
    .filter(({ type, attributes }) => type === "variable" && attributes.get("type") !== "bool")
    .map(({ labels: [name = ""] }) => name);
}

const errors = new Map<Call, string[]>();
beforeAll(async () => {
  const found = await errorsOf(calls, makeTestFolder("refused-input-"));
  for (const [index, call] of calls.entries()) errors.set(call, found[index] ?? []);
});

test.each(refused)("$module refuses $variable = $value", (one) => {
  expect(errors.get(one)).not.toEqual([]);
  expect(errors.get(one)?.filter((error) => !blames(error, one))).toEqual([]);
});

test.each(accepted)("$module takes $inputs", (call) => {
  expect(errors.get(call)).toEqual([]);
});

test.each(Object.entries(table))("%s: each variable has a value that is refused", (module, inputs) => {
  expect([...Object.keys(inputs.refused), ...inputs.passedOn]).toEqual(expect.arrayContaining(variablesOf(module)));
});
