// service-control against scripted services, in simulated time.
import { afterEach, describe, expect, it } from "vitest";
import { AwsError } from "../../shared/test/scripted-aws.ts";
import { isWrite } from "../../shared/test/denied.ts";
import { readInputs } from "../src/inputs.ts";
import { serviceControl, stopAll } from "./run-service-control.ts";
import { active, ScriptedService, suspended } from "./scripted-service.ts";

afterEach(stopAll);

const writes = (calls: { action: string }[]) => calls.map(({ action }) => action).filter(isWrite);
const scaledService = () => new ScriptedService(4, { min: 3, max: 12 });

describe("stop", () => {
  it("records tasks, autoscaling, reason, user and time before it scales to 0", async () => {
    const api = scaledService();
    const { aws, outputs, services, error } = await serviceControl(
      { api },
      { mode: "stop", reason: "データ破損 (#12)" },
    );
    expect(error).toBeUndefined();
    expect(writes(aws.calls)).toEqual([
      "ecs:TagResource",
      "application-autoscaling:RegisterScalableTarget",
      "ecs:UpdateService",
    ]);
    expect(outputs["outcome"]).toBe("succeeded");
    expect(services).toEqual([
      {
        service: "api",
        state: "stopped",
        "desired-count": 0,
        "running-count": 0,
        "recorded-count": 4,
        autoscaling: "min=3 max=12",
        reason: "データ破損 12",
        by: "hanako",
        at: "2026-01-01T00:00:00.000Z",
      },
    ]);
    expect(api.target).toEqual({ MinCapacity: 0, MaxCapacity: 12, SuspendedState: suspended });
  });

  it("leaves nothing that autoscaling starts again", async () => {
    const api = scaledService();
    await serviceControl({ api }, { mode: "stop" });
    api.scaleOut();
    expect(api.desired).toBe(0);
  });

  it("waits until the last task has stopped", async () => {
    const { lines } = await serviceControl({ api: new ScriptedService(3) }, { mode: "stop" });
    expect(lines).toContain("api: all its tasks have stopped, after 9 s");
  });

  it("does nothing to a service that is stopped, and keeps the first record", async () => {
    const api = scaledService();
    await serviceControl({ api }, { mode: "stop", reason: "the first" });
    const { aws, outputs, lines } = await serviceControl({ api }, { mode: "stop", reason: "the second" });
    expect(writes(aws.calls)).toEqual([]);
    expect(outputs["outcome"]).toBe("unchanged");
    expect(lines.join("\n")).toContain("is stopped already, since 2026-01-01T00:00:00.000Z by hanako: the first");
    expect(api.tags.get("emergency:desired-count")).toBe("4");
  });

  it("stops the others when one cannot be stopped, and fails", async () => {
    const services = { api: new ScriptedService(2), ml: new ScriptedService(1) };
    const { outputs, error } = await serviceControl(services, { mode: "stop" }, (handlers) => ({
      ...handlers,
      "ecs:UpdateService": (input, call) =>
        input.service === "api"
          ? new AwsError("ServiceNotActiveException", "api is draining")
          : handlers["ecs:UpdateService"]!(input, call),
    }));
    expect(services.ml.running).toBe(0);
    expect(outputs["outcome"]).toBe("failed");
    expect(error).toMatchObject({ name: "FailedError", message: expect.stringContaining("api is draining") });
  });

  it("ends with timed-out when tasks do not stop, and says what to look at", async () => {
    const api = new ScriptedService(2);
    api.isStuck = true;
    const { outputs, error } = await serviceControl({ api }, { mode: "stop", "wait-for-minutes": "1" });
    expect(error).toMatchObject({ name: "FailedError", outcome: "timed-out" });
    expect(error!.message).toContain("rainbow-deploy explain --cluster default --service api");
    expect(outputs["outcome"]).toBe("timed-out");
  });

  it.each([
    [
      "may not see",
      new AwsError(
        "AccessDeniedException",
        "User: x is not authorized to perform: application-autoscaling:DescribeScalableTargets on resource: * because no identity-based policy allows the application-autoscaling:DescribeScalableTargets action",
      ),
    ],
    ["cannot read", new AwsError("Unknown", "UnknownError")],
  ])(
    "stops a service whose autoscaling it %s, with a warning, and does not touch that later",
    async (_what, refused) => {
      const api = scaledService();
      const { warnings } = await serviceControl({ api }, { mode: "stop" }, (handlers) => ({
        ...handlers,
        "application-autoscaling:DescribeScalableTargets": () => refused,
      }));
      expect(api.running).toBe(0);
      expect(warnings).toEqual([expect.stringContaining("may start tasks again while the service is stopped")]);
      const resumed = await serviceControl({ api }, { mode: "resume" });
      expect(resumed.error).toBeUndefined();
      expect(resumed.aws.count("application-autoscaling:RegisterScalableTarget")).toBe(0);
      expect(resumed.warnings).toEqual([expect.stringContaining("its autoscaling was not recorded (unknown)")]);
    },
  );

  it.each([
    ["there is no such service", { service: "api,other" }, {}, "There is no service other"],
    ["a daemon service", {}, { schedulingStrategy: "DAEMON" }, "has one task on each container instance"],
    ["an external controller", {}, { deploymentController: { type: "EXTERNAL" } }, "scale its task sets there"],
    ["a service that is being deleted", {}, { status: "DRAINING" }, "is DRAINING, not ACTIVE"],
  ])("changes nothing: %s", async (_what, inputs, more, message) => {
    const services = { api: new ScriptedService(2), ml: new ScriptedService(1) };
    services.ml.more = more;
    const { aws, error } = await serviceControl(services, { mode: "stop", ...inputs });
    expect(error).toMatchObject({ name: "ConfigurationError", message: expect.stringContaining(message) });
    expect(error!.message).toContain("Nothing was changed.");
    expect(writes(aws.calls)).toEqual([]);
  });

  it("changes nothing in a dry run, and says what it would do", async () => {
    const { aws, lines, summary, outputs } = await serviceControl(
      { api: scaledService() },
      { mode: "stop", "dry-run": "true" },
    );
    expect(writes(aws.calls)).toEqual([]);
    expect(lines).toEqual([
      "to be stopped, by hanako: database (dry run: nothing is changed)",
      "  api: running, desired 4, running 4",
    ]);
    expect(summary).toContain("api: plan of a stop, nothing was changed");
    expect(outputs["outcome"]).toBe("");
  });
});

