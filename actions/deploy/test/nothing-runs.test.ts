// A deployment that ends with "0 of 0 tasks" is said aloud, unless it was asked for.
import { afterEach, describe, expect, it } from "vitest";
import { arnOf, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { deploy, stable, stopLast } from "./deploy-scenario.ts";
import { definition, file, pinned } from "./run-deploy.ts";

afterEach(stopLast);

const empty: EcsScenario = { steps: [{ at: 2, running: 0, state: "COMPLETED" }], desired: 0 };
const image = pinned("old");

describe("a service whose desired count is 0", () => {
  it("is a warning of the step and of the summary, with what to set", async () => {
    const { outputs, warnings, summary } = await deploy(empty);
    expect(outputs["outcome"]).toBe("succeeded");
    expect(warnings).toEqual([
      "api: api:2 is deployed, and nothing runs: the desired count of the service is 0. Set the input desired-count, for example to 1, or before the first deployment the tag deploy:initial-count of the service. If it is meant to be 0, say so with desired-count: 0.",
    ]);
    expect(summary).toContain("### ⚠️ api: revision 2 deployed, desired count 0");
    expect(summary).toContain("Set the input desired-count");
  });

  it("is one too where nothing had to be deployed, and where the step does not wait", async () => {
    const unchanged = await deploy(
      { ...empty, revisions: { 1: { image } } },
      { "task-definition": file(definition(image)) },
    );
    expect(unchanged.outputs["outcome"]).toBe("unchanged");
    expect(unchanged.warnings).toEqual([expect.stringContaining("api: api:1 is deployed, and nothing runs")]);
    const notWaited = await deploy(empty, { "wait-for-service-stability": "" });
    expect(notWaited.warnings).toEqual([expect.stringContaining("nothing runs")]);
  });

  it("is none where it was asked for, where tasks run, and of a failure", async () => {
    expect((await deploy({ ...empty, desired: 3 }, { "desired-count": "0" })).warnings).toEqual([]);
    expect((await deploy(empty, { "desired-count": "0" })).warnings).toEqual([]);
    expect((await deploy(stable)).warnings).toEqual([]);
    expect((await deploy(empty, { "desired-count": "3" }, () => ({}))).warnings).toEqual([]);
    expect((await deploy({ ...empty, service: { schedulingStrategy: "DAEMON" } })).warnings).toEqual([]);
    const failed = await deploy({ desired: 0, steps: [{ at: 2, state: "FAILED", reason: "no" }] });
    expect(failed.outputs["outcome"]).toBe("failed");
    expect(failed.warnings).toEqual([]);
  });

  it("is none on a first deployment with the tag deploy:initial-count, and one in an emergency", async () => {
    const initial = { key: "deploy:initial-count", value: "3" };
    const first = { steps: [{ at: 2, running: 3, state: "COMPLETED" as const }], desired: 0 };
    const begun = await deploy({ ...first, service: { tags: [initial] } });
    expect([begun.warnings, begun.outputs["stopped"]]).toEqual([[], "false"]);
    const tags = [initial, { key: "emergency:reason", value: "database is being restored" }];
    const { warnings, outputs } = await deploy({ ...empty, service: { tags } });
    expect(outputs).toMatchObject({ outcome: "succeeded", stopped: "true" });
    expect(warnings).toEqual([expect.stringContaining("tag emergency:reason (database is being restored)")]);
  });

  it("of CodeDeploy gets the command that sets it", async () => {
    const service = {
      deploymentController: { type: "CODE_DEPLOY" },
      taskSets: [{ status: "PRIMARY", taskDefinition: arnOf(1) }],
    };
    const appSpec = file("Resources:\n  - T:\n      Properties: { TaskDefinition: x }\n", "appspec.yaml");
    const { warnings } = await deploy(
      { steps: [], desired: 0, service },
      { "codedeploy-appspec": appSpec, "wait-for-service-stability": "" },
      () => ({ "codedeploy:CreateDeployment": () => ({ deploymentId: "d-1" }) }),
    );
    expect(warnings).toEqual([
      expect.stringContaining("aws ecs update-service --cluster default --service api --desired-count 1"),
    ]);
  });
});
