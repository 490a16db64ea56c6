// The calls of modules that the table of refused input describes.
import type { Call } from "./plan-variables.ts";
import { table } from "./refused-input.ts";

/** An input that is refused, and the variable that is blamed. */
export interface Case extends Call {
  variable: string;
  value: unknown;
  /** The variable that has the validation, where it is another one. */
  validatedIn?: string;
}

export const refused: Case[] = Object.entries(table).flatMap(([module, inputs]) => [
  ...Object.entries(inputs.refused).flatMap(([variable, values]) =>
    values.map((value) => ({ module, variable, value, inputs: { ...inputs.good, [variable]: value } })),
  ),
  ...(inputs.together?.refused ?? []).map((one) => ({ module, value: one.inputs[one.variable], ...one })),
]);

/** In few calls: the first call of a module has the first value of each variable, and so on. */
export const accepted: Call[] = Object.entries(table).flatMap(([module, { good, accepted: values, together }]) => {
  const longest = Math.max(0, ...Object.values(values).map(({ length }) => length));
  const call = (index: number) =>
    Object.entries(values).flatMap(([variable, { [index]: value }]) =>
      value === undefined ? [] : [[variable, value]],
    );
  return [
    good,
    ...(together?.accepted ?? []).map(({ inputs }) => inputs),
    ...Array.from({ length: longest }, (_, index) => ({ ...good, ...Object.fromEntries(call(index)) })),
  ].map((inputs) => ({ module, inputs }));
});

/** Whether an error is about the variable that is to blame. */
export const blames = (error: string, { variable }: Case): boolean => new RegExp(`^${variable}\\b`).test(error);
