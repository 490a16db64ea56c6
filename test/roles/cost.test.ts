// docs/cost.md, and that nothing in the plans is forgotten. Here, because the plans are.
import { describe, expect, inject, test } from "vitest";
import { documentedTotals } from "../../scripts/lib/cost/document.ts";
import { estimate } from "../../scripts/lib/cost/estimate.ts";
import { readPrices } from "../../scripts/lib/cost/prices.ts";

const resources = inject("resources");
const prices = await readPrices();
const documented = await documentedTotals();

describe.each(["production", "staging"] as const)("%s", (environment) => {
  test("every resource has a rule, and what is billed by the hour a price", () => {
    const { notPriced } = estimate(resources[environment], prices);
    expect(notPriced.filter(({ reason }) => /^no rule|has no price/.test(reason))).toEqual([]);
  });

  // Within 2 %, so that an alarm more is not a change of the document. Otherwise: npm run cost -- --write.
  test("costs what docs/cost.md says", () => {
    const { total } = estimate(resources[environment], prices);
    expect(Math.abs(total - documented[environment]) / total).toBeLessThan(0.02);
  });

  test("counts the tasks of both services", () => {
    const { lines } = estimate(resources[environment], prices);
    expect(lines.filter(({ what }) => /vCPU/.test(what)).map(({ what }) => what)).toEqual(
      environment === "production"
        ? ["3 × 0.5 vCPU, x86_64", "2 × 0.5 vCPU, x86_64"]
        : ["1 × 0.5 vCPU, x86_64", "1 × 0.5 vCPU, x86_64"],
    );
  });
});
