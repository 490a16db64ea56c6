import { accessExpectations } from "./access.ts";
import { dataExpectations } from "./data.ts";
import type { Expectation } from "./expectation.ts";
import { networkExpectations } from "./network.ts";
import { serviceExpectations } from "./services.ts";

export const expectations: Expectation[] = [
  ...networkExpectations,
  ...serviceExpectations,
  ...dataExpectations,
  ...accessExpectations,
];

/** The names of what does not hold, with the reason. */
export function broken(system: Parameters<Expectation["check"]>[0]): string[] {
  return expectations.flatMap(({ name, check }) => {
    try {
      check(system);
      return [];
    } catch (error) {
      return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}
