// Each permission of the policy taken away in turn: a stop and a resume succeed with one warning, or fail with the
// statement to add, and the next run with the permission goes on from there.
import { afterEach, describe, expect, it } from "vitest";
import { expectLine, permissionsOf, without } from "../../shared/test/denied.ts";
import { serviceControl, stopAll } from "./run-service-control.ts";
import { active, hidden, ruleArnOf, ScriptedService } from "./scripted-service.ts";

afterEach(stopAll);

function make() {
  const api = new ScriptedService(4, { min: 3, max: 12 });
  api.rule = hidden;
  return { api };
}
const before = make().api.state;

describe("a role that lacks", () => {
  it.each(permissionsOf("service-control"))("%s", async (permission) => {
    const services = make();
    let uses = 0;
    for (const mode of ["stop", "resume"]) {
      const { aws, error, warnings } = await serviceControl(
        services,
        { mode, "maintenance-rule-arn": ruleArnOf("api") },
        (handlers) => without("service-control", permission, handlers),
      );
      if (aws.count(permission) > 0) {
        uses += 1;
        expectLine(error?.message ?? warnings[0]!, "service-control", permission);
      }
      const again = await serviceControl(services, { mode, "maintenance-rule-arn": ruleArnOf("api") });
      expect(again.error, mode).toBeUndefined();
      expect(services.api.running, mode).toBe(mode === "stop" ? 0 : 4);
    }
    expect(uses, "is used by no mode").toBeGreaterThan(0);
    const { target } = services.api;
    // Where autoscaling could not be seen, it is not touched.
    expect(services.api.state).toEqual(before);
    expect(target?.SuspendedState).toEqual(active);
  });
});
