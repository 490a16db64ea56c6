// deploy.yml: in which order an image goes from a push to production, and what never happens. By GitHub's own evaluator of
// expressions.
import { describe, expect, it } from "vitest";
import { evaluate } from "../evaluate-expression.ts";
import { jobsOf, read, stepsOf, workflow, type Job } from "../read-workflows.ts";

interface DeployJob extends Job {
  concurrency?: { group: string; "cancel-in-progress": boolean; queue: string };
  permissions?: Record<string, string>;
  secrets?: Record<string, string>;
}

const { jobs, concurrency } = workflow(".github/workflows/deploy.yml") as unknown as {
  jobs: Record<string, DeployJob>;
  concurrency: { group: string };
};
const deploying = ["staging", "deploy"] as const;
const needsOf = (name: string): string[] => [jobs[name]!.needs ?? []].flat();

type Result = "success" | "failure" | "cancelled" | "skipped";

interface Run {
  event?: "push" | "workflow_dispatch";
  inputs?: Record<string, string>;
  vars?: Record<string, string>;
  /** How jobs end that do not succeed. */
  ends?: Record<string, Result>;
}

const stagingVariables = { STAGING_AWS_DEPLOY_ROLE: "arn:staging", STAGING_SERVICE_URL: "https://staging.example/" };

/** The result of each job, by what GitHub does: a job whose needs did not all succeed is skipped, unless its `if` says so. */
function results({ event = "push", inputs = {}, vars = stagingVariables, ends = {} }: Run): Record<string, Result> {
  const done: Record<string, Result> = {};
  const resultOf = (name: string): Result => {
    if (done[name]) return done[name];
    const needs = Object.fromEntries(needsOf(name).map((other) => [other, { result: resultOf(other), outputs: {} }]));
    const condition = jobs[name]!.if?.trim();
    const decides = condition?.includes("cancelled()") === true;
    const context = { github: { event_name: event }, inputs, vars, needs };
    const holds = condition === undefined || evaluate(condition.replace("!cancelled()", "true"), context) === true;
    const isReady = decides || Object.values(needs).every(({ result }) => result === "success");
    return (done[name] = isReady && holds ? (ends[name] ?? "success") : "skipped");
  };
  return Object.fromEntries(Object.keys(jobs).map((name) => [name, resultOf(name)]));
}

/** The environments that a run deploys to, in their order. */
function deployed(run: Run): string[] {
  const result = results(run);
  const main = String(run.inputs?.["environment"] ?? run.vars?.["DEPLOY_ENVIRONMENT"] ?? "production");
  return [...(result["staging"] === "success" ? ["staging"] : []), ...(result["deploy"] === "success" ? [main] : [])];
}

