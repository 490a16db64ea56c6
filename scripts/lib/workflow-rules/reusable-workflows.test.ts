// What neither actionlint nor zizmor checks in the reusable workflows: inputs, sessions, time limits.
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { jobsOf, logsIn, own, read, reusable, stepsOf, workflow } from "../read-workflows.ts";

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

describe("workflows/", () => {
  it("has the sources of what .github/workflows has", () => {
    expect(own.map((path) => basename(path))).toEqual(expect.arrayContaining(reusable.map((path) => basename(path))));
  });
});
