import { describe, expect, it } from "vitest";
import { toTaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";

const described = {
  taskDefinition: {
    family: "rainbow-seeker-api",
    taskDefinitionArn: "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/rainbow-seeker-api:7",
    revision: 7,
    status: "ACTIVE",
    registeredAt: "2026-01-01T00:00:00Z",
    compatibilities: ["EC2", "FARGATE"],
    requiresAttributes: [{ name: "x" }],
    cpu: "512",
    enableFaultInjection: false,
    containerDefinitions: [
      {
        name: "api",
        image: "repo@sha256:old",
        cpu: 0,
        essential: true,
        environment: [
          { name: "B", value: "" },
          { name: "A", value: "a=b==" },
        ],
        mountPoints: [],
        portMappings: [{ containerPort: 3000, hostPort: 3000, protocol: "tcp" }],
      },
      { name: "sidecar", image: "other", essential: false },
    ],
  },
  tags: [
    { key: "Name", value: "api" },
    { key: "deploy:verified-at", value: "2026-01-01T00:00:00Z" },
  ],
};
const definition = toTaskDefinitionInput(described, "answer");

describe("registrable", () => {
  it("takes the answer of describe-task-definition, drops what only describes, keeps what it does not know", () => {
    expect(Object.keys(definition).toSorted()).toEqual([
      "containerDefinitions",
      "cpu",
      "enableFaultInjection",
      "family",
      "tags",
    ]);
  });

  it("does not call a new revision verified because the one before was", () => {
    expect(definition.tags).toEqual([{ key: "Name", value: "api" }]);
  });

  it.each([
    [[], "must be a task definition"],
    [{ containerDefinitions: [{}] }, "family is missing"],
    [{ family: "x", containerDefinitions: [] }, "containerDefinitions is missing or empty"],
  ])("refuses %j", (document, message) => {
    expect(() => toTaskDefinitionInput(document, "file.json")).toThrow(message);
  });
});
