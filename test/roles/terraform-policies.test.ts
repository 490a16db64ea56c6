// tests/policies.json of modules/github-terraform: what Terraform renders, for people to review and for the module's tests.
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import type { PlanJson } from "../../scripts/lib/environment-plan.ts";
import { root } from "../../infra/local/paths.ts";

const runs = ["production", "staging_of_another_system", "without_ids", "with_workflows_of_another_repository"];

function documentsIn(plan: PlanJson | undefined): unknown {
  const found = (plan?.resource_changes ?? []).map(({ address, change }) => ({ address, after: change.after ?? {} }));
  const documents = (pattern: RegExp, attribute: string, nameOf: (words: string[]) => string) =>
    Object.fromEntries(
      found.flatMap(({ address, after }) => {
        const match = pattern.exec(address);
        return match ? [[nameOf(match.slice(1)), JSON.parse(String(after[attribute])) as unknown]] : [];
      }),
    );
  return {
    trust: documents(/^aws_iam_role\.this\["(\w+)"\]$/, "assume_role_policy", ([name = ""]) => name),
    permissions: {
      ...documents(/^aws_iam_role_policy\.state\["(\w+)"\]$/, "policy", ([name]) => `state of ${name}`),
      ...documents(/^aws_iam_(?:role_)?policy\.(\w+)$/, "policy", ([name = ""]) => name),
    },
  };
}

it("is what Terraform renders; after a wanted change: npx vitest run --project roles -u", async () => {
  const plans = inject("terraformRoles");
  const documents = Object.fromEntries(runs.map((run) => [run, documentsIn(plans[run])]));
  const text = `${JSON.stringify(documents, null, 2)}\n`;
  expect(text.length).toBeGreaterThan(10_000);
  await expect(text).toMatchFileSnapshot(join(root, "infra/modules/github-terraform/tests/policies.json"));
});
