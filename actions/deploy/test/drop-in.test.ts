// The inputs of the action that deploy replaces, and what comes on top before anything is changed: several services,
// plan, in-flight, preflight.
import { afterEach, describe, expect, it } from "vitest";
import { simulatedClock, AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, ScriptedEcs } from "../../shared/test/scripted-ecs.ts";
import { readInputs } from "../src/inputs.ts";
import { deploy, stable, stopLast, stopWith } from "./deploy-scenario.ts";
import { definition, file, runDeploy } from "./run-deploy.ts";

afterEach(stopLast);

describe("the peer's inputs", () => {
  it("without a service register only", async () => {
    const { outputs, aws, summary } = await deploy(stable, { service: "", "wait-for-service-stability": "" });
    expect(outputs).toMatchObject({ "task-definition-arn": arnOf(2) });
    expect(aws.count("ecs:UpdateService")).toBe(0);
    expect(summary).toContain("api:2 is registered");
  });

  it("reach UpdateService, and what is not given stays as the service has it", async () => {
    const volume = '{"sizeInGiB": 20, "roleArn": "arn:aws:iam::1:role/ebs"}';
    const { aws } = await deploy(stable, {
      "desired-count": "2",
      "force-new-deployment": "true",
      "propagate-tags": "SERVICE",
      "enable-ecs-managed-tags": "true",
      "service-managed-ebs-volume-name": "data",
      "service-managed-ebs-volume": volume,
      "keep-null-value-keys": "a,b",
      "max-retries": "5",
    });
    expect(aws.last("ecs:UpdateService")).toMatchObject({
      desiredCount: 2,
      forceNewDeployment: true,
      propagateTags: "SERVICE",
      enableECSManagedTags: true,
      volumeConfigurations: [{ name: "data", managedEBSVolume: { sizeInGiB: 20 } }],
    });
    const plain = await deploy(stable);
    for (const field of ["desiredCount", "propagateTags", "enableECSManagedTags", "deploymentConfiguration"])
      expect(plain.aws.last("ecs:UpdateService")).not.toHaveProperty(field);
  });

  it("are refused together when they cannot be right", () => {
    const given: Record<string, string> = {
      "run-task": "yes",
      "run-task-tags": "{}",
      "run-task-launch-type": "LAMBDA",
      "wait-for-minutes": "soon",
      "in-flight": "queue",
      "service-managed-ebs-volume": "[1]",
      "bake-minutes": "5",
      "migration-container": "m",
    };
    for (const part of [
      "task-definition: is required",
      "run-task: must be true or false",
      "run-task-tags: must be a JSON array",
      "FARGATE, EC2, EXTERNAL or MANAGED_INSTANCES",
      "wait-for-minutes: must be a number",
      "replace, wait or fail",
      "service-managed-ebs-volume: must be an object",
      "there is nothing to watch",
      "has no effect without migration-task-definition",
    ]) {
      expect(() => readInputs((name) => given[name] ?? "")).toThrow(part);
    }
  });

  it("wait no longer than six hours, as there", () => {
    expect(readInputs((name) => ({ "task-definition": "a", "wait-for-minutes": "1000" })[name] ?? "").waitMinutes).toBe(
      360,
    );
  });
});

describe("run-task", () => {
  const task = {
    taskArn: `arn:aws:ecs:ap-northeast-1:1:task/c/t1`,
    lastStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
  };
  const running =
    (exitCode: number, seen: unknown[] = []) =>
    (): Handlers => ({
      "ecs:RunTask": (input, call) => {
        seen.push(input);
        return call === 0 ? new AwsError("ThrottlingException", "Rate exceeded") : { tasks: [task], failures: [] };
      },
      "ecs:DescribeTasks": () => ({ tasks: [{ ...task, containers: [{ name: "api", exitCode }] }] }),
      "logs:FilterLogEvents": () => ({ events: [{ eventId: "1", message: "seeded" }] }),
    });
  const inputs = {
    service: "",
    "wait-for-service-stability": "",
    "run-task": "true",
    "wait-for-task-stopped": "true",
    "run-task-subnets": "subnet-1, subnet-2",
    "run-task-security-groups": "sg-1",
    "run-task-assign-public-IP": "ENABLED",
    "run-task-container-overrides": '[{"name": "api", "command": ["seed"]}]',
    "run-task-tags": '[{"key": "a", "value": "b"}]',
    "run-task-started-by": "nightly",
  };

  it("starts the task once, whatever happens to the answer, and shows its log", async () => {
    const seen: any[] = [];
    const { outputs, lines, error } = await deploy(stable, inputs, running(0, seen));
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({ "run-task-arn": JSON.stringify([task.taskArn]) });
    expect(lines).toContain("  seeded");
    expect(new Set(seen.map(({ clientToken }) => clientToken)).size).toBe(1);
    expect(seen.at(-1)).toMatchObject({
      startedBy: "nightly",
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"], assignPublicIp: "ENABLED" },
      },
      overrides: { containerOverrides: [{ name: "api", command: ["seed"] }] },
      tags: [{ key: "a", value: "b" }],
    });
  });

  it("fails with exit code, reason and log, and deploys nothing then", async () => {
    const { error, aws } = await deploy(stable, { ...inputs, service: "api" }, running(3));
    expect(error!.message).toMatch(/container api exited with code 3[\s\S]*DB_HOST: is missing/);
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("by capacity provider names no launch type", async () => {
    const seen: any[] = [];
    await deploy(
      stable,
      { ...inputs, "run-task-capacity-provider-strategy": '[{"capacityProvider": "FARGATE_SPOT", "weight": 1}]' },
      running(0, seen),
    );
    expect(seen.at(-1)).toMatchObject({ capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] });
    expect(seen.at(-1)).not.toHaveProperty("launchType");
  });
});

