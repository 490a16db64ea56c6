// What can happen to a deployment, played by a scripted ECS in simulated time: each ends with the right outcome and words, as
// soon as ECS knows it, without asking more than 30 times a minute.
import { afterEach, describe, expect, it } from "vitest";
import { exitCodeOf } from "../../shared/src/outcome.ts";
import { FailedError } from "../../shared/src/errors.ts";
import { AwsError, cutConnection, garbage, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, ScriptedEcs, type Play, type Stop } from "../../shared/test/scripted-ecs.ts";
import { definition, file, runDeploy, type DeployRun } from "./run-deploy.ts";

const crash: Stop = { stopCode: "EssentialContainerExited", reason: "Essential container in task exited", exitCode: 78 };
const unpullable: Stop = { stopCode: "TaskFailedToStart", reason: "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref repo@sha256:1234567890: not found" };
const unreadable: Stop = { stopCode: "TaskFailedToStart", reason: "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: AccessDeniedException: not authorized to perform: secretsmanager:GetSecretValue" };
const rollsBack = { enable: true, rollback: true };

interface Scenario {
  play: Play;
  inputs?: Record<string, string>;
  outcome: string;
  /** Parts of the message. */
  says?: string[];
  /** Seconds within which we must know, from the last act on. */
  within?: number;
  /** At most so many calls in any minute of the wait. */
  calls?: number;
}

const scenarios: Record<string, Scenario> = {
  success: { play: { acts: [{ at: 5, pending: 3 }, { at: 40, pending: 0, running: 3 }, { at: 70, state: "COMPLETED", record: { status: "SUCCESSFUL" } }] }, outcome: "succeeded" },
  "a slow success, hours of it": { play: { acts: [{ at: 5, pending: 3 }, { at: 3000, running: 3, pending: 0 }, { at: 9000, state: "COMPLETED", record: { status: "SUCCESSFUL" } }] }, inputs: { "wait-for-minutes": "300" }, outcome: "succeeded", within: 3 },
  "breaker with rollback": {
    play: {
      breaker: rollsBack,
      acts: [
        { at: 5, pending: 3 }, { at: 20, failed: 1, stops: [crash], record: { status: "IN_PROGRESS", deploymentCircuitBreaker: { status: "MONITORING", failureCount: 1, threshold: 3 } } },
        { at: 40, failed: 3, stops: [crash, crash] },
        { at: 45, state: "FAILED", replacedBy: 1, reason: "ECS deployment circuit breaker: tasks failed to start.", record: { status: "ROLLBACK_REQUESTED", rollback: { reason: "Service deployment rolled back because the circuit breaker threshold was exceeded." }, deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 } } },
      ],
    },
    outcome: "rolled-back",
    says: ["circuit breaker", "container api exited with code 78", "DB_HOST: is missing", "What runs now: api:1 (3 tasks)"],
    calls: 31,
  },
  "breaker without rollback": {
    play: { breaker: { enable: true, rollback: false }, acts: [{ at: 20, failed: 3, stops: [crash, crash, crash] }, { at: 25, state: "FAILED", reason: "ECS deployment circuit breaker: tasks failed to start.", record: { status: "STOPPED", deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 } } }] },
    outcome: "failed",
    says: ["ircuit breaker", "exited with code 78", "rollback --cluster default --service api"],
  },
  "crash loop without breaker": { play: { acts: [{ at: 10, failed: 1, stops: [crash] }, { at: 30, failed: 2, stops: [crash] }, { at: 50, failed: 3, stops: [crash] }] }, outcome: "failed", says: ["no circuit breaker", "3 times EssentialContainerExited"], within: 3, calls: 35 },
  "image that cannot be pulled": { play: { acts: [{ at: 10, failed: 1, stops: [unpullable] }, { at: 30, failed: 2, stops: [{ ...unpullable, reason: unpullable.reason.replace("1 time", "5 time") }] }] }, outcome: "failed", says: ["2 times TaskFailedToStart", "The image does not exist"] },
  "secret that cannot be read": { play: { acts: [{ at: 10, failed: 1, stops: [unreadable] }, { at: 30, failed: 2, stops: [unreadable] }] }, outcome: "failed", says: ["GetSecretValue", "The execution role may not read a secret"] },
  superseded: { play: { acts: [{ at: 5, running: 1 }, { at: 20, replacedBy: 9, gone: true, record: { status: "STOPPED", statusReason: "superseded" } }] }, outcome: "superseded", says: ["api:9"], within: 3 },
  "stuck in PENDING": { play: { acts: [{ at: 5, pending: 3, event: "(service api) was unable to place a task because no container instance met all of its requirements." }] }, inputs: { "wait-for-minutes": "10" }, outcome: "timed-out", says: ["3 pending", "was unable to place a task", "rollback --cluster default"], within: 601 },
  "desired count 0": { play: { desired: 0, acts: [{ at: 3, state: "COMPLETED", record: { status: "SUCCESSFUL" } }] }, outcome: "succeeded" },
  "spot interruptions, which speak against nobody": {
    play: { acts: [{ at: 10, failed: 3, stops: Array.from({ length: 5 }, () => ({ stopCode: "SpotInterruption", reason: "Your Spot Task was interrupted." })) }, { at: 50, running: 3 }, { at: 60, state: "COMPLETED", record: { status: "SUCCESSFUL" } }] },
    outcome: "succeeded",
    within: 3,
  },
};

