// The workflows of this repository against the roles: every job that logs in to AWS can assume the role that it is given
// for as long as it asks, and every workflow that a role trusts exists.
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { roleNames, type RoleName } from "./plan.ts";
import type { Job as TokenJob } from "./tokens.ts";
import { environments, forms, planOf, rolesFor } from "./trust.ts";

interface Step {
  uses?: string;
  with?: Record<string, unknown>;
}

interface Job {
  uses?: string;
  steps?: Step[];
  environment?: unknown;
  permissions?: Record<string, string>;
  with?: Record<string, unknown>;
}

interface Workflow {
  on?: { workflow_call?: { inputs?: Record<string, { default?: unknown }> } };
  jobs: Record<string, Job>;
}

const workflows = new Map(
  globSync(".github/workflows/*.yml", { cwd: root }).map((path) => [
    basename(path),
    load(readFileSync(join(root, path), "utf8")) as Workflow,
  ]),
);
const jobsOf = (file: string): Job[] => Object.values(workflows.get(file)?.jobs ?? {});
const loginOf = ({ steps = [] }: Job): Step | undefined =>
  steps.find(({ uses = "" }) => uses.startsWith("aws-actions/configure-aws-credentials@"));
/** terraform.yml has roles that no environment makes: terraform-roles.test.ts. */
const loggingIn = [...workflows.keys()].filter(
  (file) => file !== "terraform.yml" && jobsOf(file).some((job) => loginOf(job) !== undefined),
);

/** Calls of reusable workflows that pass on a role: "needs.environment.outputs.build-role" is the role build. */
const calls = [...workflows].flatMap(([caller, { jobs }]) =>
  Object.entries(jobs).flatMap(([name, job]) => {
    const given = /outputs\.(\w+)-role/.exec(String(job.with?.["role-to-assume"] ?? ""))?.[1];
    return job.uses === undefined || !roleNames.some((one) => one === given)
      ? []
      : [{ caller, name, file: basename(job.uses), role: given as RoleName, inputs: job.with ?? {} }];
  }),
);

describe("the workflows", () => {
  it("log in only in files that a role trusts, and every such file does", () => {
    expect(loggingIn.toSorted()).toEqual([
      "backup-database.yml",
      "build.yml",
      "deploy-service.yml",
      "emergency-service.yml",
      "prune-backups.yml",
      "rollback-service.yml",
    ]);
    expect(new Set(calls.map(({ file }) => file))).toEqual(new Set(loggingIn));
    expect(new Set(calls.map(({ role }) => role))).toEqual(new Set(roleNames));
  });

  it("can ask for a token in every job that logs in", () => {
    for (const file of loggingIn)
      for (const job of jobsOf(file).filter((one) => loginOf(one) !== undefined))
        expect([file, job.permissions?.["id-token"]]).toEqual([file, "write"]);
  });

  describe.each(environments)("for %s", (environment) => {
    it.each(calls)("$caller: $name can assume the role $role in $file", ({ file, role }) => {
      const { trust } = planOf(environment, "with_ids");
      for (const job of jobsOf(file).filter((one) => loginOf(one) !== undefined)) {
        const claims: TokenJob = { workflow: file, ...(job.environment === undefined ? {} : { environment }) };
        expect(forms.map((form) => rolesFor(trust, claims, form))).toEqual([[role], [role]]);
      }
    });

    it.each(calls)("$caller: $name asks for no longer session than $role allows", ({ file, role, inputs }) => {
      const { sessions } = planOf(environment, "with_ids");
      for (const login of jobsOf(file).flatMap((job) => loginOf(job) ?? []))
        expect(secondsOf(login, file, inputs)).toBeLessThanOrEqual(sessions[role]);
    });
  });
});

/** As the step names them, as the call or the default of the input does, or an hour, which is the action's default. */
function secondsOf({ with: inputs = {} }: Step, file: string, given: Record<string, unknown>): number {
  const value = inputs["role-duration-seconds"] ?? 3600;
  const name = /inputs\.([\w-]+)/.exec(String(value))?.[1];
  if (name === undefined) return Number(value);
  return Number(given[name] ?? workflows.get(file)?.on?.workflow_call?.inputs?.[name]?.default);
}
