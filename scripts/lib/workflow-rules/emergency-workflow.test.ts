// What the steps of emergency.yml do, in which order, and what they wait for.
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { evaluate } from "../evaluate-expression.ts";
import { jobsOf, read, type Job } from "../read-workflows.ts";

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

  /** Steps that run, in their order, if all of them succeed; without records and the post. */
  const stepsFor = (step: string, inputs: Record<string, string> = {}) =>
    (service?.steps ?? [])
      .filter(({ uses, if: condition }) => {
        const context = { inputs: { step, database: "shiojiri_rainbow", url: "https://example.com/", ...inputs } };
        if (uses === "$/actions/notify" || uses === "$/actions/audit-record") return false;
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