/** What only ECS's own records tell. */
const recorded: Record<string, Scenario> = {
  "alarms that roll back": {
    play: { acts: [{ at: 10, running: 3, record: { status: "IN_PROGRESS", alarms: { status: "MONITORING", alarmNames: ["5xx"] } } }, { at: 100, record: { status: "ROLLBACK_IN_PROGRESS", alarms: { status: "TRIGGERED", alarmNames: ["5xx"], triggeredAlarmNames: ["5xx"] }, rollback: { reason: "Service deployment rolled back because of a CloudWatch alarm." } } }] },
    outcome: "rolled-back",
    says: ["because of a CloudWatch alarm", "Alarms that fired: 5xx"],
    within: 10,
  },
  "blue/green with its bake time": {
    play: {
      strategy: "BLUE_GREEN",
      acts: [
        { at: 5, pending: 3, record: { status: "IN_PROGRESS", lifecycleStage: "SCALE_UP" } }, { at: 30, running: 3, pending: 0, state: "COMPLETED", record: { status: "IN_PROGRESS", lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" } },
        { at: 60, record: { status: "IN_PROGRESS", lifecycleStage: "BAKE_TIME" } }, { at: 400, record: { status: "SUCCESSFUL" } },
      ],
    },
    outcome: "succeeded",
  },
  "canary that is rolled back while it bakes": {
    play: { strategy: "CANARY", acts: [{ at: 30, running: 3, record: { status: "IN_PROGRESS", lifecycleStage: "BAKE_TIME", targetServiceRevision: { arn: "x", requestedProductionTrafficWeight: 10 } } }, { at: 200, record: { status: "ROLLBACK_REQUESTED", statusReason: "Rollback requested." } }] },
    outcome: "rolled-back",
    says: ["Rollback requested."],
    within: 3,
  },
  "a hook that waits for somebody": {
    play: { strategy: "BLUE_GREEN", acts: [{ at: 30, running: 3, record: { status: "IN_PROGRESS", lifecycleStage: "POST_TEST_TRAFFIC_SHIFT", lifecycleHookDetails: [{ hookId: "approve", status: "AWAITING_ACTION" }] } }] },
    inputs: { "wait-for-minutes": "5" },
    outcome: "timed-out",
    says: ["a hook waits for somebody's decision (approve)", "continue-service-deployment --service-deployment-arn arn:aws:ecs", "--hook-id approve"],
    within: 301,
  },
  "a deployment that somebody has stopped": { play: { acts: [{ at: 20, running: 1, record: { status: "STOPPED", statusReason: "Stopped by operator." } }] }, outcome: "failed", says: ["Stopped by operator."], within: 20 },
  "a rollback that fails too": { play: { acts: [{ at: 20, record: { status: "ROLLBACK_FAILED", statusReason: "No healthy revision." } }] }, outcome: "failed", says: ["has failed too", "No healthy revision."], within: 20 },
};

let runs: DeployRun[] = [];
afterEach(async () => {
  await Promise.all(runs.map(({ aws }) => aws.stop()));
  runs = [];
});

interface Played extends DeployRun {
  ecs: ScriptedEcs;
  /** Seconds between the last act and our end. */
  late: number;
  /** The most calls in any minute of the wait, from UpdateService on. */
  busiest: number;
}

async function play(scenario: Pick<Scenario, "play" | "inputs">, change: (handlers: Handlers) => Handlers = (handlers) => handlers): Promise<Played> {
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), scenario.play);
  const times: number[] = [];
  const timed = Object.fromEntries(Object.entries(change(ecs.handlers)).map(([action, handler]) => [action, (input: unknown, call: number) => {
    if (ecs.begun) times.push(clock.now());
    return handler(input, call);
  }]));
  const run = await runDeploy(timed, scenario.inputs, clock);
  runs.push(run);
  const busiest = Math.max(0, ...times.map((time, index) => times.slice(index).filter((other) => other < time + 60_000).length));
  const late = ecs.begun ? (clock.now() - ecs.endedAt) / 1000 : 0;
  return { ...run, ecs, late, busiest };
}

