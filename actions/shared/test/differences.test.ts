import { describe, expect, it } from "vitest";
import { differences } from "../src/ecs/task-definition/differences.ts";
import type { TaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";
import { leavesOf, wholeDefinition, withValue } from "./ecs-model.ts";

describe("differences", () => {
  const container = (more: object): TaskDefinitionInput => ({
    family: "f",
    networkMode: "awsvpc",
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

  it("shows no password of a URL, wherever it is", () => {
    const whole = wholeDefinition("awsvpc");
    const secret = "postgres://app:hunter2@db/app";
    // Without these the entries of a list could not be told apart; they name things.
    const keys = new Set(["containerName", "containerPath", "deviceName", "hostPath", "hostname", "key", "name"]);
    const more = new Set(["containerPortRange", "namespace", "protocol", "sourceContainer"]);
    const texts = leavesOf(whole).filter(({ kind, path }) => {
      const name = String(path.at(-1));
      return kind === "string" && !keys.has(name) && !more.has(name);
    });
    expect(texts.length).toBeGreaterThan(90);
    const lines = texts.map(({ path }) =>
      differences(
        whole,
        withValue(whole, path, () => secret),
      ).join(),
    );
    expect(lines.filter((line) => line.includes("hunter2") || !line.includes("(not shown)"))).toEqual([]);
  });

  it.each<[string, TaskDefinitionInput]>([
    ["an environment variable", container({ environment: [{ name: "DB_PASSWORD", value: "hunter2" }] })],
    [
      "one that is there twice",
      container({ environment: [1, 2].map((at) => ({ name: "API_TOKEN", value: `hunter2-${at}` })) }),
    ],
    ["a label", container({ dockerLabels: { "app.secret": "hunter2" } })],
    [
      "an option of the log driver",
      container({ logConfiguration: { logDriver: "splunk", options: { "splunk-token": "hunter2" } } }),
    ],
    [
      "an option of a log router",
      container({ firelensConfiguration: { type: "fluentd", options: { apikey_token: "hunter2" } } }),
    ],
    ["an option of a command", container({ command: ["run", "--db-password", "hunter2"] })],
    ["an option with its value", container({ entryPoint: ["run", "--token=hunter2"] })],
    [
      "a health check",
      container({ healthCheck: { command: ["CMD-SHELL", "curl -u :x --proxy-password hunter2 localhost"] } }),
    ],
    ["a tag", { ...container({}), tags: [{ key: "deploy-token", value: "hunter2" }] }],
    [
      "an option of a volume",
      {
        ...container({}),
        volumes: [{ name: "v", dockerVolumeConfiguration: { driverOpts: { o: "username=app,password=hunter2" } } }],
      },
    ],
    [
      "a property of a proxy",
      {
        ...container({}),
        proxyConfiguration: { containerName: "p", properties: [{ name: "Secret", value: "hunter2" }] },
      },
    ],
  ])("shows no secret in %s, added, taken away or changed", (_what, definition) => {
    const changed = JSON.parse(JSON.stringify(definition).replaceAll("hunter2", "hunter3"));
    for (const lines of [
      differences(container({}), definition),
      differences(definition, container({})),
      differences(definition, changed),
    ]) {
      expect(lines.join()).toContain("(not shown)");
      expect(lines.join()).not.toContain("hunter");
    }
  });

  it("shows where secrets come from, and values that are none", () => {
    expect(
      differences(
        container({ user: "1" }),
        container({
          user: "2",
          command: ["node", "main.js", "--keyboard", "token"],
          secrets: [{ name: "DB_PASSWORD", valueFrom: "arn:aws:secretsmanager:r:1:secret:db-password:key::" }],
        }),
      ),
    ).toEqual([
      '+ containers.api.command: ["node","main.js","--keyboard","token"]',
      "+ containers.api.secrets.DB_PASSWORD: arn:aws:secretsmanager:r:1:secret:db-password:key::",
      "~ containers.api.user: 1 → 2",
    ]);
  });
});
