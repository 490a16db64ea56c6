// What can happen to a deployment, played by a scripted ECS in simulated time: each ends with the right outcome and
// words, as
// soon as ECS knows it, without asking more than 30 times a minute.
import { afterEach, describe, expect, it } from "vitest";
import { exitCodeOf } from "../../shared/src/outcome.ts";
import { FailedError } from "../../shared/src/errors.ts";
import { AwsError, cutConnection, garbage, type Handlers } from "../../shared/test/scripted-aws.ts";
import {
  breakerWithRollback,
  crash,
  crashLoop,
  runScenario,
  stopAll,
  success,
  unpullable,
  unreadable,
  type ScenarioResult,
  type Scenario,
} from "./scenarios.ts";

const scenarios: Record<string, Scenario> = {
  success,
  "a slow success, most of an hour": {
    play: {
      steps: [
        { at: 5, pending: 3 },
        { at: 1200, running: 3, pending: 0 },
        { at: 3000, state: "COMPLETED", record: { status: "SUCCESSFUL" } },
      ],
    },
    inputs: { "wait-for-minutes": "60" },
    outcome: "succeeded",
    within: 3.5,
  },
  "breaker with rollback": breakerWithRollback,
  "breaker without rollback": {
    play: {
      breaker: { enable: true, rollback: false },
      steps: [
        { at: 20, failed: 3, stops: [crash, crash, crash] },
        {
          at: 25,
          state: "FAILED",
          reason: "ECS deployment circuit breaker: tasks failed to start.",
          record: {
            status: "STOPPED",
            deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
          },
        },
      ],
    },
    outcome: "failed",
    says: ["ircuit breaker", "exited with code 78", "rollback --cluster default --service api"],
  },
  "crash loop without breaker": crashLoop,
  "image that cannot be pulled": {
    play: {
      steps: [
        { at: 10, failed: 1, stops: [unpullable] },
        { at: 30, failed: 2, stops: [{ ...unpullable, reason: unpullable.reason.replace("1 time", "5 time") }] },
      ],
    },
    outcome: "failed",
    says: ["2 times TaskFailedToStart", "The image does not exist"],
  },
  "secret that cannot be read": {
    play: {
      steps: [
        { at: 10, failed: 1, stops: [unreadable] },
        { at: 30, failed: 2, stops: [unreadable] },
      ],
    },
    outcome: "failed",
    says: ["GetSecretValue", "The execution role may not read a secret"],
  },
  superseded: {
    play: {
      steps: [
        { at: 5, running: 1 },
        { at: 20, replacedBy: 9, gone: true, record: { status: "STOPPED", statusReason: "superseded" } },
      ],
    },
    outcome: "superseded",
    says: ["api:9"],
    within: 6.5,
  },
  "stuck in PENDING": {
    play: {
      steps: [
        {
          at: 5,
          pending: 3,
          event: "(service api) was unable to place a task because no container instance met all of its requirements.",
        },
      ],
    },
    inputs: { "wait-for-minutes": "10" },
    outcome: "timed-out",
    says: ["3 pending", "was unable to place a task", "rollback --cluster default"],
    within: 601,
  },
  "desired count 0": {
    play: { desired: 0, steps: [{ at: 3, state: "COMPLETED", record: { status: "SUCCESSFUL" } }] },
    outcome: "succeeded",
  },
  "spot interruptions, which speak against nobody": {
    play: {
      steps: [
        {
          at: 10,
          failed: 3,
          stops: Array.from({ length: 5 }, () => ({
            stopCode: "SpotInterruption",
            reason: "Your Spot Task was interrupted.",
          })),
        },
        { at: 50, running: 3 },
        { at: 60, state: "COMPLETED", record: { status: "SUCCESSFUL" } },
      ],
    },
    outcome: "succeeded",
    within: 3,
  },
};

