// How many tasks complete a deployment, and how many failures end it, by the deployment configuration of the service.
import type { DeploymentCircuitBreaker, Service, ThresholdType } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { breakerThreshold, isComplete, tasksNeeded } from "../src/ecs/deployment/completion.ts";

const early = (healthyPercent: number | undefined, enable = true): Service => ({
  deploymentConfiguration: { earlySuccessCriteria: { enable, healthyPercent } },
});

describe("tasks that a deployment needs", () => {
  // The first two are the examples of the developer guide.
  it.each([
    [90, 100, 90],
    [50, 3, 2],
    [100, 3, 3],
    [0, 3, 0],
    [undefined, 3, 3],
  ])("with early success at %s %% of %i: %i", (percent, desired, needed) => {
    expect(tasksNeeded(early(percent), desired)).toBe(needed);
  });

  it("are all of them without early success criteria", () => {
    expect(tasksNeeded(early(50, false), 3)).toBe(3);
    expect(tasksNeeded({}, 3)).toBe(3);
  });
});

describe("a service whose deployment", () => {
  const service = (deployment: object, more: Service = {}): Service => ({
    ...more,
    deployments: [{ status: "PRIMARY", desiredCount: 4, ...deployment }],
  });

  it.each<[string, Service, boolean]>([
    ["is complete", service({ rolloutState: "COMPLETED", runningCount: 4 }), true],
    ["is complete, with tasks that are being scaled in", service({ rolloutState: "COMPLETED", runningCount: 5 }), true],
    ["is complete, and has lost a task", service({ rolloutState: "COMPLETED", runningCount: 3 }), false],
    ["is complete early", service({ rolloutState: "COMPLETED", runningCount: 2 }, early(50)), true],
    [
      "is complete early, and has lost a task",
      service({ rolloutState: "COMPLETED", runningCount: 1 }, early(50)),
      false,
    ],
    [
      "goes on, with enough tasks for early success",
      service({ rolloutState: "IN_PROGRESS", runningCount: 2 }, early(50)),
      false,
    ],
    ["has failed", service({ rolloutState: "FAILED", runningCount: 4 }), false],
    ["has no rollout state, behind a Classic Load Balancer", service({ runningCount: 4 }), true],
    ["is not there", {}, false],
  ])("%s", (_what, one, expected) => {
    expect(isComplete(one)).toBe(expected);
  });

  it("has no rollout state, and is not alone", () => {
    const old = { status: "ACTIVE", desiredCount: 4, runningCount: 4 };
    const ours = { status: "PRIMARY", desiredCount: 4, runningCount: 4 };
    expect(isComplete({ deployments: [ours, old] })).toBe(false);
  });
});

describe("failures that end a deployment", () => {
  const breaker = (type: ThresholdType, value: number): DeploymentCircuitBreaker => ({
    enable: true,
    rollback: true,
    thresholdConfiguration: { type, value },
  });

  it.each<[string, DeploymentCircuitBreaker | undefined, number, number]>([
    ["half, at least 3", undefined, 2, 3],
    ["half, rounded up", { enable: true, rollback: true }, 9, 5],
    ["half, at most 200", undefined, 1000, 200],
    ["a share within bounds, below", breaker("BOUNDED_PERCENT", 10), 10, 3],
    ["a share within bounds", breaker("BOUNDED_PERCENT", 10), 100, 10],
    ["a share within bounds, above", breaker("BOUNDED_PERCENT", 100), 1000, 200],
    ["a share without bounds, below", breaker("UNBOUNDED_PERCENT", 10), 10, 1],
    ["a share without bounds, above", breaker("UNBOUNDED_PERCENT", 100), 1000, 1000],
    ["a number", breaker("COUNT", 1), 1000, 1],
    ["a type of next year, as the default", breaker("NEXT" as ThresholdType, 50), 20, 10],
  ])("%s", (_what, configuration, desired, expected) => {
    expect(breakerThreshold(configuration, desired)).toBe(expected);
  });
});