describe("several services", () => {
  it("get one revision, registered once; the worst of their ends counts", async () => {
    const clock = simulatedClock();
    const good = new ScriptedEcs(() => clock.now(), stable);
    const bad = new ScriptedEcs(() => clock.now(), {
      steps: [
        {
          at: 2,
          failed: 3,
          stops: Array.from({ length: 3 }, () => ({
            stopCode: "EssentialContainerExited",
            reason: "gone",
            exitCode: 1,
          })),
        },
      ],
    });
    const of = (name: string) => (name === "bad" ? bad : good);
    const handlers: Handlers = {
      ...good.handlers,
      "ecs:DescribeServices": (input) => of(input.services[0]).handlers["ecs:DescribeServices"]!(input, 0),
      "ecs:UpdateService": (input) => of(input.service).handlers["ecs:UpdateService"]!(input, 0),
      "ecs:ListTasks": (input) => of(input.serviceName).handlers["ecs:ListTasks"]!(input, 0),
      "ecs:DescribeTasks": (input) => bad.handlers["ecs:DescribeTasks"]!(input, 0),
    };
    const run = await runDeploy(handlers, { service: "good, bad" }, clock);
    stopWith(run);
    expect(run.aws.count("ecs:RegisterTaskDefinition")).toBe(1);
    expect(
      run.aws.calls
        .filter(({ action }) => action === "ecs:UpdateService")
        .map(({ input }) => [input.service, input.taskDefinition]),
    ).toEqual([
      ["good", arnOf(2)],
      ["bad", arnOf(2)],
    ]);
    expect(
      JSON.parse(String(run.outputs["services"])).map(({ service, outcome }: Record<string, string>) => [
        service,
        outcome,
      ]),
    ).toEqual([
      ["good", "succeeded"],
      ["bad", "failed"],
    ]);
    expect(run.outputs["outcome"]).toBe("failed");
    expect(run.error!.message).toContain("bad: api:2 did not reach a steady state");
    expect(run.lines).toContainEqual(expect.stringMatching(/^bad: {3}container api exited with code 1/));
  });
});

describe("plan", () => {
  it("goes the same way and stops before the first write", async () => {
    const { outputs, lines, aws, summary, error } = await deploy(stable, {
      plan: "true",
      "migration-task-definition": file(definition("new", "migrate")),
    });
    expect(error).toBeUndefined();
    expect(lines).toEqual([
      "run the migration migrate",
      "api: api:1 → a new revision of api",
      "  ~ containers.api.image: old:1 → new",
    ]);
    expect(summary).toContain("nothing was changed");
    expect(outputs).toMatchObject({ outcome: "", "previous-task-definition-arn": arnOf(1) });
    expect(aws.calls.map(({ action }) => action).filter((action) => !/Describe|List/.test(action))).toEqual([]);
  });
});

describe("a revision that is there already", () => {
  it("is not registered again, whoever runs it", async () => {
    const { aws, outputs, lines } = await deploy({ ...stable, revisions: { 7: { image: "new" } } });
    expect(aws.count("ecs:RegisterTaskDefinition")).toBe(0);
    expect(outputs["task-definition-arn"]).toBe(arnOf(7));
    expect(lines).toContain("api:7 is the same; nothing to register");
  });

  it("is sent as it was written, with keys that this toolkit does not know", async () => {
    const { aws, lines } = await deploy(stable, {
      "task-definition": file({ ...definition("new"), newIn2027: { a: [1] } }),
    });
    expect(aws.last("ecs:RegisterTaskDefinition")).toMatchObject({ family: "api", newIn2027: { a: [1] } });
    expect(lines).toContainEqual(expect.stringContaining("newIn2027: is not known here"));
  });

  it("keeps empty texts, wherever they stand", async () => {
    const container = {
      name: "api",
      image: "new",
      command: ["a", "", "b"],
      environment: [{ name: "EMPTY", value: "" }],
      dockerLabels: { label: "" },
    };
    const { aws } = await deploy(stable, {
      "task-definition": file({ family: "api", memory: "512", containerDefinitions: [container] }),
    });
    expect(aws.last("ecs:RegisterTaskDefinition").containerDefinitions).toEqual([container]);
  });

  it("is refused when a key is misspelled, before anything is called", async () => {
    const { aws, error } = await deploy(stable, {
      "task-definition": file({ family: "api", containerDefinitions: [{ name: "api", image: "x", enviroment: [] }] }),
    });
    expect(error!.message).toContain("did you mean environment?");
    expect(aws.calls).toEqual([]);
  });
});

