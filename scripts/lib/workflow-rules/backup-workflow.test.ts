// When backup.yml runs, what it then does, and which issue it keeps, by GitHub's own evaluator of expressions.
import { globSync } from "node:fs";
import { basename } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../../infra/local/paths.ts";
import { evaluate } from "../evaluate-expression.ts";
import { read, type Job } from "../read-workflows.ts";

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
