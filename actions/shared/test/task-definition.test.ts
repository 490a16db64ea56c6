import { describe, expect, it } from "vitest";
import {
  differences,
  toTaskDefinitionInput,
  type TaskDefinitionInput,
} from "../src/ecs/task-definition/task-definition.ts";

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

describe("differences", () => {
  const container = (more: object): TaskDefinitionInput => ({
    family: "f",
    containerDefinitions: [{ name: "api", image: "i", ...more }],
  });

  it("sees none between a file and what ECS makes of it", () => {
    const file = container({
      environment: [
        { name: "A", value: "1" },
        { name: "B", value: "" },
      ],
      portMappings: [{ containerPort: 3000 }],
    });
    const described = container({
      cpu: 0,
      essential: true,
      mountPoints: [],
      volumesFrom: [],
      systemControls: [],
      environment: [
        { name: "B", value: "" },
        { name: "A", value: "1" },
      ],
      portMappings: [{ containerPort: 3000, hostPort: 3000, protocol: "tcp" }],
    });
    expect(differences(described, file)).toEqual([]);
    expect(differences(file, described)).toEqual([]);
  });

  it("sees an emptied value, an order that matters, and what is gone", () => {
    expect(
      differences(
        container({ environment: [{ name: "A", value: "1" }] }),
        container({ environment: [{ name: "A", value: "" }] }),
      ),
    ).toEqual(["~ containers.api.environment.A: 1 → "]);
    expect(differences(container({ command: ["a", "b"] }), container({ command: ["b", "a"] }))).toHaveLength(1);
    expect(differences(container({ command: ["a", "", "b"] }), container({ command: ["a", "b"] }))).toHaveLength(1);
    expect(differences(container({ user: "1001" }), container({}))).toEqual(["- containers.api.user: 1001"]);
    expect(differences(container({}), container({ readonlyRootFilesystem: true }))).toEqual([
      "+ containers.api.readonlyRootFilesystem: true",
    ]);
  });

  it("shows no value that its name or its text gives away as a secret", () => {
    const before = container({
      environment: [
        { name: "DB_PASSWORD", value: "hunter1" },
        { name: "REDIS_URL", value: "redis://me:hunter1@cache" },
        { name: "MONKEY", value: "1" },
      ],
    });
    const after = container({
      environment: [
        { name: "DB_PASSWORD", value: "hunter2" },
        { name: "REDIS_URL", value: "redis://me:hunter2@cache" },
        { name: "MONKEY", value: "2" },
      ],
    });
    expect(differences(container({}), after).join()).not.toContain("hunter");
    expect(differences(before, after)).toEqual([
      "~ containers.api.environment.DB_PASSWORD: (not shown) → (not shown)",
      "~ containers.api.environment.MONKEY: 1 → 2",
      "~ containers.api.environment.REDIS_URL: (not shown) → (not shown)",
    ]);
  });
});
