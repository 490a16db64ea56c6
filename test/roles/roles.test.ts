// Which jobs may assume which role: the trust policies that Terraform makes for production and staging, evaluated for
// the tokens that GitHub describes. The local AWS could not tell: it lets every token in.
import { describe, expect, it } from "vitest";
import { recycled, rows } from "./jobs.ts";
import type { Job } from "./tokens.ts";
import { environments, expectedOf, forms, planOf, rolesFor } from "./trust.ts";

describe.each(environments)("the roles of %s", (environment) => {
  it.each(rows.map((row) => ({ ...row, roles: expectedOf(row, environment).join() || "none" })))(
    "$name: $roles",
    (row) => {
      const expected = expectedOf(row, environment);
      const withIds = planOf(environment, "with_ids").trust;
      const withoutIds = planOf(environment, "without_ids").trust;
      expect(forms.map((form) => rolesFor(withIds, row.job, form))).toEqual([expected, expected]);
      expect(forms.map((form) => rolesFor(withoutIds, row.job, form))).toEqual([expected, []]);
    },
  );

  it("are kept from a repository that got the name of this one, if the IDs are known", () => {
    const job: Job = { repository: recycled, workflow: "build.yml" };
    for (const form of forms) expect(rolesFor(planOf(environment, "with_ids").trust, job, form)).toEqual([]);
    // Names are all that there is to compare: docs/deploy-to-aws.md says to set the IDs.
    expect(rolesFor(planOf(environment, "without_ids").trust, job, "names")).toEqual(["build"]);
  });

  it("with workflows of another repository: only from there, and only at the ref that is named", () => {
    const { trust } = planOf(environment, "with_workflows_of_another_repository");
    const rolesOf = (file: string, ref: string, more: Partial<Job> = {}) =>
      rolesFor(trust, { workflow: `another/toolkit/.github/workflows/${file}@${ref}`, ...more }, "immutable");
    expect(rolesOf("build.yml", "refs/tags/v1")).toEqual(["build"]);
    expect(rolesOf("deploy-service.yml", "refs/tags/v1", { environment })).toEqual(["deploy"]);
    expect(rolesOf("rollback-service.yml", "refs/tags/v1", { environment })).toEqual(["deploy"]);
    expect(rolesOf("backup-database.yml", "refs/tags/v1")).toEqual(["backup"]);
    expect(rolesOf("prune-backups.yml", "refs/tags/v1")).toEqual(["prune"]);
    expect(rolesOf("emergency-service.yml", "refs/tags/v1")).toEqual(["emergency"]);
    for (const ref of ["refs/tags/v2", "refs/tags/v1.1", "refs/heads/main", "refs/heads/v1"])
      expect(rolesOf("build.yml", ref)).toEqual([]);
    for (const file of ["build.yml", "backup-database.yml", "prune-backups.yml", "emergency-service.yml"])
      expect(rolesFor(trust, { workflow: file }, "immutable")).toEqual([]);
    const branch = { ref: "refs/heads/feature" };
    expect(rolesOf("build.yml", "refs/tags/v1", branch)).toEqual(environment === "staging" ? ["build"] : []);
    expect(rolesOf("backup-database.yml", "refs/tags/v1", branch)).toEqual([]);
  });
});
