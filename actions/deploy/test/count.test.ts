// How many tasks a deployment asks for.
import { afterEach, describe, expect, it } from "vitest";
import type { Handlers, ScriptedAws } from "../../shared/test/scripted-aws.ts";
import { definition, pinned, runDeploy } from "./run-deploy.ts";
import { arn, service } from "./scripted-service.ts";

let aws: ScriptedAws;
afterEach(() => aws.stop());

async function deploy(handlers: Handlers): Promise<void> {
  ({ aws } = await runDeploy(handlers));
}

describe("the count", () => {
  /** @param deployedAt seconds after the service was made; undefined: ECS does not say */
  const empty = (tags: Record<string, string>, deployedAt?: number) => ({
    ...(deployedAt !== undefined && { createdAt: 1_800_000_000 }),
    desiredCount: 0,
    runningCount: 0,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    deployments: [
      {
        id: "ecs-svc/1",
        status: "PRIMARY",
        taskDefinition: arn(1),
        desiredCount: 0,
        runningCount: 0,
        rolloutState: "COMPLETED",
        ...(deployedAt !== undefined && { createdAt: 1_800_000_000 + deployedAt }),
      },
    ],
  });
  const verified: Handlers = {
    "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({
      taskDefinition: { ...definition(pinned("old")), taskDefinitionArn: taskDefinition },
      tags: [{ key: "deploy:verified-at", value: "2026" }],
    }),
  };

  const withImage = (image: string): Handlers => ({
    "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({
      taskDefinition: { ...definition(image), taskDefinitionArn: taskDefinition },
    }),
  });

  it.each([
    ["ECS does not say when", undefined, {}],
    ["its deployment was made with it", 2, {}],
    ["its revision has no image yet", 86_400, withImage("1.dkr.ecr.r.amazonaws.com/api:none-yet")],
  ])("of a service that was never deployed to comes from its tag: %s", async (_why, deployedAt, handlers) => {
    await deploy(service({ before: empty({ "deploy:initial-count": "3" }, deployedAt), handlers }));
    expect(aws.last("ecs:UpdateService").desiredCount).toBe(3);
  });

  it.each([
    ["stays at 0 in an emergency", empty({ "deploy:initial-count": "3", "emergency:reason": "database" }), {}],
    [
      "stays at 0 when someone set it there after a verified deployment",
      empty({ "deploy:initial-count": "3" }),
      verified,
    ],
    [
      "stays at 0 when someone set it there after a deployment that nothing has verified",
      empty({ "deploy:initial-count": "3" }, 86_400),
      {},
    ],
    ["is left alone otherwise", {}, {}],
  ])("%s", async (_what, before, handlers) => {
    await deploy(service({ before, handlers }));
    expect(aws.last("ecs:UpdateService").desiredCount).toBeUndefined();
  });
});