function expectPlayed({ outputs, error, late }: Played, { outcome, says = [], within = 2 }: Scenario): void {
  expect({ outcome: outputs["outcome"], message: error?.message }).toMatchObject({ outcome });
  for (const part of says) expect(error?.message).toContain(part);
  expect(error === undefined).toBe(outcome === "succeeded");
  if (error) expect(error).toMatchObject({ name: "FailedError", outcome });
  expect(late).toBeLessThanOrEqual(within);
}

describe.each([["with ECS's own records", true], ["as emulators and old services answer", false]])("%s", (_what, records) => {
  it.each(Object.entries(scenarios))("%s", async (_name, scenario) => {
    const played = await play({ ...scenario, play: { ...scenario.play, records } });
    expectPlayed(played, scenario);
    expect(played.aws.count("ecs:UpdateService")).toBe(1);
    expect(played.busiest).toBeLessThanOrEqual(scenario.calls ?? 30);
  });
});

describe("what only records tell", () => {
  it.each(Object.entries(recorded))("%s", async (_name, scenario) => {
    expectPlayed(await play({ ...scenario, play: { ...scenario.play, records: true } }), scenario);
  });

  it("is said as it changes", async () => {
    const { lines } = await play({ play: { ...recorded["blue/green with its bake time"]!.play, records: true } });
    expect(lines).toContainEqual(expect.stringContaining("bake time"));
    const { lines: counted } = await play({ play: { ...scenarios["breaker with rollback"]!.play, records: true } });
    expect(counted).toContainEqual(expect.stringContaining("circuit breaker 1 of 3"));
  });
});

const success = scenarios["success"]!;
const every = (count: number, fault: unknown) => (handlers: Handlers): Handlers => {
  let calls = 0;
  return Object.fromEntries(Object.entries(handlers).map(([action, handler]) => [action, (input: unknown, call: number) => ((calls += 1) % count === 0 ? fault : handler(input, call))]));
};

