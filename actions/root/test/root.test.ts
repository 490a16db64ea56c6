// The root action against a scripted ECS and a real service: live and verified, or as it was.
import { afterEach, describe, expect, it } from "vitest";
import { arnOf } from "../../shared/test/scripted-ecs.ts";
import { readInputs } from "../src/inputs.ts";
import { good, release, stopAll } from "./release.ts";

afterEach(stopAll);

const crash = { stopCode: "EssentialContainerExited", reason: "Essential container in task exited", exitCode: 1 };

describe("the root action", () => {
  it("goes from images to a live, verified service, in one summary with a timeline", async () => {
    const { aws, outputs, error, summary } = await release(good);
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({
      outcome: "succeeded",
      passed: true,
      "task-definition-arn": arnOf(2),
      "previous-task-definition-arn": arnOf(1),
    });
    expect(aws.last("ecs:TagResource")).toMatchObject({ resourceArn: arnOf(2) });
    for (const part of [
      "### ✅ api: revision 2 deployed and verified\n",
      "old:1 → new",
      "#### ✅ api: revision 2 deployed, 3 of 3 tasks",
      "#### ✅ Smoke test of ",
      "```mermaid\ngantt",
      "Deploy (",
      ":done",
    ])
      expect(summary).toContain(part);
  });

  it("in an emergency, deploys the fix and neither tests nor rolls back what does not run", async () => {
    const { outputs, error, aws, lines } = await release(
      {
        desired: 0,
        steps: [{ at: 2, running: 0, state: "COMPLETED" }],
        service: { tags: [{ key: "emergency:reason", value: "database" }] },
      },
      { "expect-version": "the fix" },
    );
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({ outcome: "succeeded", stopped: "true" });
    expect(lines).toContainEqual(expect.stringContaining("no smoke test: an emergency keeps the service at 0"));
    // One to deploy, none back; and no revision is marked as verified.
    expect([aws.count("ecs:UpdateService"), aws.count("ecs:TagResource")]).toEqual([1, 0]);
  });

  it("goes back when the smoke test fails, and says both", async () => {
    const { aws, outputs, error, summary } = await release(good, { "expect-version": "newer" });
    expect(summary.split("\n")[0]).toBe(
      "### ❌ api: revision 2 was rolled back to revision 1 because the smoke test failed",
    );
    for (const part of ["#### ❌ Smoke test of ", "#### ✅ api: rolled back to revision 1, 3 of 3 tasks running"])
      expect(summary).toContain(part);
    expect(outputs["outcome"]).toBe("rolled-back");
    expect(error).toMatchObject({ name: "FailedError", outcome: "rolled-back" });
    expect(error!.message).toContain('commit is "new" instead of "newer"');
    expect(error!.message).toContain("api was rolled back to api:1");
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(1));
    expect(outputs["task-definition-arn"]).toBe(arnOf(2));
  });

  it("goes back when the deployment fails and ECS would not", async () => {
    const { error } = await release({ steps: [{ at: 2, failed: 3, stops: [crash, crash, crash] }] });
    expect(error!.message).toContain("no circuit breaker");
    expect(error!.message).toContain("api was rolled back to api:1");
  });

  it("leaves a rollback to ECS where ECS does it", async () => {
    const { aws, outputs } = await release({
      breaker: { enable: true, rollback: true },
      steps: [{ at: 2, failed: 3, stops: [crash, crash, crash], state: "FAILED", replacedBy: 1 }],
    });
    expect(outputs["outcome"]).toBe("rolled-back");
    expect(aws.count("ecs:UpdateService")).toBe(1);
  });

  it("leaves what failed in place when that was asked", async () => {
    const { aws, outputs } = await release(good, { "expect-version": "newer", "rollback-on-failure": "false" });
    expect(outputs).toMatchObject({ outcome: "succeeded", passed: false });
    expect(aws.count("ecs:UpdateService")).toBe(1);
  });

  it("does not roll back what it has not changed", async () => {
    const image = `old@sha256:${"a".repeat(64)}`;
    const { aws, outputs, error } = await release(
      { ...good, revisions: { 1: { image } } },
      { images: `api=${image}`, "expect-version": "newer" },
    );
    expect(outputs).toMatchObject({ outcome: "unchanged", passed: false });
    expect(error!.message).not.toContain("rolled back");
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("says that there is nothing to go back to where the revision that ran was deployed again", async () => {
    const { aws, outputs, error, summary } = await release(good, { images: "api=old:1", "expect-version": "newer" });
    expect(outputs).toMatchObject({ outcome: "succeeded", passed: false, "task-definition-arn": arnOf(1) });
    expect(error!.message).toContain("api was not rolled back, because api:1 is also the revision that ran before");
    expect(aws.last("ecs:UpdateService")).toMatchObject({ taskDefinition: arnOf(1), forceNewDeployment: true });
    expect(aws.count("ecs:UpdateService")).toBe(1);
    expect(summary).toContain("### ❌ api: smoke test of revision 1 failed");
  });

  it("says when going back fails too", async () => {
    let updates = 0;
    const { error, summary } = await release(
      good,
      { "expect-version": "newer" },
      {
        "ecs:ListTaskDefinitions": () => ({}),
        "ecs:TagResource": () => ({}),
        "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({
          taskDefinition: {
            taskDefinitionArn: taskDefinition,
            family: "api",
            memory: "512",
            status: String(taskDefinition).endsWith(":1") && (updates += 1) > 3 ? "INACTIVE" : "ACTIVE",
            containerDefinitions: [{ name: "api", image: "old:1" }],
          },
        }),
      },
    );
    expect(error!.message).toContain("The rollback to api:1 did not succeed either");
    expect(error!.message).toContain("is inactive");
    expect(summary).toMatch(
      /^### ❌ api: smoke test of revision 2 failed, and so did the rollback to revision 1\n[^]*is inactive/,
    );
  });

  it("stops before the first write with plan: true", async () => {
    const { aws, error } = await release(good, { plan: "true" });
    expect(error).toBeUndefined();
    expect(aws.calls.map(({ action }) => action).filter((action) => /Update|Register|Run|Tag/.test(action))).toEqual(
      [],
    );
  });
});

describe("its inputs", () => {
  it("are refused together, of all its parts", () => {
    const given: Record<string, string> = {
      service: "a, b",
      images: "api=",
      "in-flight": "queue",
      url: "nowhere",
      consecutive: "0",
      "migration-task-definition": "migrate",
      "rollback-on-failure": "perhaps",
    };
    const read = () => readInputs((name) => given[name] ?? "");
    for (const part of [
      "service: this action deploys one service",
      "api has no image",
      "replace, wait or fail",
      "url: must be an http",
      "consecutive: must be",
      "migration-images: is required",
      "rollback-on-failure: must be true or false",
    ])
      expect(read).toThrow(part);
  });

  it("name a version that nobody could look for", () => {
    expect(() =>
      readInputs((name) => ({ service: "api", images: "api=x", "expect-version": "1" })[name] ?? ""),
    ).toThrow("give url too");
  });
});