describe("a run of deploy.yml", () => {
  it.each<[string, Run, string[]]>([
    ["a push", {}, ["staging", "production"]],
    ["a push, without staging", { vars: {} }, ["production"]],
    // resolve-environment.yml fails for want of the other one.
    [
      "a push, with half of the variables of staging",
      { vars: { STAGING_SERVICE_URL: "x" }, ends: { "staging-environment": "failure" } },
      [],
    ],
    ["a push, for staging alone", { vars: { ...stagingVariables, DEPLOY_ENVIRONMENT: "staging" } }, ["staging"]],
    ["a push on one machine", { vars: { ...stagingVariables, DEPLOY_ENVIRONMENT: "local" } }, ["local"]],
    ["production by hand", { event: "workflow_dispatch", inputs: { environment: "production" } }, ["production"]],
    ["staging by hand", { event: "workflow_dispatch", inputs: { environment: "staging" } }, ["staging"]],
  ])("%s", (_, run, expected) => {
    expect(deployed(run)).toEqual(expected);
  });

  it.each(["failure", "cancelled", "skipped"] as const)("goes no further after a job that was %s", (end) => {
    const after = (name: string, run: Run = {}) => deployed({ ...run, ends: { [name]: end } });
    for (const name of ["environment", "test", "build-api", "build-ml"]) {
      expect(after(name)).toEqual([]);
      expect(after(name, { vars: {} })).toEqual([]);
    }
    expect(after("staging")).toEqual([]);
    if (end !== "skipped") expect(after("staging-environment")).toEqual([]);
  });

  it("builds each image once, side by side after the tests, with the role of the environment that it is for", () => {
    const builds = Object.entries(jobs).filter(([, { uses }]) => uses?.endsWith("/build.yml"));
    expect(builds.map(([name]) => name)).toEqual(["build-api", "build-ml"]);
    for (const [name, { with: given }] of builds) {
      expect(needsOf(name)).toEqual(["environment", "test"]);
      expect(given?.["role-to-assume"]).toBe("${{ needs.environment.outputs.build-role }}");
    }
  });

  it.each(deploying)("job %s deploys the digests that were built", (name) => {
    expect(jobs[name]!.with).toMatchObject({
      image: "${{ needs.build-api.outputs.image }}",
      "dependency-image": "${{ needs.build-ml.outputs.image }}",
      "expect-version": "${{ needs.build-api.outputs.version }}",
      "dependency-version": "${{ needs.build-ml.outputs.version }}",
    });
  });

  it.each(deploying)("job %s takes everything else from its own environment", (name) => {
    const source = name === "staging" ? "staging-environment" : "environment";
    const other = name === "staging" ? "needs.environment." : "needs.staging-environment.outputs";
    expect(JSON.stringify(jobs[name]!.with)).not.toContain(other);
    for (const key of ["environment", "url", "cluster", "service", "dependency-service", "migration-family"])
      expect(jobs[name]!.with![key]).toContain(`needs.${source}.outputs.`);
    expect(jobs[name]!.permissions).toEqual({ "id-token": "write" });
    expect(Object.keys(jobs[name]!.secrets!)).toEqual(["notify-webhook-url"]);
  });

  it("asks for one approval, that of the environment in the one job that deploys to it, and does nothing afterwards", () => {
    expect(jobsOf("workflows/deploy-service.yml").filter(([, { environment }]) => environment)).toHaveLength(1);
    const calls = Object.keys(jobs).filter((name) => jobs[name]!.uses?.endsWith("/deploy-service.yml"));
    expect(calls).toEqual(deploying);
    for (const { environment } of Object.values(jobs)) expect(environment).toBeUndefined();
    expect(Object.keys(jobs).filter((name) => needsOf(name).includes("deploy"))).toEqual([]);
  });

  it("is what runs the tests of main", () => {
    expect(workflow(".github/workflows/test.yml").on).not.toHaveProperty("push");
  });
});

describe("the queue of each environment", () => {
  const groupOf = (name: (typeof deploying)[number], environment: string) =>
    evaluate(jobs[name]!.concurrency!.group, {
      needs: {
        environment: { outputs: { environment } },
        "staging-environment": { outputs: { environment: "staging" } },
      },
    });

  it.each(deploying)("job %s waits in it, is never interrupted, and never dropped", (name) => {
    expect(jobs[name]!.concurrency).toMatchObject({ "cancel-in-progress": false, queue: "max" });
  });

  it("is the same for a push and for a run by hand", () => {
    expect(groupOf("staging", "production")).toBe("deploy-staging");
    expect(groupOf("deploy", "staging")).toBe("deploy-staging");
    expect(groupOf("deploy", "production")).toBe("deploy-production");
  });

  // GitHub cancels a run whose job waits for the group that the run itself holds.
  it("is not the group of the whole run, which would wait for itself", () => {
    for (const environment of ["production", "staging", "local"]) {
      const run = evaluate(concurrency.group, { inputs: { environment }, vars: {} });
      expect(run).toBe(`deploy-run-${environment}`);
      expect([groupOf("deploy", environment), groupOf("staging", environment)]).not.toContain(run);
    }
  });
});