describe("trouble on the way", () => {
  it.each([
    ["throttling", new AwsError("ThrottlingException", "Rate exceeded")],
    ["resets", cutConnection],
    ["server errors", new AwsError("ServerException", "Service Unavailable", 503)],
    ["answers that nobody can read", garbage],
  ])("%s, every third call: waited out", async (_what, fault) => {
    for (const records of [true, false]) {
      const played = await play({ play: { ...success.play, records } }, every(3, fault));
      expect(played.error?.message).toBeUndefined();
      expect(played.outputs["outcome"]).toBe("succeeded");
    }
  });

  it("throttling without end: the time limit, with the last thing that was seen", async () => {
    let storm = false;
    const { outputs, error, took } = await play({ play: success.play, inputs: { "wait-for-minutes": "5" } }, (handlers) => ({
      ...handlers,
      "ecs:UpdateService": (input, call) => {
        storm = true;
        return handlers["ecs:UpdateService"]!(input, call);
      },
      "ecs:DescribeServices": (input, call) => (storm && call > 3 ? new AwsError("ThrottlingException", "Rate exceeded") : handlers["ecs:DescribeServices"]!(input, call)),
    }));
    expect(outputs["outcome"]).toBe("timed-out");
    expect(error!.message).toContain("Last seen: ");
    expect(took).toBeLessThan(301_000);
  });

  it("an update whose answer is lost is not sent twice", async () => {
    const { outputs, aws, lines } = await play({ play: success.play }, (handlers) => ({
      ...handlers,
      "ecs:UpdateService": (input, call) => {
        handlers["ecs:UpdateService"]!(input, call);
        return cutConnection;
      },
    }));
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.count("ecs:UpdateService")).toBe(1);
    expect(lines).toContain("ecs:UpdateService was not answered, but has been done");
  });

  it("an update that never arrived is sent again", async () => {
    const { outputs, aws } = await play({ play: success.play }, (handlers) => ({ ...handlers, "ecs:UpdateService": (input, call) => (call === 0 ? cutConnection : handlers["ecs:UpdateService"]!(input, call)) }));
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.count("ecs:UpdateService")).toBe(2);
  });

  it("an AWS that is not there at all is given up after a minute, before anything was changed", async () => {
    const { error, took, aws } = await play({ play: success.play }, every(1, cutConnection));
    expect(error).toBeInstanceOf(FailedError);
    expect(error!.message).toContain("was not answered");
    expect(took).toBeLessThan(70_000);
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("a clock that is an hour off changes nothing", async () => {
    for (const hours of [-1, 1]) {
      const clock = simulatedClock(Date.now() + hours * 3_600_000);
      const ecs = new ScriptedEcs(() => clock.now(), { ...scenarios["breaker with rollback"]!.play, records: true });
      const run = await runDeploy(ecs.handlers, {}, clock);
      runs.push(run);
      expect(run.outputs["outcome"]).toBe("rolled-back");
    }
  });
});

