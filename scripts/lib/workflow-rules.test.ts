// What neither actionlint nor zizmor checks in the workflows: what GitHub and AWS enforce, and act does not.
import { globSync } from "node:fs";
import { basename } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { evaluate } from "./evaluate-expression.ts";
import { examples, jobsOf, own, read, reusable, stepsOf, workflow, type Job, type Step } from "./read-workflows.ts";

/** Recorded from the action.yml of each pinned commit. */
interface ThirdParty {
  version: string;
  using: string;
  inputs: string[];
  required: string[];
}

const logIn = "aws-actions/configure-aws-credentials@";
const logsIn = ({ uses }: Step) => uses?.startsWith(logIn) === true;

describe("third-party actions", () => {
  const known = JSON.parse(read("scripts/lib/third-party-actions.json")) as Record<string, ThirdParty>;
  const isOurs = (uses: string) => uses.startsWith("$/") || uses.startsWith("rainbow-seeker/deploy-toolkit");
  const uses = [...own, ...examples].flatMap((path) =>
    stepsOf(path).flatMap((step) => (step.uses && !isOurs(step.uses) ? [{ path, uses: step.uses, step }] : [])),
  );
  // examples/drop-in shows the replaced actions, which are ours in its test.
  const pinned = uses.filter((used) => !used.uses.startsWith("aws-actions/amazon-ecs-"));

  it("are the commits whose action.yml was read, on a Node that runners have", () => {
    expect(pinned.length).toBeGreaterThan(10);
    expect([...new Set(pinned.map((used) => used.uses))].toSorted()).toEqual(Object.keys(known).toSorted());
    expect(Object.values(known).map(({ using }) => using)).toEqual(Object.keys(known).map(() => "node24"));
  });

  it("are named with the tag of their commit, everywhere", () => {
    const texts = [...own, ...examples, "README.md", "README.ja.md", ...globSync("actions/*/README.md", { cwd: root })];
    for (const path of texts)
      for (const [line, reference = ""] of read(path).matchAll(/uses: (\S+@[0-9a-f]{40})(?: # \S+)?/g))
        expect(`${path}: ${line}`).toBe(`${path}: uses: ${reference} # ${known[reference]?.version}`);
  });

  it("get inputs that they have, and those that they require", () => {
    for (const { path, uses: reference, step } of pinned) {
      const { inputs = [], required = [] }: Partial<ThirdParty> = known[reference] ?? {};
      const given = Object.keys(step.with ?? {});
      expect({ path, unknown: given.filter((name) => !inputs.includes(name)) }).toEqual({ path, unknown: [] });
      expect({ path, missing: required.filter((name) => !given.includes(name)) }).toEqual({ path, missing: [] });
    }
  });

  it("are replaced locally by one that takes every input that we use", () => {
    const standIn = load(read("infra/local/act/configure-aws-credentials/action.yml")) as { inputs: object };
    const given = uses
      .filter((used) => used.uses.startsWith(logIn))
      .flatMap(({ step }) => Object.keys(step.with ?? {}));
    expect(Object.keys(standIn.inputs)).toEqual(expect.arrayContaining([...new Set(given)]));
  });
});

describe("reusable workflows", () => {
  it.each(reusable)("%s asks for the region, without a default", (path) => {
    const { inputs } = workflow(path).on.workflow_call!;
    expect(inputs["aws-region"]).toMatchObject({ required: true });
    expect(inputs["aws-region"]).not.toHaveProperty("default");
    expect(inputs["role-to-assume"]).toMatchObject({ required: true });
  });

  it.each(reusable)("%s names repository, run and job in the session of its role", (path) => {
    const sessions = stepsOf(path).filter(logsIn);
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions)
      expect(session.with?.["role-session-name"]).toMatch(
        /^\$\{\{ github\.repository_id \}\}-\$\{\{ github\.run_id \}\}-\$\{\{ github\.run_attempt \}\}-[a-z]+$/,
      );
    // AWS takes 2 to 64 characters; GitHub's ids have about ten digits now.
    expect(`${"9".repeat(16)}-${"9".repeat(16)}-999-rollback`.length).toBeLessThanOrEqual(64);
  });

  it.each(reusable)("%s passes on every input that it takes", (path) => {
    const text = read(path);
    const { inputs } = workflow(path).on.workflow_call!;
    for (const name of Object.keys(inputs)) expect(text).toContain(`inputs.${name}`);
  });

  it.each(own.filter((path) => jobsOf(path).some(([, { uses }]) => uses !== undefined)))(
    "%s gives each one what it requires, and nothing that it does not have",
    (path) => {
      for (const [name, job] of jobsOf(path)) {
        if (!job.uses) continue;
        const called = workflow(job.uses.replace("$/", "")).on.workflow_call!.inputs ?? {};
        const given = Object.keys(job.with ?? {});
        const required = Object.keys(called).filter((input) => called[input]?.required);
        expect({ name, missing: required.filter((input) => !given.includes(input)) }).toEqual({ name, missing: [] });
        expect({ name, unknown: given.filter((input) => !(input in called)) }).toEqual({ name, unknown: [] });
      }
    },
  );
});

describe("time limits", () => {
  /** Of a job that logs in, with its inputs' defaults or what a caller gives. */
  const limits = (path: string, given: Record<string, unknown> = {}) => {
    const inputs = workflow(path).on.workflow_call!.inputs;
    const value = (text: unknown): number => {
      const [, name = ""] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(String(text)) ?? [];
      return Number(name === "" ? text : (given[name] ?? inputs[name]?.default));
    };
    return jobsOf(path).flatMap(([name, job]) =>
      (job.steps ?? []).filter(logsIn).map((step) => ({
        name,
        minutes: value(job["timeout-minutes"]),
        // The default of configure-aws-credentials with OpenID Connect.
        session: value(step.with?.["role-duration-seconds"] ?? 3600),
      })),
    );
  };
  const calls = own.flatMap((path) =>
    jobsOf(path).flatMap(([, { uses, with: given }]): [string, string, Record<string, unknown>][] =>
      uses && reusable.includes(uses.replace("$/.github/", "")) ? [[path, uses.replace("$/.github/", ""), given!]] : [],
    ),
  );

  it.each([...reusable.map((path): [string, string, object] => ["a caller with the defaults", path, {}]), ...calls])(
    "%s: credentials of %s live as long as its job",
    (_, path, given) => {
      const all = limits(path, given as Record<string, unknown>);
      expect(all.length).toBeGreaterThan(0);
      for (const { minutes, session } of all) expect(minutes * 60).toBeLessThanOrEqual(session);
    },
  );
});

describe("what a deployment leaves", () => {
  const deploying = reusable.flatMap((path) =>
    jobsOf(path)
      .filter(([, { steps = [] }]) =>
        steps.some(
          ({ uses, run }) => /^\$\/actions\/(deploy|rollback)$/.test(uses ?? "") || /terraform apply/.test(run ?? ""),
        ),
      )
      .map(([name, job]): [string, string, Job] => [path, name, job]),
  );

  it("is in jobs that deploy, roll back or apply", () => {
    expect(deploying.map(([path, name]) => `${path}: ${name}`)).toEqual([
      "workflows/deploy-service.yml: deploy",
      "workflows/rollback-service.yml: rollback",
      "workflows/terraform.yml: apply",
    ]);
  });

  // GitHub records a deployment of each job with an environment: who, which commit, when, outcome and URL.
  it.each(deploying)("%s, job %s: a deployment in GitHub, with the URL of the service", (path, _name, job) => {
    const { url } = workflow(path).on.workflow_call!.inputs;
    expect(job.environment).toEqual({
      name: "${{ inputs.environment }}",
      ...(url === undefined ? {} : { url: "${{ inputs.url }}" }),
    });
  });

  const emergency = "workflows/emergency-service.yml";
  it.each([
    ...deploying.filter(([path]) => !path.endsWith("/terraform.yml")),
    ...Object.entries(workflow(emergency).jobs).map(([name, job]) => [emergency, name, job] as const),
  ])("%s, job %s: a post of how it ended, however it ended, as the last step", (path, _name, { steps = [] }) => {
    const last = steps.at(-1);
    expect(last?.uses).toBe("$/actions/notify");
    expect(last?.if).toMatch(/^always\(\) && (!inputs\.(plan|dry-run)|inputs\.step != 'status')$/);
    expect(last?.with).toMatchObject({
      "webhook-url": "${{ secrets.notify-webhook-url }}",
      outcome: "${{ job.status }}",
    });
    // A secret is given to the one step that needs it.
    expect(read(path).match(/secrets\.notify-webhook-url/g)).toHaveLength(1);
  });
});

describe("concurrency", () => {
  const concurrencyOf = (name: string) => workflow(`.github/workflows/${name}`).concurrency;

  it("keeps every pending rollback, backup and step of an emergency", () => {
    for (const name of ["rollback.yml", "backup.yml", "emergency.yml"])
      expect(concurrencyOf(name)).toMatchObject({ "cancel-in-progress": false, queue: "max" });
  });

  it("deploys one after the other, and of those that wait only the newest", () => {
    expect(concurrencyOf("deploy.yml")).toMatchObject({ "cancel-in-progress": false });
    expect(concurrencyOf("deploy.yml")).not.toHaveProperty("queue");
  });

  it("never cancels tests that a deployment waits for", () => {
    expect(concurrencyOf("test.yml")).toEqual({
      group: "test-${{ github.event_name == 'pull_request' && github.ref || github.run_id }}",
      "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
    });
  });
});

describe("backup.yml", () => {
  interface Backup {
    on: {
      schedule: { cron: string; timezone: string }[];
      workflow_dispatch: { inputs: { environment: { options: string[] } } };
    };
    concurrency: { group: string };
    jobs: Record<"environment" | "backup" | "prune" | "report", Job & { with: Record<string, string> }>;
  }
  const { on, concurrency, jobs } = load(read(".github/workflows/backup.yml")) as Backup;
  const both = { AWS_BACKUP_ROLE: "arn:production", STAGING_AWS_BACKUP_ROLE: "arn:staging" };

  /** What GitHub makes of the expressions, by its own evaluator; `undefined`: the run is skipped. */
  function scheduled(cron: string, vars: Record<string, string>) {
    const context = {
      github: { event: { schedule: cron } },
      inputs: {},
      vars,
      needs: { environment: { outputs: {} } },
    };
    if (!evaluate(jobs.environment.if ?? "true", context)) return undefined;
    return {
      environment: evaluate(jobs.environment.with["environment"]!, context),
      mode: evaluate(jobs.backup.with["mode"]!, context),
      group: evaluate(concurrency.group, context),
    };
  }
  const runs = (vars: Record<string, string>) => on.schedule.map(({ cron }) => scheduled(cron, vars)).filter(Boolean);

  it("backs up every environment that has the alarm for missing backups, each night in Japan", () => {
    expect(new Set(on.schedule.map(({ timezone }) => timezone))).toEqual(new Set(["Asia/Tokyo"]));
    expect(on.schedule.map(({ cron }) => [cron, scheduled(cron, both)])).toEqual([
      ["0 2 * * *", { environment: "production", mode: "backup", group: "backup-production-0 2 * * *" }],
      ["0 4 * * 0", { environment: "production", mode: "verify", group: "backup-production-0 4 * * 0" }],
      ["30 2 * * *", { environment: "staging", mode: "backup", group: "backup-staging-30 2 * * *" }],
      ["30 4 * * 0", { environment: "staging", mode: "verify", group: "backup-staging-30 4 * * 0" }],
    ]);
    expect(
      globSync("infra/environments/*", { cwd: root })
        .map((path) => basename(path))
        .toSorted(),
    ).toEqual(["local", ...on.workflow_dispatch.inputs.environment.options].toSorted());
  });

  it("skips environments that are not set up, and fails where none is", () => {
    const environments = (vars: Record<string, string>) => runs(vars).map((run) => run?.environment);
    expect(environments({ AWS_BACKUP_ROLE: "arn" })).toEqual(["production", "production"]);
    expect(environments({ STAGING_AWS_BACKUP_ROLE: "arn" })).toEqual(["staging", "staging"]);
    // Its job stops because AWS_BACKUP_ROLE is not set.
    expect(environments({})).toEqual(["production", "production"]);
  });

  it("prunes after a backup, not after a drill", () => {
    const prunes = (schedule: string | undefined, mode?: string) =>
      evaluate(jobs.prune.if!, {
        github: { event: { schedule } },
        inputs: { mode },
        needs: { environment: { outputs: { "prune-role": "arn" } } },
      });
    expect(on.schedule.map(({ cron }) => prunes(cron))).toEqual([true, false, true, false]);
    expect([prunes(undefined, "backup"), prunes(undefined, "verify")]).toEqual([true, false]);
  });

  /** What the job reports after the others have ended so; undefined: it does not run. */
  function reported(schedule: string | undefined, results: Record<string, string>) {
    const needs = Object.fromEntries(Object.entries(results).map(([job, result]) => [job, { result }]));
    const github = { event: { schedule } };
    if (!evaluate(jobs.report.if!.replace("always()", "true"), { github, needs })) return undefined;
    const env = Object.fromEntries(
      Object.entries(jobs.report.env!).map(([name, value]) => [name, String(evaluate(value, { github }))]),
    );
    const given = jobs.report.steps![0]!.with as Record<string, string>;
    const [id, state, title] = ["id", "state", "title"].map((name) => evaluate(given[name]!, { github, needs, env }));
    return { id, state, title };
  }
  const good = { environment: "success", image: "success", backup: "success", prune: "success" };

  it("opens an issue of its own for each kind of run that failed, or was cancelled", () => {
    const failed = { ...good, image: "failure", backup: "skipped", prune: "skipped" };
    expect(on.schedule.map(({ cron }) => reported(cron, failed))).toEqual([
      { id: "backup-production", state: "open", title: "The backup of production failed" },
      { id: "drill-production", state: "open", title: "The restore drill of production failed" },
      { id: "backup-staging", state: "open", title: "The backup of staging failed" },
      { id: "drill-staging", state: "open", title: "The restore drill of staging failed" },
    ]);
    for (const bad of [
      { backup: "failure" },
      { backup: "cancelled" },
      { prune: "failure" },
      { environment: "failure" },
    ])
      expect(reported("0 2 * * *", { ...good, ...bad })).toMatchObject({ state: "open" });
    expect([jobs.report.needs].flat()).toEqual(Object.keys(jobs).filter((job) => job !== "report"));
  });

  it("closes it when a scheduled run succeeds, and says nothing of others", () => {
    expect(reported("0 2 * * *", good)).toMatchObject({ state: "closed" });
    expect(reported("0 4 * * 0", { ...good, prune: "skipped" })).toMatchObject({ state: "closed" });
    expect(reported(undefined, { ...good, backup: "failure" })).toBeUndefined();
    expect(reported("30 2 * * *", { environment: "skipped", image: "skipped" })).toBeUndefined();
  });

  it("keeps the metrics of environments apart, as their alarms do", () => {
    const namespace = (suffix: string) =>
      evaluate(jobs.backup.with["metrics"]!, { needs: { environment: { outputs: { suffix } } } });
    expect([namespace(""), namespace("-staging")]).toEqual(["RainbowSeeker", "RainbowSeeker-staging"]);
    expect(read("infra/modules/platform/main.tf")).toContain('metric_namespace = "RainbowSeeker${local.suffix}"');
  });
});

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

describe("deploy.yml", () => {
  const { jobs } = workflow(".github/workflows/deploy.yml");
  const ancestors = (name: string): string[] =>
    [jobs[name]?.needs ?? []].flat().flatMap((needed) => [needed, ...ancestors(needed)]);

  it("builds and deploys only what has passed the tests", () => {
    for (const name of Object.keys(jobs).filter((job) => !["environment", "test"].includes(job))) {
      expect(ancestors(name)).toContain("test");
      // A condition could run the job in spite of failed tests.
      expect(jobs[name]).not.toHaveProperty("if");
    }
    expect(workflow(".github/workflows/test.yml").on).not.toHaveProperty("push");
  });

  it("waits for one approval: a single job has the environment, and nothing comes after it", () => {
    const deploying = Object.entries(jobs).filter(([, { uses }]) => uses?.endsWith("/deploy-service.yml"));
    expect(deploying).toHaveLength(1);
    const holding = jobsOf("workflows/deploy-service.yml").filter(([, { environment }]) => environment !== undefined);
    expect(holding).toHaveLength(1);
    expect(Object.values(jobs).filter(({ needs }) => [needs].flat().includes("deploy"))).toEqual([]);
  });
});

describe("emergency.yml", () => {
  const { concurrency, jobs } = load(read(".github/workflows/emergency.yml")) as {
    concurrency: { group: string };
    jobs: Record<string, Job>;
  };
  const [[, service] = []] = jobsOf("workflows/emergency-service.yml");
  const groupOf = (step: string) => evaluate(concurrency.group, { inputs: { environment: "production", step } });

  it("waits for no approval: no job is of a GitHub environment", () => {
    expect(Object.values(jobs).filter(({ environment }) => environment !== undefined)).toEqual([]);
    expect(service).toBeDefined();
    expect(service).not.toHaveProperty("environment");
  });

  it("runs one step after the other, but a stop waits for none, and is asked for while another step hangs", () => {
    expect(["protect", "release", "resume"].map(groupOf)).toEqual(Array(3).fill("emergency-production-others"));
    expect([groupOf("stop"), groupOf("status")]).toEqual(["emergency-production-stop", "emergency-production-status"]);
  });

  /** Steps that run, in their order, if all of them succeed; without the post that ends each. */
  const stepsFor = (step: string, inputs: Record<string, string> = {}) =>
    (service?.steps ?? [])
      .filter(({ uses, if: condition }) => {
        const context = { inputs: { step, database: "shiojiri_rainbow", url: "https://example.com/", ...inputs } };
        if (uses === "$/actions/notify") return false;
        return uses?.startsWith("$/") === true && evaluate(condition ?? "true", context) === true;
      })
      .map(({ uses, with: given }) => {
        const mode = given?.["mode"];
        const name = uses!.replace("$/actions/", "");
        return mode === undefined ? name : `${name} ${evaluate(String(mode), { inputs: { step } })}`;
      });

  it.each([
    ["status", ["service-control status"]],
    ["stop", ["service-control stop"]],
    ["protect", ["db-backup protect", "service-control status"]],
    ["release", ["db-backup release", "service-control status"]],
    ["resume", ["db-backup release", "service-control resume", "smoke-test"]],
  ])("%s does what the runbook says", (step, expected) => {
    expect(stepsFor(step)).toEqual(expected);
  });

  it("resumes services without a database and without an address too", () => {
    expect(stepsFor("resume", { database: "", url: "" })).toEqual(["service-control resume"]);
  });
});

describe("deploy-service.yml", () => {
  const [[, job] = []] = jobsOf("workflows/deploy-service.yml");
  const smokeTests = (stopped: Record<string, string>) => {
    const steps = Object.fromEntries(
      Object.entries(stopped).map(([id, value]) => [id, { outputs: { stopped: value } }]),
    );
    const inputs = { url: "https://example.com/", "dependency-service": "ml", plan: false };
    return (job?.steps ?? [])
      .filter(({ uses }) => uses === "$/actions/smoke-test")
      .filter(({ if: condition }) => evaluate(condition!, { inputs, steps: { deploy: {}, dependency: {}, ...steps } }));
  };

  it("has no smoke test while an emergency keeps one of the services at 0", () => {
    expect(smokeTests({ deploy: "false", dependency: "false" })).toHaveLength(2);
    expect(smokeTests({ deploy: "true", dependency: "false" })).toEqual([]);
    expect(smokeTests({ deploy: "false", dependency: "true" })).toEqual([]);
  });
});

describe("commands in documents", () => {
  interface Dispatch {
    inputs?: Record<string, { type?: string; options?: string[]; required?: boolean; default?: unknown }>;
  }
  const documents = globSync(["*.md", "docs/*.md"], { cwd: root });
  const commands = documents.flatMap((path) =>
    [
      ...read(path)
        .replaceAll("\\\n", " ")
        .matchAll(/gh workflow run (\S+\.yml)((?: +--field \S+?=(?:"[^"]*"|[^\s`]*))*)/g),
    ].map(([text, file = "", fields = ""]) => ({ path, text, file, fields })),
  );

  it.each(commands)("$path: $text starts a workflow with inputs that it has", ({ file, fields }) => {
    const { on } = load(read(`.github/workflows/${file}`)) as { on: { workflow_dispatch: Dispatch } };
    const { inputs = {} } = on.workflow_dispatch;
    const given = new Map(
      [...fields.matchAll(/--field (\S+?)=("[^"]*"|\S*)/g)].map(([, name = "", value = ""]) => [name, value]),
    );
    for (const [name, value] of given) {
      expect(Object.keys(inputs)).toContain(name);
      if (inputs[name]?.options) expect(inputs[name].options).toContain(value);
    }
    const required = Object.keys(inputs).filter((name) => inputs[name]?.required && inputs[name].default === undefined);
    expect([...given.keys()]).toEqual(expect.arrayContaining(required));
  });

  it("has those of the emergency runbook, in both languages and for every step but release", () => {
    for (const path of ["docs/emergency-runbook.md", "docs/emergency-runbook.ja.md"]) {
      const steps = commands
        .filter((command) => command.path === path && command.file === "emergency.yml")
        .map(({ fields }) => /step=(\w+)/.exec(fields)?.[1]);
      expect(steps).toEqual(["stop", "protect", "status", "resume"]);
    }
  });
});

describe("workflows/", () => {
  it("has the sources of what .github/workflows has", () => {
    expect(own.map((path) => basename(path))).toEqual(expect.arrayContaining(reusable.map((path) => basename(path))));
  });
});