describe("resume", () => {
  it("brings everything back as it was, and removes the record last", async () => {
    const services = { api: scaledService(), ml: new ScriptedService(1), worker: new ScriptedService(0) };
    services.api.target!.SuspendedState = { ...active, ScheduledScalingSuspended: true };
    const before = structuredClone(Object.values(services).map(({ state }) => state));
    await serviceControl(services, { mode: "stop" });
    const { aws, outputs, error } = await serviceControl(services, { mode: "resume" });
    expect(error).toBeUndefined();
    expect(outputs["outcome"]).toBe("succeeded");
    expect(Object.values(services).map(({ state }) => state)).toEqual(before);
    expect(services.api.running).toBe(4);
    expect(writes(aws.calls).slice(-3)).toEqual(["ecs:UntagResource", "ecs:UntagResource", "ecs:UntagResource"]);
  });

  it("takes another number of tasks, and one for a service of which nothing is known", async () => {
    const services = { api: new ScriptedService(0) };
    const refused = await serviceControl(services, { mode: "resume" });
    expect(refused.error).toMatchObject({
      name: "ConfigurationError",
      message: expect.stringContaining("api has no record of an emergency: set desired-count"),
    });
    await serviceControl(services, { mode: "resume", "desired-count": "2" });
    expect(services.api).toMatchObject({ desired: 2, running: 2 });
  });

  it("names a record that somebody has damaged", async () => {
    const api = new ScriptedService(3);
    await serviceControl({ api }, { mode: "stop" });
    api.tags.set("emergency:desired-count", "many");
    const { error } = await serviceControl({ api }, { mode: "resume" });
    expect(error!.message).toContain("api has no number of tasks in its record: set desired-count");
  });

  it("does nothing to a service that is in no emergency", async () => {
    const { aws, outputs } = await serviceControl({ api: new ScriptedService(3) }, { mode: "resume" });
    expect(writes(aws.calls)).toEqual([]);
    expect(outputs["outcome"]).toBe("unchanged");
  });

  it("keeps the record when the tasks do not start, so that it can be tried again", async () => {
    const api = scaledService();
    await serviceControl({ api }, { mode: "stop" });
    api.isStuck = true;
    const failed = await serviceControl({ api }, { mode: "resume" });
    expect(failed.error).toMatchObject({ outcome: "timed-out" });
    expect(failed.services).toMatchObject([{ state: "changing", "recorded-count": 4 }]);
    api.isStuck = false;
    const again = await serviceControl({ api }, { mode: "resume" });
    expect(again.outputs["outcome"]).toBe("succeeded");
    expect(api).toMatchObject({ running: 4, target: { MinCapacity: 3, MaxCapacity: 12, SuspendedState: active } });
  });
});

describe("status", () => {
  it("changes nothing, and needs no reason", async () => {
    const services = { api: scaledService(), ml: new ScriptedService(0) };
    await serviceControl({ api: services.api }, { mode: "stop", by: "taro" });
    const { aws, lines, summary } = await serviceControl(services, { mode: "status", reason: "" });
    expect(writes(aws.calls)).toEqual([]);
    expect(lines).toEqual([
      "api: stopped, desired 0, running 0, 4 tasks recorded; since 2026-01-01T00:00:00.000Z by taro: database",
      "ml: empty, desired 0, running 0",
    ]);
    expect(summary).toContain("state in an emergency");
  });
});

describe("inputs", () => {
  const problemsOf = (inputs: Record<string, string>): string => {
    try {
      readInputs((name) => inputs[name] ?? "", undefined);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("reports all problems at once", () => {
    const message = problemsOf({ mode: "halt", "desired-count": "0", "wait-for-minutes": "x" });
    for (const name of ["mode", "service", "desired-count", "wait-for-minutes"]) expect(message).toContain(`${name}: `);
  });

  it.each(["stop", "resume"])("wants a reason for %s", (mode) => {
    expect(problemsOf({ mode, service: "api" })).toContain(`reason: is required with mode ${mode}`);
  });

  it("refuses as a maintenance rule what is none", () => {
    const listener = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:listener/app/alb/50dc/f2f7";
    expect(problemsOf({ mode: "status", service: "api", "maintenance-rule-arn": listener })).toContain(
      "is not the ARN of a rule of an application load balancer",
    );
  });

  it("refuses a number of tasks for what scales to 0", () => {
    expect(problemsOf({ mode: "stop", service: "api", reason: "x", "desired-count": "3" })).toContain(
      "desired-count: belongs to mode resume",
    );
  });
});
