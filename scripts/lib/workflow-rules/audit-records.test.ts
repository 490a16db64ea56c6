// Every run that changes an environment leaves an audit record, however it ends, with the explanation of whatever failed.
import { describe, expect, it } from "vitest";
import { evaluate } from "../evaluate-expression.ts";
import { jobsOf, logsIn, own, read, reusable, workflow, type Step } from "../read-workflows.ts";

const recording = "$/actions/audit-record";
const explaining = "  explanation:";
const recorded = reusable.flatMap((path) =>
  jobsOf(path).flatMap(([, { steps = [] }]): [string, Step[]][] =>
    steps.some(({ uses }) => uses === recording) ? [[path, steps]] : [],
  ),
);

/** Inputs with which nothing is changed, and with which something is. */
const inputsOf: Record<
  string,
  { reading?: Record<string, string | boolean>; changing: Record<string, string | boolean> }
> = {
  "workflows/backup-database.yml": { reading: { mode: "backup" }, changing: { mode: "swap" } },
  "workflows/deploy-service.yml": { reading: { plan: true }, changing: { plan: false } },
  "workflows/emergency-service.yml": { reading: { step: "status" }, changing: { step: "stop" } },
  "workflows/rollback-service.yml": { reading: { "dry-run": true }, changing: { "dry-run": false } },
  "workflows/prune-backups.yml": { changing: {} },
};

describe("audit records", () => {
  it("are left by every reusable workflow that deploys, rolls back, backs up, prunes or runs a step of an emergency", () => {
    expect(recorded.map(([path]) => path).toSorted()).toEqual(Object.keys(inputsOf).toSorted());
  });

  it.each(recorded)(
    "%s: at the end, however it ends, with the explanation of each step that can fail",
    (_path, steps) => {
      const end = steps.findLast(({ uses }) => uses === recording);
      expect(end?.if).toMatch(/^always\(\)/);
      expect(end?.with).toMatchObject({ "log-group": "${{ inputs.audit-log-group }}", outcome: "${{ job.status }}" });
      const explanation = String(end?.with?.["explanation"]);
      const failing = steps.filter(
        ({ uses = "" }) =>
          uses.startsWith("$/actions/") &&
          uses !== recording &&
          read(`${uses.replace("$/", "")}/action.yml`).includes(explaining),
      );
      expect(failing.length).toBeGreaterThan(0);
      for (const { id, name } of failing) {
        expect(id, name).toBeDefined();
        expect(explanation).toContain(`steps.${id}.outputs.explanation`);
      }
      // Nothing that works comes after it.
      expect(steps.slice(steps.indexOf(end!) + 1).filter(({ uses }) => uses !== "$/actions/notify")).toEqual([]);
    },
  );

  it.each(recorded.filter(([path]) => !path.endsWith("/prune-backups.yml")))(
    "%s: at the start, once it is logged in and before anything is changed",
    (path, steps) => {
      const index = steps.findIndex(({ uses }) => uses === recording);
      const { if: condition = "", with: given } = steps[index]!;
      expect(given).toMatchObject({ outcome: "started" });
      expect(logsIn(steps[index - 1]!)).toBe(true);
      const { reading = {}, changing } = inputsOf[path]!;
      const starts = (inputs: Record<string, string | boolean>) =>
        evaluate(condition, { inputs: { "audit-log-group": "/audit/x", ...inputs } });
      expect([starts(reading), starts(changing), starts({ ...changing, "audit-log-group": "" })]).toEqual([
        false,
        true,
        false,
      ]);
    },
  );

  it("go into the log group that Terraform makes, wherever this repository calls one of these workflows", () => {
    const called = new Set<string>();
    for (const [name, job] of own.flatMap(jobsOf)) {
      const path = job.uses?.replace("$/.github/", "") ?? "";
      if (!(path in inputsOf)) continue;
      called.add(path);
      const group = String(job.with?.["audit-log-group"]);
      const at = (suffix: string) =>
        evaluate(group, {
          needs: { environment: { outputs: { suffix } }, "staging-environment": { outputs: { suffix } } },
        });
      expect([name, at(""), at("-staging")]).toEqual([name, "/audit/rainbow-seeker", "/audit/rainbow-seeker-staging"]);
      expect(workflow(job.uses!.replace("$/", "")).on.workflow_call!.inputs).toHaveProperty("environment");
      expect(job.with).toHaveProperty("environment");
    }
    expect([...called].toSorted()).toEqual(Object.keys(inputsOf).toSorted());
    expect(read("infra/modules/observability/audit.tf")).toContain('"/audit/${var.name}${var.suffix}"');
  });
});
