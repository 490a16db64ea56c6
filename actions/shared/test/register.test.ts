import { ECSClient } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { registerTaskDefinition } from "../src/ecs/task-definition/register.ts";
import type { TaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";
import { asDescribed } from "./described.ts";
import { ScriptedAws, simulatedClock } from "./scripted-aws.ts";

const latest = "arn:aws:ecs:eu-west-1:123456789012:task-definition/f:7";
const next = latest.replace(":7", ":8");

/** @returns the ARN for the wanted definition, where the family's latest revision was registered from another. */
async function register(there: TaskDefinitionInput, wanted: TaskDefinitionInput): Promise<string> {
  const { tags, ...taskDefinition } = asDescribed(there);
  const aws = await ScriptedAws.start({
    "ecs:DescribeTaskDefinition": () => ({ taskDefinition: { ...taskDefinition, registeredAt: 0 }, tags }),
    "ecs:RegisterTaskDefinition": () => ({ taskDefinition: { taskDefinitionArn: next } }),
  });
  try {
    const clock = simulatedClock();
    const context = { clock, deadline: clock.now() + 1000, log: () => undefined };
    return await registerTaskDefinition({ ...context, ecs: new ECSClient(aws.client) }, wanted);
  } finally {
    await aws.stop();
  }
}

const definition: TaskDefinitionInput = {
  family: "f",
  cpu: ".25 vCPU",
  memory: "0.5 GB",
  networkMode: "bridge",
  tags: [{ key: "team", value: "a" }],
  containerDefinitions: [
    {
      name: "api",
      image: "i",
      portMappings: [{ containerPort: 80 }, { containerPortRange: "8000-8010" }],
      healthCheck: { command: ["CMD", "check"] },
    },
  ],
};

describe("registerTaskDefinition", () => {
  it("takes the latest revision when it is the same, whatever ECS and the toolkit have added to it", async () => {
    expect(await register(definition, definition)).toBe(latest);
  });

  it.each<[string, TaskDefinitionInput]>([
    ["another tag", { ...definition, tags: [{ key: "team", value: "b" }] }],
    ["a tag more", { ...definition, tags: [...(definition.tags ?? []), { key: "cost", value: "1" }] }],
    ["no tag", { ...definition, tags: [] }],
    ["another size", { ...definition, cpu: "512" }],
  ])("registers a new one with %s", async (_what, wanted) => {
    expect(await register(definition, wanted)).toBe(next);
  });
});
