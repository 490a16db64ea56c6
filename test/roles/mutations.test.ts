// Whether roles.test.ts would notice a change of the trust policies: each condition dropped, negated, or with a pattern.
import { describe, expect, it } from "vitest";
import { listOf, type Policy } from "../../actions/shared/src/iam.ts";
import { recycled, rows, type Row } from "./jobs.ts";
import { roleNames, type Plan, type RoleName } from "./plan.ts";
import type { SubjectForm } from "./tokens.ts";
import { environments, expectedOf, forms, planOf, rolesFor, type Environment } from "./trust.ts";

describe("the table notices", () => {
  /** Whether every row holds, for every plan with the trust of one role changed. */
  function allHold(environment: Environment, change: (trust: Policy) => Policy, role: RoleName): boolean {
    return ["with_ids", "without_ids"].every((run) => {
      const { trust } = planOf(environment, run);
      const changed = { ...trust, [role]: change(trust[role]) };
      const isHeld = (row: Row, form: SubjectForm) =>
        rolesFor(changed, row.job, form).join() === expectedOf(row, environment).join();
      const shown = run === "with_ids" ? forms : (["names"] as const);
      const isRecycledKept = run !== "with_ids" || rolesOfRecycled(changed).length === 0;
      return isRecycledKept && rows.every((row) => shown.every((form) => isHeld(row, form)));
    });
  }

  const rolesOfRecycled = (trust: Plan["trust"]): RoleName[] =>
    rows.flatMap(({ job }) =>
      job.repository === undefined ? rolesFor(trust, { ...job, repository: recycled }, "names") : [],
    );

  type Conditions = Record<string, Record<string, string | string[]>>;
  const withConditions =
    (change: (conditions: Conditions) => Conditions) =>
    (trust: Policy): Policy => ({
      Statement: listOf(trust.Statement).map((statement) => ({
        ...statement,
        Condition: change(statement.Condition ?? {}),
      })),
    });

  /** The claims that the role compares, and how. */
  const comparisons = (environment: Environment, role: RoleName): [string, string][] =>
    listOf(planOf(environment, "with_ids").trust[role].Statement).flatMap(({ Condition = {} }) =>
      Object.entries(Condition).flatMap(([operator, keys]) =>
        Object.keys(keys).map((key): [string, string] => [operator, key]),
      ),
    );

  const dropped = (key: string) =>
    withConditions((conditions) =>
      Object.fromEntries(
        Object.entries(conditions).map(([operator, keys]) => [
          operator,
          Object.fromEntries(Object.entries(keys).filter(([name]) => name !== key)),
        ]),
      ),
    );

  const negated = (operator: string, key: string) =>
    withConditions((conditions) => {
      const { [key]: values = [], ...others } = conditions[operator] ?? {};
      return { ...conditions, [operator]: others, [operator.replace("String", "StringNot")]: { [key]: values } };
    });

  describe.each(environments)("in the trust of %s", (environment) => {
    it("nothing, as it is", () => {
      for (const role of roleNames) expect(allHold(environment, (trust) => trust, role)).toBe(true);
    });

    it.each(roleNames)("every condition of %s that is dropped or negated", (role) => {
      const found = comparisons(environment, role);
      expect(found.map(([, key]) => key.split(":")[1])).toEqual(
        expect.arrayContaining(["aud", "sub", "job_workflow_ref", "repository_id"]),
      );
      for (const [operator, key] of found) {
        expect([key, allHold(environment, negated(operator, key), role)]).toEqual([key, false]);
        // The subject of a deployment names its environment too.
        if (key.endsWith(":environment")) continue;
        expect([key, allHold(environment, dropped(key), role)]).toEqual([key, false]);
      }
    });

    it.each(roleNames)("a pattern in a condition of %s", (role) => {
      for (const [operator, key] of comparisons(environment, role).filter(([, name]) => !name.endsWith(":environment")))
        expect([
          key,
          allHold(
            environment,
            withConditions((conditions) => {
              const { [key]: _values, ...others } = conditions[operator] ?? {};
              return { ...conditions, [operator]: others, StringLike: { ...conditions["StringLike"], [key]: "*" } };
            }),
            role,
          ),
        ]).toEqual([key, false]);
    });
  });
});
