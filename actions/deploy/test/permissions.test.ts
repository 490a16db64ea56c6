// Credentials that expire and permissions that are missing: said at once, by name, with the way on.
import { afterEach, describe, expect, it } from "vitest";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import type { EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { breakerWithRollback, crashLoop, runScenario, stopAll, success } from "./scenarios.ts";
import { definition, file } from "./run-deploy.ts";

afterEach(stopAll);

describe("credentials and permissions", () => {
  const expired = new AwsError("ExpiredTokenException", "The security token included in the request is expired");
  const calls = [
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:RegisterTaskDefinition",
    "ecs:UpdateService",
  ];

  it.each(calls)("credentials that expire at %s are named at once", async (action) => {
    const { error, took } = await runScenario({ play: success.play }, (handlers) => ({
      ...handlers,
      [action]: () => expired,
    }));
    expect(error).toMatchObject({
      name: "ConfigurationError",
      message: expect.stringContaining("credentials have expired"),
    });
    expect(took).toBeLessThan(5000);
  });

  const refused = (action: string) =>
    new AwsError(
      "AccessDeniedException",
      `User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`,
    );

  // Whether the running revision is the same can be done without: role.test.ts.
  const needed = calls.filter((call) => call !== "ecs:DescribeTaskDefinition");

  it.each(needed)("a role that lacks %s fails at once, with its name", async (action) => {
    const { error, took } = await runScenario({ play: success.play }, (handlers) => ({
      ...handlers,
      [action]: () => refused(action),
    }));
    expect(error).toMatchObject({ name: "ConfigurationError", message: expect.stringContaining(`lacks ${action}`) });
    expect(took).toBeLessThan(5000);
  });

  it.each(["ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments"])(
    "a role that may not %s, as the peer's need not, deploys all the same",
    async (action) => {
      const { outputs, lines } = await runScenario({ play: { ...success.play, records: true } }, (handlers) => ({
        ...handlers,
        [action]: () => refused(action),
      }));
      expect(outputs["outcome"]).toBe("succeeded");
      expect(lines).toContainEqual(expect.stringContaining(action));
    },
  );

  it.each(["ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"])(
    "a role that may not %s is told what it does not see where traffic shifts after the tasks run",
    async (action) => {
      for (const strategy of ["BLUE_GREEN", "CANARY", "LINEAR", "ROLLING"] as const) {
        const play: EcsScenario = { ...success.play, records: true, history: [], strategy };
        const { outputs, warnings } = await runScenario({ play }, (handlers) => ({
          ...handlers,
          [action]: () => refused(action),
        }));
        expect(outputs["outcome"]).toBe("succeeded");
        const said = `deployment strategy ${strategy} of this service, lifecycle hooks, the shift of traffic and alarms in the bake time may roll the deployment back after this step has reported its success`;
        expect(warnings).toEqual([
          strategy === "ROLLING" ? expect.not.stringContaining("bake time") : expect.stringContaining(said),
        ]);
        expect(warnings[0]).toContain(`"Action":"${action}"`);
      }
    },
  );

  it("an AWS that does not know these calls is deployed to all the same", async () => {
    const { outputs, lines } = await runScenario({ play: { ...success.play, records: true } }, (handlers) => ({
      ...handlers,
      "ecs:ListServiceDeployments": () => new AwsError("UnknownOperationException", ""),
    }));
    expect(outputs["outcome"]).toBe("succeeded");
    expect(lines).toContainEqual(expect.stringContaining("ecs:ListServiceDeployments is not available here"));
  });

  it("each call that a role may not make is named, whether it could be done without or not", async () => {
    const task = {
      taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1",
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      containers: [{ name: "migrate", exitCode: 0 }],
    };
    const secret = "arn:aws:secretsmanager:ap-northeast-1:1:secret:db-AbCdEf";
    const image = `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api@sha256:${"a".repeat(64)}`;
    const demanding = file({
      family: "api",
      memory: "512",
      executionRoleArn: "arn:aws:iam::123456789012:role/execution",
      containerDefinitions: [
        {
          name: "api",
          image,
          secrets: [
            { name: "A", valueFrom: "/a" },
            { name: "B", valueFrom: secret },
          ],
          logConfiguration: {
            logDriver: "awslogs",
            options: { "awslogs-group": "/ecs/api", "awslogs-stream-prefix": "x" },
          },
        },
      ],
    });
    const inputs = {
      "task-definition": demanding,
      "migration-task-definition": file(definition("new", "migrate")),
      alarms: "api-5xx",
      "bake-minutes": "1",
      "max-5xx-percent": "5",
    };
    const everything: Handlers = {
      "ecs:RunTask": () => ({ tasks: [task] }),
      "ecs:DescribeTasks": () => ({ tasks: [task] }),
      "logs:FilterLogEvents": () => ({ events: [] }),
      "logs:DescribeLogGroups": () => ({ logGroups: [{ logGroupName: "/ecs/api" }] }),
      "ecr:DescribeImages": () => ({ imageDetails: [{}] }),
      "ssm:DescribeParameters": () => ({ Parameters: [{}] }),
      "secretsmanager:DescribeSecret": () => ({ ARN: secret }),
      "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [{ AlarmName: "api-5xx", StateValue: "OK" }] }),
      "cloudwatch:GetMetricData": () => ({ MetricDataResults: [] }),
    };
    const played: EcsScenario = {
      ...success.play,
      records: true,
      service: { loadBalancers: [{ targetGroupArn: "arn:aws:elasticloadbalancing:r:1:targetgroup/api/abc" }] },
    };
    const whole = await runScenario({ play: played, inputs }, (handlers) => ({ ...handlers, ...everything }));
    expect(whole.outputs["outcome"]).toBe("succeeded");
    const asked = [...new Set(whole.aws.calls.map(({ action }) => action))];
    expect(asked.length).toBeGreaterThan(14);
    for (const action of asked) {
      const { lines, error, took } = await runScenario({ play: played, inputs }, (handlers) => ({
        ...handlers,
        ...everything,
        [action]: () => refused(action),
      }));
      expect([...lines, error?.message].join("\n"), action).toContain(action);
      expect(took, action).toBeLessThan(200_000);
      if (error)
        expect(error, action).toMatchObject({
          name: "ConfigurationError",
          message: expect.stringContaining(`lacks ${action}`),
        });
    }
  }, 60_000);

  it("a role that may not see why tasks stop ends the deployment by the failures that ECS counts where nobody else would", async () => {
    const { error, late, lines } = await runScenario({ play: crashLoop.play }, (handlers) => ({
      ...handlers,
      "ecs:DescribeTasks": () => refused("ecs:DescribeTasks"),
    }));
    expect(error!.message).toContain("3 of its tasks failed in a row, and the service has no circuit breaker");
    expect(lines).toContainEqual(expect.stringContaining("lacks ecs:DescribeTasks"));
    expect(late).toBeLessThan(crashLoop.within!);
  });

  it("with a circuit breaker the outcome is reported without the reasons", async () => {
    const { outputs, lines } = await runScenario({ play: breakerWithRollback.play }, (handlers) => ({
      ...handlers,
      "ecs:ListTasks": () => refused("ecs:ListTasks"),
    }));
    expect(outputs["outcome"]).toBe("rolled-back");
    expect(lines).toContainEqual(expect.stringContaining("lacks ecs:ListTasks"));
  });
});