describe("the checks of each environment", () => {
  it("load is for staging alone, changes nothing, and is bounded", () => {
    expect(jobs["deploy"]!.with).not.toHaveProperty("performance-checks");
    const text = String(jobs["staging"]!.with!["performance-checks"]);
    expect(text).not.toMatch(/method|body/);
    const counts = [...text.matchAll(/requests: (\d+), concurrency: (\d+)/g)].map((match) =>
      match.slice(1).map(Number),
    );
    expect(counts.length).toBeGreaterThan(1);
    for (const [requests = 0, concurrent = 0] of counts) {
      expect(requests).toBeLessThanOrEqual(500);
      expect(concurrent).toBeLessThanOrEqual(10);
    }
  });

  it("production has a bake time, which a variable changes; other environments have none", () => {
    const minutes = (environment: string, vars: Record<string, string> = {}) =>
      evaluate(String(jobs["deploy"]!.with!["bake-minutes"]), {
        vars,
        needs: { environment: { outputs: { environment } } },
      });
    expect([minutes("production"), minutes("production", { BAKE_MINUTES: "25" })]).toEqual(["10", "25"]);
    const none = [minutes("production", { BAKE_MINUTES: "0" }), minutes("staging"), minutes("local")];
    expect(none).toEqual(["0", "0", "0"]);
    expect(jobs["staging"]!.with).not.toHaveProperty("bake-minutes");
  });

  it("the alarms are those that Terraform's deployment contract has", () => {
    const contract = read("infra/modules/platform/contract.tf");
    const keys = /request_alarms = \[for key in \[([^\]]+)\]/.exec(contract)![1]!.match(/[\w-]+/g)!;
    const named = (suffix: string) =>
      String(evaluateText(String(jobs["deploy"]!.with!["bake-alarms"]), suffix))
        .trim()
        .split("\n");
    expect(named("")).toEqual(keys.map((key) => `rainbow-seeker-${key}`));
    expect(named("-staging")).toEqual(keys.map((key) => `rainbow-seeker-${key}-staging`));
  });
});

const evaluateText = (text: string, suffix: string): string =>
  text.replaceAll("${{ needs.environment.outputs.suffix }}", suffix);