describe("another deployment in flight", () => {
  /** Until the service has been described `looks` times, or an update replaces it. */
  const inFlight =
    (looks: number) =>
    (handlers: Handlers): Handlers => {
      let isReplaced = false;
      const describeServices: Handlers[string] = (input, call) => {
        const answer = handlers["ecs:DescribeServices"]!(input, call) as any;
        return call < looks && !isReplaced
          ? {
              services: [
                {
                  ...answer.services[0],
                  deployments: [{ ...answer.services[0].deployments[0], rolloutState: "IN_PROGRESS" }],
                },
              ],
            }
          : answer;
      };
      return {
        "ecs:DescribeServices": describeServices,
        "ecs:UpdateService": (input, call) => {
          isReplaced = true;
          return handlers["ecs:UpdateService"]!(input, call);
        },
      };
    };

  it("is replaced by default, as by the peer", async () => {
    expect((await deploy(stable, {}, inFlight(Infinity))).outputs).toMatchObject({ outcome: "succeeded" });
  });

  it("is waited for", async () => {
    const { outputs, lines } = await deploy(stable, { "in-flight": "wait" }, inFlight(4));
    expect(outputs).toMatchObject({ outcome: "succeeded" });
    expect(lines).toContain("api: a deployment of api:1 is in flight; waiting until it has finished");
  });

  it("is a reason to fail, with nothing changed", async () => {
    const { error, aws } = await deploy(stable, { "in-flight": "fail" }, inFlight(99));
    expect(error!.message).toContain("is in flight; nothing was changed");
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });
});

describe("before anything is changed", () => {
  const digest = "sha256:" + "a".repeat(64);
  const image = `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api@${digest}`;
  const demanding = file({
    family: "api",
    memory: "512",
    executionRoleArn: "arn:aws:iam::123456789012:role/execution",
    containerDefinitions: [
      {
        name: "api",
        image,
        secrets: [
          { name: "A", valueFrom: "/gone" },
          { name: "B", valueFrom: "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:db-AbCdEf:key::" },
        ],
        logConfiguration: {
          logDriver: "awslogs",
          options: { "awslogs-group": "/ecs/nowhere", "awslogs-stream-prefix": "x" },
        },
      },
    ],
  });
  const missing: Handlers = {
    "ecr:DescribeImages": () => new AwsError("ImageNotFoundException", "no"),
    "ecr:DescribePullThroughCacheRules": () => ({ pullThroughCacheRules: [] }),
    "ssm:DescribeParameters": () => ({ Parameters: [] }),
    "secretsmanager:DescribeSecret": () => new AwsError("ResourceNotFoundException", "no"),
    "logs:DescribeLogGroups": () => ({ logGroups: [{ logGroupName: "/ecs/nowhere-else" }] }),
    "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [] }),
  };

  it("all that is missing is named in one message", async () => {
    const { error, aws } = await deploy(stable, { "task-definition": demanding, alarms: "api-5xx" }, () => missing);
    for (const part of [
      "is not in ECR",
      "secret /gone: there is no such parameter",
      "secret:db-AbCdEf:key::: does not exist",
      "log group /ecs/nowhere: does not exist",
      "there is no alarm api-5xx",
    ])
      expect(error!.message).toContain(part);
    expect(error!.name).toBe("ConfigurationError");
    expect(aws.last("secretsmanager:DescribeSecret")).toEqual({
      SecretId: "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:db-AbCdEf",
    });
    expect(aws.count("ecs:RegisterTaskDefinition")).toBe(0);
  });

  it("what the role may not look at is said and left to ECS", async () => {
    const { outputs, lines } = await deploy(stable, { "task-definition": demanding }, () =>
      Object.fromEntries(
        Object.keys(missing).map((action) => [
          action,
          () => new AwsError("AccessDeniedException", `User: x is not authorized to perform: ${action}`),
        ]),
      ),
    );
    expect(outputs).toMatchObject({ outcome: "succeeded" });
    expect(lines).toContainEqual(
      expect.stringContaining("lacks ecr:DescribeImages: it was not checked before the deployment"),
    );
  });

  it("nothing is looked at with preflight: false", async () => {
    const { aws } = await deploy(stable, { "task-definition": demanding, preflight: "false" }, () => missing);
    expect(aws.count("ecr:DescribeImages")).toBe(0);
  });
});
