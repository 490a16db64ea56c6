import type { System } from "../system.ts";

/** Something that holds in an environment; it throws what is wrong. */
export interface Expectation {
  name: string;
  check: (system: System) => void;
}

export const sorted = (values: readonly string[]): string[] => values.toSorted();