describe("a job of deploy-service.yml", () => {
  const steps = stepsOf("workflows/deploy-service.yml");
  const at = (name: string) => steps.findIndex((step) => step.name === name);
  const step = (name: string) => steps[at(name)]!;
  const service = "${{ inputs.service }}";
  const dependency = "${{ inputs.dependency-service }}";

  it("checks what the bake time watches before it deploys, and watches it after all other checks", () => {
    const order = [
      "Check what the bake time watches",
      `Deploy ${dependency}`,
      `Deploy ${service}`,
      `Smoke test of ${dependency}`,
      `Smoke test of ${service}`,
      "Performance check",
      "Bake time",
      `Roll back ${service}`,
      `Roll back ${dependency}`,
      "Notify",
    ].map(at);
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    const [before, after] = [step("Check what the bake time watches"), step("Bake time")];
    for (const key of ["cluster", "alarms", "max-5xx-percent", "minutes"])
      expect(before.with![key]).toEqual(after.with![key]);
    expect(before.with!["plan"]).toBe(true);
  });

  interface Ended {
    outcome: string;
    unverified?: boolean;
    /** The revision is the one that ran before. */
    same?: boolean;
    stopped?: boolean;
  }
  /** What the last steps see, after these two deployments. */
  function context(api: Ended | undefined, ml: Ended | undefined, inputs: Record<string, unknown> = {}) {
    const outputs = (name: string, ended: Ended | undefined) =>
      ended === undefined
        ? {}
        : {
            outcome: ended.outcome,
            unverified: String(ended.unverified ?? ended.outcome === "succeeded"),
            stopped: String(ended.stopped ?? false),
            "task-definition-arn": `arn:${name}:2`,
            "previous-task-definition-arn": ended.same ? `arn:${name}:2` : `arn:${name}:1`,
          };
    return {
      inputs: {
        url: "https://x/",
        "bake-minutes": 10,
        "rollback-on-failure": true,
        "on-cancel": "rollback",
        plan: false,
        service: "api",
        "dependency-service": "ml",
        "expect-version": "v-api",
        "dependency-version": "v-ml",
        ...inputs,
      },
      steps: {
        deploy: { outputs: outputs("api", api) },
        dependency: { outputs: outputs("ml", ml) },
      },
    };
  }
  type Context = ReturnType<typeof context>;
  const decide = (text: string, given: Context, status: "failure" | "cancelled" | "success" = "success") =>
    evaluate(
      text.replace("failure()", String(status === "failure")).replace("cancelled()", String(status === "cancelled")),
      given as never,
    );
  const filled = (text: unknown, given: Context): string[] =>
    String(text)
      .replaceAll(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => String(evaluate(expression, given as never)))
      .split("\n")
      .filter((line) => line !== "");

  const live: Ended = { outcome: "succeeded" };
  const unchanged: Ended = { outcome: "unchanged", same: true };
  const leftOver: Ended = { outcome: "unchanged", same: true, unverified: true };
  const resumed: Ended = { outcome: "succeeded", same: true, unverified: true };

  it.each<[string, Ended | undefined, Ended | undefined, string[]]>([
    ["two new revisions", live, live, ["api", "ml"]],
    ["one that is new", live, unchanged, ["api"]],
    ["nothing new", unchanged, unchanged, []],
    ["what a killed run has left unverified", leftOver, unchanged, ["api"]],
    ["a deployment that a killed run has begun", resumed, leftOver, ["api", "ml"]],
    ["one service", live, undefined, ["api"]],
  ])("bakes and then marks %s", (_, api, ml, expected) => {
    const given = context(api, ml);
    const bake = step("Bake time");
    const runs = decide(bake.if!, given) === true;
    expect(runs).toBe(expected.length > 0);
    if (runs) expect(filled(bake.with!["service"], given)).toEqual(expected);
    if (runs) expect(filled(bake.with!["verified"], given)).toEqual(expected.map((one) => `arn:${one}:2=v-${one}`));
    // What is not baked is marked by its smoke test, as without a bake time.
    const marked = (name: string) => filled(step(name).with!["task-definition-arn"], given);
    expect(marked(`Smoke test of ${service}`)).toEqual(expected.includes("api") ? [] : ["arn:api:2"]);
    if (ml) expect(marked(`Smoke test of ${dependency}`)).toEqual(expected.includes("ml") ? [] : ["arn:ml:2"]);
  });

  it("bakes nothing in an emergency, in a plan, without minutes, or of what was never to be verified", () => {
    const bakes = (given: Context) => decide(step("Bake time").if!, given);
    expect(bakes(context(live, live))).toBe(true);
    expect(bakes(context({ ...live, stopped: true }, live))).toBe(false);
    expect(bakes(context(live, live, { plan: true }))).toBe(false);
    expect(bakes(context(live, live, { "bake-minutes": 0 }))).toBe(false);
    expect(bakes(context(leftOver, leftOver, { url: "" }))).toBe(false);
  });

  it("without a bake time the smoke test marks, as before", () => {
    const given = context(live, live, { "bake-minutes": 0 });
    expect(filled(step(`Smoke test of ${service}`).with!["task-definition-arn"], given)).toEqual(["arn:api:2"]);
  });

  it.each<[string, Ended | undefined, string | undefined]>([
    ["a new revision", live, "arn:api:1"],
    ["one that failed", { outcome: "failed" }, "arn:api:1"],
    ["one that ECS rolled back", { outcome: "rolled-back" }, undefined],
    ["one that was not deployed", undefined, undefined],
    ["one that was verified before", unchanged, undefined],
    ["one that a killed run has left unverified", leftOver, "last-healthy"],
    ["one whose deployment a killed run has begun", resumed, "last-healthy"],
  ])("rolls back %s when a later step fails, or the job is cancelled", (_, api, to) => {
    const given = context(api, unchanged);
    const rollback = step(`Roll back ${service}`);
    for (const status of ["failure", "cancelled"] as const)
      expect(decide(rollback.if!, given, status)).toBe(to !== undefined);
    expect(decide(rollback.if!, given)).toBe(false);
    if (to !== undefined) expect(filled(rollback.with!["to"], given)).toEqual([to]);
    const other = step(`Roll back ${dependency}`);
    expect(decide(other.if!, context(unchanged, api), "failure")).toBe(to !== undefined);
  });
});