describe("credentials and permissions", () => {
  const expired = new AwsError("ExpiredTokenException", "The security token included in the request is expired");
  const calls = ["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition", "ecs:UpdateService"];

  it.each(calls)("credentials that expire at %s are named at once", async (action) => {
    const { error, took } = await play({ play: success.play }, (handlers) => ({ ...handlers, [action]: () => expired }));
    expect(error).toMatchObject({ name: "ConfigurationError", message: expect.stringContaining("credentials have expired") });
    expect(took).toBeLessThan(5000);
  });

  it("credentials that expire during the wait come with the command to go on", async () => {
    const { error, took, outputs } = await play({ play: success.play }, (handlers) => ({ ...handlers, "ecs:DescribeServices": (input, call) => (call > 5 ? expired : handlers["ecs:DescribeServices"]!(input, call)) }));
    expect(error!.message).toContain("credentials have expired");
    expect(error!.message).toContain("rainbow-deploy deploy --cluster default --service api --task-definition api:2 --wait-for-service-stability true");
    expect(outputs["task-definition-arn"]).toBe(arnOf(2));
    expect(took).toBeLessThan(30_000);
  });

  const refused = (action: string) => new AwsError("AccessDeniedException", `User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`);

  it.each(calls)("a role that may not %s is told so at once", async (action) => {
    // The first description of the family decides only whether there is something to register.
    const { error, took } = await play({ play: success.play }, (handlers) => ({ ...handlers, [action]: () => refused(action) }));
    expect(error).toMatchObject({ name: "ConfigurationError", message: expect.stringContaining(`may not ${action}`) });
    expect(took).toBeLessThan(5000);
  });

  it.each(["ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments"])("a role that may not %s, as the peer's need not, deploys all the same", async (action) => {
    const { outputs, lines } = await play({ play: { ...success.play, records: true } }, (handlers) => ({ ...handlers, [action]: () => refused(action) }));
    expect(outputs["outcome"]).toBe("succeeded");
    expect(lines).toContainEqual(expect.stringContaining(action));
  });

  it("an AWS that does not know these calls is deployed to all the same", async () => {
    const { outputs, lines } = await play({ play: { ...success.play, records: true } }, (handlers) => ({ ...handlers, "ecs:ListServiceDeployments": () => new AwsError("UnknownOperationException", "") }));
    expect(outputs["outcome"]).toBe("succeeded");
    expect(lines).toContainEqual(expect.stringContaining("ecs:ListServiceDeployments is not known here"));
  });

  it("each call that a role may not make is named, whether it could be done without or not", async () => {
    const task = { taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1", lastStatus: "STOPPED", stopCode: "EssentialContainerExited", containers: [{ name: "migrate", exitCode: 0 }] };
    const secret = "arn:aws:secretsmanager:ap-northeast-1:1:secret:db-AbCdEf";
    const image = `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api@sha256:${"a".repeat(64)}`;
    const demanding = file({ family: "api", containerDefinitions: [{ name: "api", image, secrets: [{ name: "A", valueFrom: "/a" }, { name: "B", valueFrom: secret }], logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/ecs/api", "awslogs-stream-prefix": "x" } } }] });
    const inputs = { "task-definition": demanding, "migration-task-definition": file(definition("new", "migrate")), alarms: "api-5xx", "bake-minutes": "1", "max-5xx-percent": "5" };
    const everything: Handlers = {
      "ecs:RunTask": () => ({ tasks: [task] }), "ecs:DescribeTasks": () => ({ tasks: [task] }), "logs:FilterLogEvents": () => ({ events: [] }), "logs:DescribeLogGroups": () => ({ logGroups: [{ logGroupName: "/ecs/api" }] }),
      "ecr:DescribeImages": () => ({ imageDetails: [{}] }), "ssm:DescribeParameters": () => ({ Parameters: [{}] }), "secretsmanager:DescribeSecret": () => ({ ARN: secret }),
      "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [{ AlarmName: "api-5xx", StateValue: "OK" }] }), "cloudwatch:GetMetricData": () => ({ MetricDataResults: [] }),
    };
    const played: Play = { ...success.play, records: true, service: { loadBalancers: [{ targetGroupArn: "arn:aws:elasticloadbalancing:r:1:targetgroup/api/abc" }] } };
    const whole = await play({ play: played, inputs }, (handlers) => ({ ...handlers, ...everything }));
    expect(whole.outputs["outcome"]).toBe("succeeded");
    const asked = [...new Set(whole.aws.calls.map(({ action }) => action))];
    expect(asked.length).toBeGreaterThan(14);
    for (const action of asked) {
      const { lines, error, took } = await play({ play: played, inputs }, (handlers) => ({ ...handlers, ...everything, [action]: () => refused(action) }));
      expect([...lines, error?.message].join("\n"), action).toContain(action);
      expect(took, action).toBeLessThan(200_000);
      if (error) expect(error, action).toMatchObject({ name: "ConfigurationError", message: expect.stringContaining(`may not ${action}`) });
    }
  }, 60_000);

  it("a role that may not see why tasks stop fails at once where nobody else would end it, and names the permission", async () => {
    const { error, late } = await play({ play: scenarios["crash loop without breaker"]!.play }, (handlers) => ({ ...handlers, "ecs:DescribeTasks": () => refused("ecs:DescribeTasks") }));
    expect(error!.message).toContain("may not ecs:DescribeTasks");
    expect(late).toBeLessThan(0);
  });

  it("with a circuit breaker the end is told without the reasons", async () => {
    const { outputs, lines } = await play({ play: scenarios["breaker with rollback"]!.play }, (handlers) => ({ ...handlers, "ecs:ListTasks": () => refused("ecs:ListTasks") }));
    expect(outputs["outcome"]).toBe("rolled-back");
    expect(lines).toContainEqual(expect.stringContaining("may not ecs:ListTasks"));
  });
});

it("exit codes are those of the command line", () => {
  expect(["succeeded", "unchanged", "failed", "superseded", "rolled-back", "timed-out", "cancelled"].map((outcome) => exitCodeOf(outcome as never))).toEqual([0, 0, 1, 1, 3, 4, 130]);
});
