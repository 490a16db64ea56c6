// What neither actionlint nor zizmor checks in the workflows: what GitHub and AWS enforce, and act does not.
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";

interface Step {
  name?: string;
  id?: string;
  uses?: string;
  if?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
interface Job {
  uses?: string;
  if?: string;
  needs?: string | string[];
  with?: Record<string, unknown>;
  steps?: Step[];
  "timeout-minutes"?: number | string;
  environment?: unknown;
  env?: Record<string, string>;
}
interface Workflow {
  on: { workflow_call?: { inputs: Record<string, { required?: boolean; default?: unknown }> } };
  concurrency?: Record<string, unknown>;
  jobs: Record<string, Job>;
}
/** Recorded from the action.yml of each pinned commit. */
interface ThirdParty {
  version: string;
  using: string;
  inputs: string[];
  required: string[];
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
const workflow = (path: string) => load(read(path)) as Workflow;
const own = globSync(".github/workflows/*.yml", { cwd: root });
const reusable = globSync("workflows/*.yml", { cwd: root });
const examples = globSync("examples/**/.github/workflows/*.yml", { cwd: root });
const jobsOf = (path: string) => Object.entries(workflow(path).jobs);
const stepsOf = (path: string) => jobsOf(path).flatMap(([, { steps = [] }]) => steps);
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

describe("concurrency", () => {
  const concurrencyOf = (name: string) => workflow(`.github/workflows/${name}`).concurrency;

  it("keeps every pending rollback and backup", () => {
    for (const name of ["rollback.yml", "backup.yml"])
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

describe("the shell of the workflows", () => {
  /** Runs a step as GitHub does, `bash -e`. */
  function runStep(step: Step | undefined, env: Record<string, string>) {
    const folder = makeTestFolder("workflow-step-");
    const output = join(folder, "output");
    writeFileSync(output, "");
    writeFileSync(join(folder, "script.sh"), step?.run ?? "exit 99");
    try {
      const given = { PATH: process.env["PATH"] ?? "", GITHUB_OUTPUT: output, ...env };
      const stdout = execFileSync("bash", ["-e", join(folder, "script.sh")], { env: given, encoding: "utf8" });
      return { code: 0, stdout, outputs: readFileSync(output, "utf8").trim().split("\n") };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      return { code: status, stdout, outputs: [] };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  describe("environment", () => {
    const step = stepsOf(".github/workflows/resolve-environment.yml").find(({ id }) => id === "resolve");
    const roles = (environment: string) =>
      Object.fromEntries(
        ["BUILD_ROLE", "DEPLOY_ROLE", "BACKUP_ROLE", "PRUNE_ROLE", "URL"].map((name) => [
          `${environment.toUpperCase()}_${name}`,
          `${environment} ${name}`,
        ]),
      );
    const resolve = (environment: string, more: Record<string, string> = {}) =>
      runStep(step, {
        ENVIRONMENT: environment,
        REQUIRED: "build-role deploy-role url",
        REF: "refs/heads/main",
        DEFAULT_BRANCH: "main",
        ...roles("production"),
        ...roles("staging"),
        ...roles("local"),
        ...more,
      });

    it.each([
      ["production", ""],
      ["staging", "-staging"],
      ["local", "-local"],
    ])("%s has roles of its own", (environment, suffix) => {
      expect(resolve(environment)).toMatchObject({
        code: 0,
        outputs: [
          `environment=${environment}`,
          `suffix=${suffix}`,
          `build-role=${environment} BUILD_ROLE`,
          `deploy-role=${environment} DEPLOY_ROLE`,
          `backup-role=${environment} BACKUP_ROLE`,
          `prune-role=${environment} PRUNE_ROLE`,
          `url=${environment} URL`,
        ],
      });
    });

    it.each(["prod", "Production", "test", "production ", "*", "../production"])(
      "refuses %j instead of taking production's roles",
      (environment) => {
        const { code, stdout } = resolve(environment);
        expect(code).toBe(1);
        expect(stdout).toContain("it must be production, staging or local");
      },
    );

    it("deploys production from the default branch only, staging from any", () => {
      const branch = { REF: "refs/heads/fix" };
      expect(resolve("production", branch)).toMatchObject({ code: 1 });
      expect(resolve("production", branch).stdout).toContain("Production is deployed from main only");
      expect(resolve("staging", branch)).toMatchObject({ code: 0 });
    });

    it("names every variable that is not set, and only those that are required", () => {
      const { code, stdout } = resolve("staging", {
        STAGING_BUILD_ROLE: "",
        STAGING_PRUNE_ROLE: "",
        STAGING_URL: "",
      });
      expect(code).toBe(1);
      expect([...stdout.matchAll(/variable (\S+) is not set/g)].map(([, name]) => name)).toEqual([
        "STAGING_AWS_BUILD_ROLE",
        "STAGING_SERVICE_URL",
      ]);
    });

    it("reads the variables that docs/variables.md names", () => {
      const variables = [...read(".github/workflows/resolve-environment.yml").matchAll(/vars\.(\w+)/g)]
        .map(([, name = ""]) => name)
        .filter((name) => !name.startsWith("LOCAL_"));
      const documented = read("docs/variables.md");
      expect(variables.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
    });
  });

  describe("time limits of deploy-service.yml", () => {
    const [, { env, steps = [] } = {} as Job] = jobsOf("workflows/deploy-service.yml")[0]!;
    const defaults = { SERVICES: "1", WAIT: "30", BAKE: "0", SMOKE: "120", TIMEOUT: "58", SESSION: "3600" };
    const check = (more: Record<string, string>) =>
      runStep(
        steps.find(({ name }) => name === "Check the time limits"),
        { ...env, ...defaults, ...more },
      );

    it("accepts its defaults, and what deploy.yml gives", () => {
      expect(check({})).toMatchObject({ code: 0, stdout: "" });
      expect(check({ SERVICES: "2", TIMEOUT: "115", SESSION: "7200" })).toMatchObject({ code: 0, stdout: "" });
    });

    it.each([
      ["a second service", { SERVICES: "2" }, /timeout-minutes: 58 is less than the 89 minutes/],
      ["a longer wait", { WAIT: "45" }, /timeout-minutes: 58 is less than the 62 minutes/],
      ["a bake time", { BAKE: "15" }, /timeout-minutes: 58 is less than the 62 minutes/],
      ["a longer smoke test", { SMOKE: "781" }, /timeout-minutes: 58 is less than the 59 minutes/],
      ["a longer job", { TIMEOUT: "61" }, /role-duration-seconds: 3600 is less than the 61 minutes/],
    ])("refuses %s before anything is deployed", (_, more, message) => {
      const { code, stdout } = check(more as Record<string, string>);
      expect(code).toBe(1);
      expect(stdout).toMatch(message);
    });

    it("is the first step", () => {
      expect(steps.findIndex(({ name }) => name === "Check the time limits")).toBe(0);
    });
  });

  it.each([
    ["workflows/rollback-service.yml", { WAIT: "30" }, { WAIT: "51" }],
    ["workflows/backup-database.yml", { TIMEOUT: "350", SESSION: "21600" }, { TIMEOUT: "350", SESSION: "3600" }],
  ] as [string, Record<string, string>, Record<string, string>][])(
    "%s refuses other time limits",
    (path, good, bad) => {
      const step = stepsOf(path).find(({ name }) => name?.startsWith("Check the time limit"));
      expect(runStep(step, good)).toMatchObject({ code: 0, stdout: "" });
      expect(runStep(step, bad)).toMatchObject({ code: 1 });
      expect(runStep(step, bad).stdout).toMatch(/^::error title=/);
    },
  );
});

describe("workflows/", () => {
  it("has the sources of what .github/workflows has", () => {
    expect(own.map((path) => basename(path))).toEqual(expect.arrayContaining(reusable.map((path) => basename(path))));
  });
});
