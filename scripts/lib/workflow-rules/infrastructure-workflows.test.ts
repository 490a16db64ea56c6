// Which environments infrastructure.yml and pull-request.yml plan and apply, by GitHub's own evaluator of expressions.
import { describe, expect, it } from "vitest";
import { evaluate } from "../evaluate-expression.ts";
import { jobsOf, own, read, stepsOf, workflow } from "../read-workflows.ts";

describe("infrastructure.yml", () => {
  const { jobs } = workflow(".github/workflows/infrastructure.yml");
  const both = { AWS_READ_ROLE: "arn:production", STAGING_AWS_READ_ROLE: "arn:staging" };

  interface Run {
    event: "push" | "schedule" | "workflow_dispatch";
    inputs?: Record<string, string | boolean>;
    vars?: Record<string, string>;
    /** How staging ends, if it runs. */
    staging?: string;
  }
  /** Which environments a run plans, and which of them it may apply. */
  function planned({ event, inputs = {}, vars = both, staging = "success" }: Run) {
    const github = { event_name: event, event: { schedule: event === "schedule" ? "0 7 * * *" : undefined } };
    const holds = (text: string, needs: Record<string, { result: string }>) =>
      evaluate(text.replace("!cancelled()", "true"), { github, inputs, vars, needs }) === true;
    const runs = (name: string, needs: Record<string, { result: string }>) => holds(jobs[`${name}-roles`]!.if!, needs);
    const isStaging = runs("staging", {});
    const result = { result: isStaging ? staging : "skipped" };
    const isProduction = runs("production", { "staging-roles": { result: "success" }, staging: result });
    const applies = (name: string) => evaluate(String(jobs[name]!.with!["apply"]), { github, inputs });
    return [...(isStaging ? ["staging"] : []), ...(isProduction ? ["production"] : [])].map(
      (name) => `${name}: ${applies(name) === true ? "apply" : "plan"}`,
    );
  }

  it.each<[string, Run, string[]]>([
    ["a change of main", { event: "push" }, ["staging: apply", "production: apply"]],
    ["one that staging does not take", { event: "push", staging: "failure" }, ["staging: apply"]],
    ["the drift check", { event: "schedule" }, ["staging: plan", "production: plan"]],
    ["the same, of a broken staging", { event: "schedule", staging: "failure" }, ["staging: plan", "production: plan"]],
    [
      "a manual plan",
      { event: "workflow_dispatch", inputs: { environment: "production", apply: false } },
      ["production: plan"],
    ],
    [
      "a manual apply",
      { event: "workflow_dispatch", inputs: { environment: "staging", apply: true } },
      ["staging: apply"],
    ],
    ["without staging", { event: "push", vars: { AWS_READ_ROLE: "arn" } }, ["production: apply"]],
    ["before anything is set up", { event: "schedule", vars: {} }, []],
  ])("plans and applies: %s", (_name, run, expected) => {
    expect(planned(run)).toEqual(expected);
  });

  it("applies only what waits for the rules of an environment, which is not that of deployments", () => {
    const [plan, apply] = jobsOf("workflows/terraform.yml").map(([, job]) => job);
    expect(plan).not.toHaveProperty("environment");
    expect(JSON.stringify(plan)).not.toContain("terraform apply");
    expect(apply?.environment).toEqual({ name: "${{ inputs.environment }}" });
    for (const name of ["staging", "production"])
      expect(jobs[name]!.with!["environment"]).toBe(`${name}-infrastructure`);
  });

  it("applies the plan whose digest was reviewed, and keeps no plan", () => {
    const text = read("workflows/terraform.yml");
    expect(text).not.toMatch(/upload-artifact|actions\/cache/);
    const steps = jobsOf("workflows/terraform.yml")[1]![1].steps!;
    const compared = steps.findIndex((step) => step.with?.["expected-digest"] !== undefined);
    expect(steps[compared]?.with?.["expected-digest"]).toBe("${{ needs.plan.outputs.digest }}");
    expect(steps.slice(compared + 1).map(({ run }) => run)).toEqual([
      'terraform apply -input=false -no-color -lock-timeout=5m "$PLAN.tfplan"',
    ]);
    // Of its output, sensitive values would be shown that a provider has copied.
    for (const step of stepsOf("workflows/terraform.yml"))
      for (const line of step.run?.match(/^terraform (plan|show).*$/gm) ?? []) expect(line).toMatch(/>"\$PLAN\.\w+"$/);
  });

  it("keeps one issue about the drift of each environment", () => {
    const opened = (name: string, result: string, changed: string) => {
      const step = jobs["report"]!.steps!.find((one) => one.with?.["id"] === `drift-${name}`);
      return evaluate(String(step?.with?.["state"]), { needs: { [name]: { result, outputs: { changed } } } });
    };
    for (const name of ["staging", "production"]) {
      expect(opened(name, "success", "false")).toBe("closed");
      expect([opened(name, "success", "true"), opened(name, "failure", ""), opened(name, "skipped", "")]).toEqual([
        "open",
        "open",
        "open",
      ]);
    }
  });
});

describe("pull-request.yml", () => {
  const { on, jobs } = workflow(".github/workflows/pull-request.yml");
  const plans = [
    ["staging", "STAGING_AWS_PLAN_ROLE"],
    ["production", "AWS_PLAN_ROLE"],
  ] as const;

  /** What of a pull request is planned, and what the comment says where nothing is. */
  function pullRequest({ infra = "true", from = "owner/name", by = "somebody", roles = true }) {
    const github = {
      repository: "owner/name",
      event: { pull_request: { head: { repo: { full_name: from } }, user: { login: by } } },
    };
    const needs = { changes: { outputs: { infra } } };
    const vars = roles ? { AWS_PLAN_ROLE: "arn:p", STAGING_AWS_PLAN_ROLE: "arn:s" } : {};
    const planned = plans.map(([name]) => evaluate(jobs[name]!.if!, { github, needs, vars }) === true);
    return { planned, text: evaluate(jobs["comment"]!.env!["NO_PLAN"]!, { github, needs }) };
  }

  it("plans both environments with the role that reads the state alone, when infra/ changes", () => {
    expect(pullRequest({}).planned).toEqual([true, true]);
    for (const [name, role] of plans)
      expect(jobs[name]!.with).toMatchObject({ refresh: false, "role-to-assume": `\${{ vars.${role} }}` });
    for (const [name] of plans) expect(jobs[name]!.with).not.toHaveProperty("apply");
  });

  it.each([
    ["nothing of infra/ changes", { infra: "false" }, "Nothing in infra/ changes."],
    ["it is from a fork", { from: "fork/name" }, "from a fork has no access"],
    ["it is Dependabot's", { by: "dependabot[bot]" }, "runs of Dependabot have no access"],
    ["the roles are not set", { roles: false }, "the role for it is not set"],
  ])("says why there is no plan when %s", (_name, given, text) => {
    const { planned, text: said } = pullRequest(given);
    expect(planned).toEqual([false, false]);
    expect(said).toContain(text);
  });

  it("gives no code of a pull request more than a pull request has", () => {
    expect(Object.keys(on)).toEqual(["pull_request"]);
    for (const path of own) expect(read(path)).not.toMatch(/^ {2}(pull_request_target|workflow_run):/m);
    // The job that may write runs nothing but the action: no command, and no checkout.
    expect(jobs["comment"]!.steps!.map(({ uses, run }) => uses ?? run)).toEqual(["$/actions/github-report"]);
  });
});
