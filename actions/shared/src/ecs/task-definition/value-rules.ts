// Rules that bring one value of a task definition into its normal form. They take whatever a file holds: a value of
// another type than they are for stays as it is.
import { isObject, type Fields } from "../../fields.ts";

/** @returns undefined: the field is as good as absent. */
export type Rule = (value: unknown) => unknown;

/** Only its own: a variable may be called `constructor`. */
export const own = (entries: Fields, key: string): unknown => (Object.hasOwn(entries, key) ? entries[key] : undefined);

/** What ECS takes an absent field for, where it also says so when asked. */
export const otherwise =
  (fallback: unknown): Rule =>
  (value) =>
    value ?? fallback;

/** A value that means the same as none. */
export const unless =
  (plain: unknown): Rule =>
  (value) =>
    value === plain ? undefined : value;

/** Fields with rules by these, the others as they are. An object that nothing is left of is absent. */
export const fields =
  (rules: Record<string, Rule>): Rule =>
  (value) => {
    if (!isObject(value)) return value;
    const keys = [...new Set([...Object.keys(value), ...Object.keys(rules)])];
    const entries = keys.flatMap((key) => {
      const kept = Object.hasOwn(rules, key) ? rules[key]?.(own(value, key)) : own(value, key);
      return kept === undefined ? [] : [[key, kept] as const];
    });
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };

/** A list whose order means nothing. */
export const anyOrder: Rule = (value) =>
  Array.isArray(value)
    ? value.map(canonical).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : value;

/**
 * A list that is really a mapping → the mapping. Fields of one key stay a list: none of them may get lost.
 * @param keyOf the key of an entry, and what is left of it
 */
export const mapping =
  (keyOf: (entry: Fields) => [string, unknown]): Rule =>
  (value) => {
    if (!Array.isArray(value) || !value.every(isObject)) return value;
    if (value.length === 0) return undefined;
    const groups = Map.groupBy(value.map(keyOf), ([key]) => key);
    return Object.fromEntries(
      [...groups].map(([key, group]) => [key, group.length === 1 ? group[0]?.[1] : group.map(([, entry]) => entry)]),
    );
  };

/** A mapping from one field of each entry to the others. An entry without others is there all the same. */
export const keyedBy = (key: string, rule: Rule = (entry) => entry): Rule =>
  mapping(({ [key]: name, ...rest }) => [String(name ?? ""), rule(rest) ?? {}]);

/** A mapping of names to texts. A name without a value has the empty one. */
export const pairs = (key: string, value: string): Rule =>
  mapping(({ [key]: name, ...rest }) => [
    String(name ?? ""),
    Object.keys(rest).some((field) => field !== value) ? rest : (own(rest, value) ?? ""),
  ]);

/** Without null, empty lists and empty objects, which ECS and its consoles add and drop at will. Empty texts stay. */
export function pruned(value: unknown): unknown {
  if (Array.isArray(value)) {
    const entries = value.filter((entry) => entry !== null).map((entry) => pruned(entry) ?? {});
    return entries.length === 0 ? undefined : entries;
  }
  if (!isObject(value)) return value ?? undefined;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, pruned(inner)] as const)
    .filter(([, inner]) => inner !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** Keys in one order, so that equal values are equal texts. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}
