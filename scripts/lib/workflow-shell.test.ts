// The shell in the workflows, run as GitHub runs it.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { jobsOf, read, stepsOf, type Job, type Step } from "./read-workflows.ts";

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
        [
          "BUILD_ROLE",
          "DEPLOY_ROLE",
          "BACKUP_ROLE",
          "PRUNE_ROLE",
          "READ_ROLE",
          "APPLY_ROLE",
          "EMERGENCY_ROLE",
          "MAINTENANCE_RULE",
          "URL",
        ].map((name) => [`${environment.toUpperCase()}_${name}`, `${environment} ${name}`]),
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
          `read-role=${environment} READ_ROLE`,
          `apply-role=${environment} APPLY_ROLE`,
          `emergency-role=${environment} EMERGENCY_ROLE`,
          `maintenance-rule=${environment} MAINTENANCE_RULE`,
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

    it("names the variable of a rule and of a role as docs/variables.md does", () => {
      const required = { REQUIRED: "maintenance-rule emergency-role" };
      const missing = { PRODUCTION_MAINTENANCE_RULE: "", PRODUCTION_EMERGENCY_ROLE: "" };
      const { stdout } = resolve("production", { ...required, ...missing });
      expect([...stdout.matchAll(/variable (\S+) is not set/g)].map(([, name]) => name)).toEqual([
        "AWS_EMERGENCY_ROLE",
        "MAINTENANCE_RULE",
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
    const defaults = {
      SERVICES: "1",
      WAIT: "30",
      BAKE: "0",
      SMOKE: "120",
      PERFORMANCE: "0",
      TIMEOUT: "58",
      SESSION: "3600",
    };
    const check = (more: Record<string, string>) =>
      runStep(
        steps.find(({ name }) => name === "Check the time limits"),
        { ...env, ...defaults, ...more },
      );

    it("accepts its defaults, and what deploy.yml gives", () => {
      expect(check({})).toMatchObject({ code: 0, stdout: "" });
      const ofDeploy = { SERVICES: "2", TIMEOUT: "115", SESSION: "7200" };
      expect(check({ ...ofDeploy, BAKE: "10" })).toMatchObject({ code: 0, stdout: "" });
      expect(check({ ...ofDeploy, PERFORMANCE: "300" })).toMatchObject({ code: 0, stdout: "" });
      expect(check({ ...ofDeploy, BAKE: "27" })).toMatchObject({ code: 1 });
    });

    it.each([
      ["a second service", { SERVICES: "2" }, /timeout-minutes: 58 is less than the 89 minutes/],
      ["a longer wait", { WAIT: "45" }, /timeout-minutes: 58 is less than the 62 minutes/],
      ["a bake time", { BAKE: "15" }, /timeout-minutes: 58 is less than the 62 minutes/],
      ["a performance check", { PERFORMANCE: "661" }, /timeout-minutes: 58 is less than the 59 minutes/],
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

  describe("emergency-service.yml", () => {
    const stepOf = (name: string) => stepsOf("workflows/emergency-service.yml").find((step) => step.name === name);
    const given = { STEP: "stop", REASON: "sightings are overwritten", SERVICES: "api, ml", WAIT: "15" };
    const database = { DATABASE: "shiojiri_rainbow", CONFIRM: "shiojiri_rainbow" };
    const check = (env: Record<string, string>) =>
      runStep(stepOf("Check the inputs"), { ...given, ...database, ...env });

    it.each(["stop", "protect", "release", "resume"])("takes %s with its reason", (step) => {
      expect(check({ STEP: step })).toEqual({ code: 0, stdout: "", outputs: ["first-service=api"] });
    });

    it.each([
      ["a state without reason and database", { STEP: "status", REASON: "", DATABASE: "", CONFIRM: "" }],
      ["a stop without confirmation", { CONFIRM: "" }],
      ["a resume where there is no database", { STEP: "resume", DATABASE: "", CONFIRM: "" }],
    ])("takes %s", (_, env) => {
      expect(check(env)).toMatchObject({ code: 0, stdout: "" });
    });

    it.each([
      ["another step", { STEP: "delete" }, ["step"]],
      ["no reason", { REASON: "  " }, ["reason"]],
      ["a database that is not confirmed", { STEP: "resume", CONFIRM: "shiojiri" }, ["confirm"]],
      ["a database that is not named", { STEP: "protect", DATABASE: "", CONFIRM: "" }, ["database"]],
      ["a longer wait", { WAIT: "31" }, ["wait-for-minutes"]],
      [
        "all problems at once",
        { STEP: "protect", REASON: "", CONFIRM: "", WAIT: "31" },
        ["reason", "confirm", "wait-for-minutes"],
      ],
    ])("refuses %s", (_, env, titles) => {
      const { code, stdout } = check(env as Record<string, string>);
      expect(code).toBe(1);
      expect(
        [...stdout.matchAll(/^::error title=([\w-]+)::\1: .+ Nothing was done\.$/gm)].map(([, title]) => title),
      ).toEqual(titles);
    });

    const next = (step: string, outcomes: string) => {
      const [DATABASE = "", SERVICES = "", SMOKE = ""] = outcomes.split(" ");
      const summary = join(makeTestFolder("summary-"), "summary.md");
      const { code, stdout } = runStep(stepOf("What comes next"), {
        STEP: step,
        DATABASE,
        SERVICES,
        SMOKE,
        GITHUB_STEP_SUMMARY: summary,
      });
      expect(code).toBe(0);
      expect(readFileSync(summary, "utf8")).toBe(`**Next:** ${stdout.trim().replace("::notice title=Next::", "")}\n`);
      return stdout;
    };

    it.each([
      ["status", "skipped success skipped", "The table has the state"],
      ["status", "skipped failure skipped", "Run status again"],
      ["stop", "skipped success skipped", "The services are stopped."],
      ["stop", "skipped failure skipped", "Run stop again"],
      ["stop", "skipped cancelled skipped", "Run stop again"],
      ["stop", "skipped skipped skipped", "no login to AWS"],
      ["protect", "success success skipped", "can no longer write"],
      ["protect", "success failure skipped", "can no longer write"],
      ["protect", "failure skipped skipped", "as it was, or protected completely. Run protect again"],
      ["protect", "skipped skipped skipped", "no login to AWS"],
      ["release", "success success skipped", "may write again"],
      ["release", "failure skipped skipped", "Run release again"],
      ["resume", "success success success", "The emergency is over"],
      ["resume", "skipped success skipped", "The emergency is over"],
      ["resume", "failure skipped skipped", "Nothing was resumed"],
      ["resume", "success failure skipped", "run resume again, or stop"],
      ["resume", "skipped cancelled skipped", "run resume again, or stop"],
      ["resume", "success success failure", "resume repeats the smoke test"],
      ["resume", "skipped skipped skipped", "no login to AWS"],
    ])("after %s, %s: %s", (step, outcomes, text) => {
      expect(next(step, outcomes)).toContain(text);
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
