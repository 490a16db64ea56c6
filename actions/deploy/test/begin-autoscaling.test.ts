// Autoscaling begins with the first deployment: until then its minimum is 0.
import { afterEach, describe, expect, it } from "vitest";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import type { EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { ScriptedAutoscaling } from "../../shared/test/scripted-autoscaling.ts";
import { deploy, stable, stopLast } from "./deploy-scenario.ts";

afterEach(stopLast);

const register = "application-autoscaling:RegisterScalableTarget";
const describeTargets = "application-autoscaling:DescribeScalableTargets";
const resource = "service/default/api";

/** A service that has never been deployed, as Terraform creates it. */
function created(tags: Record<string, string> = {}): EcsScenario {
  const all = { "deploy:initial-count": "3", "deploy:minimum-count": "3", ...tags };
  return {
    ...stable,
    service: { desiredCount: 0, runningCount: 0, tags: Object.entries(all).map(([key, value]) => ({ key, value })) },
  };
}

async function deployed(
  scenario: EcsScenario,
  { min = 0, handlers = {}, inputs = {} }: { min?: number; handlers?: Handlers; inputs?: Record<string, string> } = {},
) {
  const autoscaling = new ScriptedAutoscaling({ [resource]: { MinCapacity: min, MaxCapacity: 12 } });
  const run = await deploy(scenario, inputs, () => ({ ...autoscaling.handlers, ...handlers }));
  return { ...run, autoscaling };
}

describe("the first deployment of a service with autoscaling", () => {
  it("sets the count and then the minimum, and leaves the maximum alone", async () => {
    const { aws, outputs, autoscaling, lines } = await deployed(created());
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.last("ecs:UpdateService").desiredCount).toBe(3);
    expect(aws.last(register)).toEqual({
      ServiceNamespace: "ecs",
      ScalableDimension: "ecs:service:DesiredCount",
      ResourceId: resource,
      MinCapacity: 3,
    });
    expect(autoscaling.targets[resource]).toEqual({ MinCapacity: 3, MaxCapacity: 12 });
    expect(aws.calls.findIndex(({ action }) => action === register)).toBeGreaterThan(
      aws.calls.findIndex(({ action }) => action === "ecs:UpdateService"),
    );
    expect(lines).toContain("api: autoscaling begins, with at least 3 tasks");
  });

  it("does so where nobody waits for the end, too", async () => {
    const { autoscaling } = await deployed(created(), { inputs: { "wait-for-service-stability": "false" } });
    expect(autoscaling.targets[resource]?.MinCapacity).toBe(3);
  });

  it("does not if the deployment fails: nothing that works would be scaled", async () => {
    const failed = { ...created(), steps: [{ at: 2, state: "FAILED" as const, reason: "circuit breaker" }] };
    const { aws, autoscaling } = await deployed(failed);
    expect(autoscaling.targets[resource]?.MinCapacity).toBe(0);
    expect(aws.count(describeTargets)).toBe(0);
  });
});

describe("autoscaling is left alone", () => {
  it.each([
    ["where its minimum is no longer 0, even if the tag has another one", created({ "deploy:minimum-count": "5" }), 4],
    ["in an emergency", created({ "emergency:reason": "database" }), 0],
    ["where the count is 0 on purpose", created({ "deploy:initial-count": "0" }), 0],
  ])("%s", async (_where, scenario, min) => {
    const { aws, autoscaling } = await deployed(scenario, { min });
    expect(autoscaling.targets[resource]?.MinCapacity).toBe(min);
    expect(aws.count(register)).toBe(0);
  });

  it("and not asked about where the service has no tag for it", async () => {
    const { aws, outputs } = await deploy(stable);
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.calls.filter(({ action }) => action.startsWith("application-autoscaling:"))).toEqual([]);
  });

  it("where there is none", async () => {
    const { aws, warnings } = await deployed(created(), {
      handlers: { [describeTargets]: () => ({ ScalableTargets: [] }) },
    });
    expect(aws.count(register)).toBe(0);
    expect(warnings).toEqual([]);
  });
});

describe("the deployment succeeds, with a warning", () => {
  const refused = (action: string) => () =>
    new AwsError(
      "AccessDeniedException",
      `User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
    );

  it.each([register, describeTargets])("where the role lacks %s", async (action) => {
    const { outputs, warnings } = await deployed(created(), { handlers: { [action]: refused(action) } });
    expect(outputs["outcome"]).toBe("succeeded");
    expect(warnings).toEqual([
      expect.stringMatching(new RegExp(`lacks ${action}: autoscaling of api may keep the minimum 0.*"Effect":"Allow"`)),
    ]);
  });

  it("where AWS refuses it", async () => {
    const handlers = { [register]: () => new AwsError("ValidationException", "Maximum capacity is less than 3") };
    const { outputs, warnings } = await deployed(created(), { handlers });
    expect(outputs["outcome"]).toBe("succeeded");
    expect(warnings).toEqual([expect.stringContaining("Maximum capacity is less than 3; autoscaling of api may keep")]);
  });

  it.each(["0", "three", "1.5"])("where the tag is %s", async (text) => {
    const { outputs, warnings, aws } = await deployed(created({ "deploy:minimum-count": text }));
    expect(outputs["outcome"]).toBe("succeeded");
    expect(warnings).toEqual([expect.stringContaining(`deploy:minimum-count of api is "${text}" and must be`)]);
    expect(aws.count(register)).toBe(0);
  });
});
