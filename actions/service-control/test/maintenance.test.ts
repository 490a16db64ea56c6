// The maintenance answer of the load balancer: shown by a stop, hidden by a resume, whatever goes wrong in between.
import { afterEach, describe, expect, it } from "vitest";
import { AwsError } from "../../shared/test/scripted-aws.ts";
import { isWrite } from "../../shared/test/denied.ts";
import { serviceControl, stopAll } from "./run-service-control.ts";
import { hidden, ruleArnOf, ScriptedService, shown } from "./scripted-service.ts";

afterEach(stopAll);

const withRule = { "maintenance-rule-arn": ruleArnOf("api") };

function make() {
  const api = new ScriptedService(3, { min: 3, max: 12 });
  api.rule = hidden;
  return { api, ml: new ScriptedService(1) };
}
const writes = (calls: { action: string }[]) => calls.map(({ action }) => action).filter(isWrite);

describe("the maintenance answer", () => {
  it("is shown by a stop, after the record of it and before any task has ended", async () => {
    const services = make();
    const { aws, error, summary, services: states } = await serviceControl(services, { mode: "stop", ...withRule });
    expect(error).toBeUndefined();
    expect(services.api.rule).toEqual(shown);
    expect(services.api.tags.get("emergency:maintenance-rule")).toBe(ruleArnOf("api"));
    expect(services.ml.tags.has("emergency:maintenance-rule")).toBe(false);
    const calls = writes(aws.calls);
    expect(calls.indexOf("ecs:TagResource")).toBeLessThan(calls.indexOf("elasticloadbalancing:ModifyRule"));
    expect(states).toMatchObject([{ service: "api", "maintenance-answer": "shown" }, { service: "ml" }]);
    expect(states[1]).not.toHaveProperty("maintenance-answer");
    expect(summary).toContain("get the maintenance answer");
  });

  it("is hidden by a resume once the tasks run, also where the rule is not named again", async () => {
    const services = make();
    await serviceControl(services, { mode: "stop", ...withRule });
    const { aws, error, summary } = await serviceControl(services, { mode: "resume" });
    expect(error).toBeUndefined();
    expect(services.api).toMatchObject({ rule: hidden, running: 3 });
    expect([...services.api.tags]).toEqual([]);
    const calls = writes(aws.calls);
    expect(calls.lastIndexOf("ecs:UpdateService")).toBeLessThan(calls.indexOf("elasticloadbalancing:ModifyRule"));
    expect(calls.indexOf("elasticloadbalancing:ModifyRule")).toBeLessThan(calls.lastIndexOf("ecs:UntagResource"));
    expect(summary).toContain("are served");
  });

  it("stays as long as the tasks do not start", async () => {
    const services = make();
    await serviceControl(services, { mode: "stop", ...withRule });
    services.api.isStuck = true;
    const { error } = await serviceControl(services, { mode: "resume", "wait-for-minutes": "1" });
    expect(error).toMatchObject({ outcome: "timed-out" });
    expect(services.api.rule).toEqual(shown);
  });

  it("is in the report, and not changed by it", async () => {
    const services = make();
    await serviceControl(services, { mode: "stop", ...withRule });
    const { aws, lines } = await serviceControl(services, { mode: "status" });
    expect(writes(aws.calls)).toEqual([]);
    expect(lines[0]).toContain("3 tasks recorded, maintenance answer shown");
  });

  it("without it, the report says that customers get 503", async () => {
    const { api } = make();
    const { summary } = await serviceControl({ api }, { mode: "stop" });
    expect(api.rule).toEqual(hidden);
    expect(summary).toContain("get 503 from the load balancer");
  });

  it("is shown for services that were stopped without it, and hidden where the services run already", async () => {
    const services = make();
    await serviceControl(services, { mode: "stop" });
    const stopped = await serviceControl(services, { mode: "stop", ...withRule });
    expect(stopped.outputs["outcome"]).toBe("succeeded");
    expect(services.api.rule).toEqual(shown);
    await serviceControl(services, { mode: "resume" });
    services.api.rule = shown;
    const resumed = await serviceControl(services, { mode: "resume", ...withRule });
    expect(resumed.outputs["outcome"]).toBe("succeeded");
    expect(services.api.rule).toEqual(hidden);
  });

  it("is changed once only", async () => {
    const services = make();
    await serviceControl(services, { mode: "stop", ...withRule });
    const { aws, outputs } = await serviceControl(services, { mode: "stop", ...withRule });
    expect(writes(aws.calls)).toEqual([]);
    expect(outputs["outcome"]).toBe("unchanged");
  });

  it("of which nothing is changed in a dry run", async () => {
    const services = make();
    const { aws } = await serviceControl(services, { mode: "stop", "dry-run": "true", ...withRule });
    expect(writes(aws.calls)).toEqual([]);
  });
});

describe("the services are stopped all the same, and the step fails,", () => {
  const cases: [string, (api: ScriptedService) => void, string][] = [
    ["when there is no such rule", (api) => (api.rule = undefined), "there is no rule arn:aws:elasticloadbalancing"],
    [
      "when the rule is one that the system needs",
      (api) => (api.rule = { "path-pattern": "/api/*" }),
      "is no rule for a maintenance answer, and is left as it is: its condition is path-pattern /api/*",
    ],
    [
      "when the rule has one condition more",
      (api) => (api.rule = { ...hidden, "path-pattern": "/*" }),
      "its condition is host-header maintenance.invalid and path-pattern /*, not",
    ],
  ];

  it.each(cases)("%s", async (_what, change, message) => {
    const services = make();
    change(services.api);
    const rule = services.api.rule;
    const { error, aws } = await serviceControl(services, { mode: "stop", ...withRule });
    expect([services.api.running, services.ml.running]).toEqual([0, 0]);
    expect(error).toMatchObject({ name: "FailedError", message: expect.stringContaining(message) });
    expect(services.api.rule).toEqual(rule);
    expect(aws.count("elasticloadbalancing:ModifyRule")).toBe(0);
  });

  it("when AWS does not change the rule; the next run does", async () => {
    const services = make();
    const { error } = await serviceControl(services, { mode: "stop", ...withRule }, (handlers) => ({
      ...handlers,
      "elasticloadbalancing:ModifyRule": () => new AwsError("OperationNotPermitted", "not now"),
    }));
    expect([services.api.running, services.ml.running]).toEqual([0, 0]);
    expect(error?.message).toContain("elasticloadbalancing:ModifyRule failed: OperationNotPermitted");
    await serviceControl(services, { mode: "stop", ...withRule });
    expect(services.api.rule).toEqual(shown);
  });
});

it("a rule that cannot be read does not fail a report", async () => {
  const services = make();
  services.api.rule = undefined;
  const { error, warnings, lines } = await serviceControl(services, { mode: "status", ...withRule });
  expect(error).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining("there is no rule")]);
  expect(lines[0]).toContain("maintenance answer unknown");
});