/** What only ECS's own records tell. */
const recorded: Record<string, Scenario> = {
  "alarms that roll back": {
    play: {
      steps: [
        {
          at: 10,
          running: 3,
          record: { status: "IN_PROGRESS", alarms: { status: "MONITORING", alarmNames: ["5xx"] } },
        },
        {
          at: 100,
          record: {
            status: "ROLLBACK_IN_PROGRESS",
            alarms: { status: "TRIGGERED", alarmNames: ["5xx"], triggeredAlarmNames: ["5xx"] },
            rollback: { reason: "Service deployment rolled back because of a CloudWatch alarm." },
          },
        },
      ],
    },
    outcome: "rolled-back",
    says: ["because of a CloudWatch alarm", "Alarms that fired: 5xx"],
    within: 10,
  },
  "blue/green with its bake time": {
    play: {
      strategy: "BLUE_GREEN",
      steps: [
        { at: 5, pending: 3, record: { status: "IN_PROGRESS", lifecycleStage: "SCALE_UP" } },
        {
          at: 30,
          running: 3,
          pending: 0,
          state: "COMPLETED",
          record: { status: "IN_PROGRESS", lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" },
        },
        { at: 60, record: { status: "IN_PROGRESS", lifecycleStage: "BAKE_TIME" } },
        { at: 400, record: { status: "SUCCESSFUL" } },
      ],
    },
    outcome: "succeeded",
    within: 3,
  },
  "canary that is rolled back while it bakes": {
    play: {
      strategy: "CANARY",
      steps: [
        {
          at: 30,
          running: 3,
          record: {
            status: "IN_PROGRESS",
            lifecycleStage: "BAKE_TIME",
            targetServiceRevision: { arn: "x", requestedProductionTrafficWeight: 10 },
          },
        },
        { at: 200, record: { status: "ROLLBACK_REQUESTED", statusReason: "Rollback requested." } },
      ],
    },
    outcome: "rolled-back",
    says: ["Rollback requested."],
    within: 3,
  },
  "a hook that waits for somebody": {
    play: {
      strategy: "BLUE_GREEN",
      steps: [
        {
          at: 30,
          running: 3,
          record: {
            status: "IN_PROGRESS",
            lifecycleStage: "POST_TEST_TRAFFIC_SHIFT",
            lifecycleHookDetails: [{ hookId: "approve", status: "AWAITING_ACTION" }],
          },
        },
      ],
    },
    inputs: { "wait-for-minutes": "5" },
    outcome: "timed-out",
    says: [
      "a lifecycle hook is waiting for a decision (approve)",
      "continue-service-deployment --service-deployment-arn arn:aws:ecs",
      "--hook-id approve",
    ],
    within: 301,
  },
  "a deployment that somebody has stopped": {
    play: { steps: [{ at: 20, running: 1, record: { status: "STOPPED", statusReason: "Stopped by operator." } }] },
    outcome: "failed",
    says: ["Stopped by operator."],
    within: 20,
  },
  "a rollback that fails too": {
    play: { steps: [{ at: 20, record: { status: "ROLLBACK_FAILED", statusReason: "No healthy revision." } }] },
    outcome: "failed",
    says: ["has failed too", "No healthy revision."],
    within: 20,
  },
};

afterEach(stopAll);

function expectResult({ outputs, error, late }: ScenarioResult, { outcome, says = [], within = 2 }: Scenario): void {
  expect({ outcome: outputs["outcome"], message: error?.message }).toMatchObject({ outcome });
  for (const part of says) expect(error?.message).toContain(part);
  expect(error === undefined).toBe(outcome === "succeeded");
  if (error) expect(error).toMatchObject({ name: "FailedError", outcome });
  expect(late).toBeLessThanOrEqual(within);
}

describe.each([
  ["with ECS's own records", true],
  ["as emulators and old services answer", false],
])("%s", (_what, records) => {
  it.each(Object.entries(scenarios))("%s", async (_name, scenario) => {
    const played = await runScenario({ ...scenario, play: { ...scenario.play, records } });
    expectResult(played, scenario);
    expect(played.aws.count("ecs:UpdateService")).toBe(1);
    expect(played.busiest).toBeLessThanOrEqual(scenario.calls ?? 30);
  });
});

describe("what only records tell", () => {
  it.each(Object.entries(recorded))("%s", async (_name, scenario) => {
    expectResult(await runScenario({ ...scenario, play: { ...scenario.play, records: true } }), scenario);
  });

  it("is said as it changes", async () => {
    const { lines } = await runScenario({
      play: { ...recorded["blue/green with its bake time"]!.play, records: true },
    });
    expect(lines).toContainEqual(expect.stringContaining("bake time"));
    const { lines: counted } = await runScenario({ play: { ...breakerWithRollback.play, records: true } });
    expect(counted).toContainEqual(expect.stringContaining("circuit breaker 1 of 3"));
  });
});

const every =
  (count: number, fault: unknown) =>
  (handlers: Handlers): Handlers => {
    let calls = 0;
    return Object.fromEntries(
      Object.entries(handlers).map(([action, handler]) => [
        action,
        (input: unknown, call: number) => ((calls += 1) % count === 0 ? fault : handler(input, call)),
      ]),
    );
  };

describe("trouble on the way", () => {
  it.each([
    ["throttling", new AwsError("ThrottlingException", "Rate exceeded")],
    ["resets", cutConnection],
    ["server errors", new AwsError("ServerException", "Service Unavailable", 503)],
    ["answers that nobody can read", garbage],
  ])("%s, every third call: waited out", async (_what, fault) => {
    for (const records of [true, false]) {
      const played = await runScenario({ play: { ...success.play, records } }, every(3, fault));
      expect(played.error?.message).toBeUndefined();
      expect(played.outputs["outcome"]).toBe("succeeded");
    }
  });

  it("throttling without end: the time limit, with the last thing that was seen", async () => {
    let storm = false;
    const { outputs, error, took } = await runScenario(
      { play: success.play, inputs: { "wait-for-minutes": "5" } },
      (handlers) => ({
        ...handlers,
        "ecs:UpdateService": (input, call) => {
          storm = true;
          return handlers["ecs:UpdateService"]!(input, call);
        },
        "ecs:DescribeServices": (input, call) =>
          storm && call > 3
            ? new AwsError("ThrottlingException", "Rate exceeded")
            : handlers["ecs:DescribeServices"]!(input, call),
      }),
    );
    expect(outputs["outcome"]).toBe("timed-out");
    expect(error!.message).toContain("Last status: ");
    expect(took).toBeLessThan(301_000);
  });

  it("an update whose answer is lost is not sent twice", async () => {
    const { outputs, aws, lines } = await runScenario({ play: success.play }, (handlers) => ({
      ...handlers,
      "ecs:UpdateService": (input, call) => {
        handlers["ecs:UpdateService"]!(input, call);
        return cutConnection;
      },
    }));
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.count("ecs:UpdateService")).toBe(1);
    expect(lines).toContain("the response of ecs:UpdateService was lost, but it took effect");
  });

  it("an update that never arrived is sent again", async () => {
    const { outputs, aws } = await runScenario({ play: success.play }, (handlers) => ({
      ...handlers,
      "ecs:UpdateService": (input, call) => (call === 0 ? cutConnection : handlers["ecs:UpdateService"]!(input, call)),
    }));
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.count("ecs:UpdateService")).toBe(2);
  });

  it("an AWS that is not there at all is given up after a minute, before anything was changed", async () => {
    const { error, took, aws } = await runScenario({ play: success.play }, every(1, cutConnection));
    expect(error).toBeInstanceOf(FailedError);
    expect(error!.message).toContain("did not succeed for");
    expect(took).toBeLessThan(70_000);
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it.each([
    ["an hour ahead of", 3600],
    ["an hour behind", -3600],
  ])("a runner's clock that is %s ECS's: the same result and words", async (_what, clockError) => {
    for (const records of [true, false])
      for (const scenario of [success, breakerWithRollback, crashLoop, scenarios["stuck in PENDING"]!])
        expectResult(await runScenario({ ...scenario, play: { ...scenario.play, records }, clockError }), scenario);
  });
});

it("exit codes are those of the command line", () => {
  expect(
    ["succeeded", "unchanged", "failed", "superseded", "rolled-back", "timed-out", "cancelled"].map((outcome) =>
      exitCodeOf(outcome as never),
    ),
  ).toEqual([0, 0, 1, 1, 3, 4, 130]);
});
