// What ECS has learnt lately is followed, not misjudged: early success, thresholds of the circuit breaker, Express Mode,
// Managed Instances.
import { afterEach, describe, expect, it } from "vitest";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { deploy, stable, stopLast } from "./deploy-scenario.ts";
import { definition, file, pinned } from "./run-deploy.ts";
import { crash, runScenario, stopAll } from "./scenarios.ts";

afterEach(stopLast);
afterEach(stopAll);

const image = pinned("old");
const noRecords = (handlers: Handlers): Handlers => ({
  ...handlers,
  "ecs:ListServiceDeployments": () =>
    new AwsError("AccessDeniedException", "User: x is not authorized to perform: ecs:ListServiceDeployments"),
});
const noTasks = (handlers: Handlers): Handlers => ({
  ...handlers,
  "ecs:ListTasks": () => new AwsError("AccessDeniedException", "User: x is not authorized to perform: ecs:ListTasks"),
});

describe("early success criteria", () => {
  const configuration = (cleanup: "BLOCKING" | "DEFERRED") => ({
    deploymentConfiguration: {
      strategy: "ROLLING",
      earlySuccessCriteria: { enable: true, healthyPercent: 50, sourceServiceRevisionCleanup: cleanup },
    },
  });
  /** Complete with two of four tasks; the others never start. */
  const early = (cleanup: "BLOCKING" | "DEFERRED"): EcsScenario => ({
    desired: 4,
    records: true,
    service: configuration(cleanup),
    steps: [
      { at: 10, pending: 4 },
      { at: 30, running: 2, pending: 2 },
      { at: 40, state: "COMPLETED", record: { status: "SUCCESSFUL" } },
    ],
  });

  it.each(["BLOCKING", "DEFERRED"] as const)(
    "end a deployment, with ECS's record of it and without: %s",
    async (cleanup) => {
      for (const change of [(handlers: Handlers) => handlers, noRecords]) {
        const { outputs, error, late, lines } = await runScenario({ play: early(cleanup) }, change);
        expect(error).toBeUndefined();
        expect(outputs["outcome"]).toBe("succeeded");
        expect(late).toBeLessThan(10);
        expect(lines.at(-1)).toContain("api runs api:2: 2 of 4 tasks");
      }
    },
  );

  it("do not end it before ECS says so", async () => {
    const steps = early("DEFERRED").steps.slice(0, 2);
    const { outputs, error } = await runScenario({
      play: { ...early("DEFERRED"), steps, records: false },
      inputs: { "wait-for-minutes": "2" },
    });
    expect(outputs["outcome"]).toBe("timed-out");
    expect(error!.message).toContain("2 of 4 running");
  });

  it("are no reason to deploy again what is complete with fewer tasks", async () => {
    const deployments = [
      {
        id: "ecs-svc/1",
        status: "PRIMARY",
        taskDefinition: arnOf(1),
        rolloutState: "COMPLETED",
        desiredCount: 4,
        runningCount: 2,
      },
      { id: "ecs-svc/0", status: "ACTIVE", taskDefinition: arnOf(9), desiredCount: 4, runningCount: 1 },
    ];
    const scenario: EcsScenario = {
      ...stable,
      desired: 4,
      revisions: { 1: { image } },
      service: { ...configuration("DEFERRED"), deployments },
    };
    const { outputs, aws } = await deploy(scenario, { "task-definition": file(definition(image)) });
    expect(outputs["outcome"]).toBe("unchanged");
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("and thresholds stay in the configuration when alarms are added to it", async () => {
    const own = {
      strategy: "ROLLING",
      earlySuccessCriteria: { enable: true, healthyPercent: 50, sourceServiceRevisionCleanup: "DEFERRED" },
      deploymentCircuitBreaker: {
        enable: true,
        rollback: true,
        resetOnHealthyTask: false,
        thresholdConfiguration: { type: "COUNT", value: 2 },
      },
    };
    const { aws } = await deploy(
      { ...stable, service: { deploymentConfiguration: own } },
      { alarms: "api-5xx" },
      () => ({
        "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [{ AlarmName: "api-5xx", StateValue: "OK" }] }),
      }),
    );
    expect(aws.last("ecs:UpdateService").deploymentConfiguration).toEqual({
      ...own,
      alarms: { alarmNames: ["api-5xx"], enable: true, rollback: true },
    });
  });
});

describe("the threshold of the circuit breaker", () => {
  const breaker = (type: string, value: number, more: object = {}) => ({
    enable: true,
    rollback: false,
    thresholdConfiguration: { type, value },
    ...more,
  });

  it("of ten failures is ECS's to reach: more than three crashes do not end the deployment", async () => {
    const play: EcsScenario = {
      service: {
        deploymentConfiguration: { deploymentCircuitBreaker: breaker("COUNT", 10, { resetOnHealthyTask: false }) },
      },
      steps: [
        { at: 10, failed: 4, stops: [crash, crash, crash, crash] },
        { at: 60, running: 3 },
        { at: 90, state: "COMPLETED" },
      ],
    };
    const { outputs } = await runScenario({ play });
    expect(outputs["outcome"]).toBe("succeeded");
  });

  it("of one failure is known soon after ECS has counted it", async () => {
    const play: EcsScenario = {
      service: { deploymentConfiguration: { deploymentCircuitBreaker: breaker("COUNT", 1) } },
      steps: [
        { at: 100, pending: 3 },
        {
          at: 201,
          failed: 1,
          stops: [crash],
          state: "FAILED",
          reason: "ECS deployment circuit breaker: tasks failed.",
        },
      ],
    };
    const { outputs, error, late } = await runScenario({ play });
    expect(outputs["outcome"]).toBe("failed");
    expect(error!.message).toContain("circuit breaker");
    // One failure is always the next that decides, so that the end is near from the start.
    expect(late).toBeLessThan(3.5);
  });

  it.each([
    ["COUNT", 5],
    ["UNBOUNDED_PERCENT", 150],
  ])("that is set but turned off counts where nobody may see tasks: %s", async (type, value) => {
    const play: EcsScenario = {
      service: { deploymentConfiguration: { deploymentCircuitBreaker: { ...breaker(type, value), enable: false } } },
      steps: [
        { at: 10, failed: 3 },
        { at: 60, failed: 4 },
        { at: 100, failed: 5 },
      ],
    };
    const { error, late } = await runScenario({ play }, noTasks);
    expect(error!.message).toContain("5 of its tasks failed in a row");
    expect(late).toBeLessThan(10);
  });
});

describe("an Express Mode service", () => {
  it("is deployed with UpdateService, followed through its canary deployment, and said to be one", async () => {
    const play: EcsScenario = {
      strategy: "CANARY",
      records: true,
      service: { resourceManagementType: "ECS" },
      steps: [
        { at: 20, running: 3, state: "COMPLETED", record: { status: "IN_PROGRESS", lifecycleStage: "BAKE_TIME" } },
        { at: 200, record: { status: "SUCCESSFUL" } },
      ],
    };
    const { outputs, lines, aws, took } = await runScenario({ play });
    expect(outputs["outcome"]).toBe("succeeded");
    expect(took).toBeGreaterThan(200_000);
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(2));
    expect(lines).toContainEqual(
      expect.stringMatching(/^api: an Express Mode service, which is deployed with UpdateService/),
    );
    const own = await runScenario({ play: { ...play, service: { resourceManagementType: "CUSTOMER" } } });
    expect(own.lines.join("\n")).not.toContain("Express Mode");
  });
});

describe("a service on Managed Instances", () => {
  const task = {
    taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1",
    lastStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    containers: [{ name: "migrate", exitCode: 0 }],
  };
  const runs = (): Handlers => ({
    "ecs:RunTask": () => ({ tasks: [task] }),
    "ecs:DescribeTasks": () => ({ tasks: [task] }),
    "logs:FilterLogEvents": () => ({ events: [] }),
  });

  it.each<[string, object, object]>([
    [
      "by its capacity provider",
      { capacityProviderStrategy: [{ capacityProvider: "managed", weight: 1 }] },
      { capacityProviderStrategy: [{ capacityProvider: "managed", weight: 1 }] },
    ],
    ["by its launch type", { launchType: "MANAGED_INSTANCES" }, { launchType: "MANAGED_INSTANCES" }],
  ])("runs its migration there, %s", async (_what, service, sent) => {
    const managed = { ...definition("new"), requiresCompatibilities: ["MANAGED_INSTANCES"] };
    const { aws, outputs } = await deploy(
      { ...stable, service },
      { "task-definition": file(managed), "migration-task-definition": file(definition("new", "migrate")) },
      runs,
    );
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.last("ecs:RunTask")).toMatchObject(sent);
    expect("launchType" in aws.last("ecs:RunTask")).toBe("launchType" in sent);
    expect(aws.last("ecs:RegisterTaskDefinition").requiresCompatibilities).toEqual(["MANAGED_INSTANCES"]);
  });

  it("and a task that is asked for", async () => {
    const { aws } = await deploy(
      stable,
      { service: "", "run-task": "true", "run-task-launch-type": "MANAGED_INSTANCES" },
      runs,
    );
    expect(aws.last("ecs:RunTask").launchType).toBe("MANAGED_INSTANCES");
  });
});
