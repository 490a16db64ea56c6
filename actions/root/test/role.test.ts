// Each permission of the policy taken away in turn: the release succeeds with one warning, or stops before the first
// write. And credentials that end in the middle: nothing is rolled back with them.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { callOf, expectLine, isWrite, permissionsOf, refusal, without } from "../../shared/test/denied.ts";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf } from "../../shared/test/scripted-ecs.ts";
import { good, release, stopAll } from "./release.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

afterEach(stopAll);

const secret = "arn:aws:secretsmanager:ap-northeast-1:1:secret:db-AbCdEf";
const image = `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api@sha256:${"a".repeat(64)}`;
const folder = makeTestFolder("role-test-");
afterAll(() => rmSync(folder, { recursive: true }));
const migration = join(folder, "migrate.json");
writeFileSync(
  migration,
  JSON.stringify({
    family: "migrate",
    memory: "512",
    containerDefinitions: [{ name: "migrate", image: "old", essential: true }],
  }),
);
const task = {
  taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1",
  lastStatus: "STOPPED",
  stopCode: "EssentialContainerExited",
  containers: [{ name: "migrate", exitCode: 0 }],
};
const inputs = {
  cluster: "default",
  images: `api=${image}`,
  secrets: `A=/a\nB=${secret}`,
  "migration-task-definition": migration,
  "migration-images": "migrate=new",
  alarms: "api-5xx",
  "bake-minutes": "1",
  "max-5xx-percent": "5",
};
const more: Handlers = {
  "ecs:RunTask": () => ({ tasks: [task] }),
  "ecs:DescribeTasks": () => ({ tasks: [task] }),
  "ecr:DescribeImages": () => ({ imageDetails: [{}] }),
  "ssm:DescribeParameters": () => ({ Parameters: [{}] }),
  "secretsmanager:DescribeSecret": () => ({ ARN: secret }),
  "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [{ AlarmName: "api-5xx", StateValue: "OK" }] }),
  "cloudwatch:GetMetricData": () => ({ MetricDataResults: [] }),
  "application-autoscaling:DescribeScalableTargets": () => ({ ScalableTargets: [{ MinCapacity: 0 }] }),
  "application-autoscaling:RegisterScalableTarget": () => ({}),
};
const scenario = {
  ...good,
  records: true,
  history: [],
  service: { loadBalancers: [{ targetGroupArn: "arn:aws:elasticloadbalancing:r:1:targetgroup/api/abc" }] },
};
const scaled = {
  ...scenario,
  service: { ...scenario.service, tags: [{ key: "deploy:minimum-count", value: "3" }] },
};
const play = (change: (handlers: Handlers) => Handlers = (all) => all, given: Record<string, string> = inputs) =>
  release(scaled, given, (handlers) => change({ ...handlers, ...more }));

describe("a release with a role that lacks", () => {
  // The other permissions are used by what deploy and rollback do besides, and tested there with each of them.
  const permissions = permissionsOf("root").filter(
    (permission) =>
      !/^(codedeploy:|logs:)/.test(permission) &&
      !/:(BatchGetImage|ContinueService|DescribePullThrough|StopService|ListTask|TagResource)/.test(permission),
  );

  it.each(permissions)("%s", async (permission) => {
    const { outputs, error, warnings, aws } = await play((handlers) => without("root", permission, handlers));
    expect(aws.count(callOf(permission)), "is used").toBeGreaterThan(0);
    if (error?.name !== "ConfigurationError") {
      expect(error).toBeUndefined();
      expect(outputs).toMatchObject({ outcome: "succeeded", passed: true });
      expect(warnings.filter((text) => text.includes(permission)).length, warnings.join("\n")).toBe(1);
      return expectLine(
        warnings.find((text) => text.includes(permission))!,
        "root",
        permission,
      );
    }
    expectLine(error.message, "root", permission);
    const done = aws.calls.map(({ action }) => action).filter((call) => isWrite(call) && call !== callOf(permission));
    expect(done).not.toContain("ecs:UpdateService");
    if (permission === "ecs:RunTask" || permission === "ecs:UpdateService")
      expect(error.message).toContain("left as it is");
    else expect(done).toEqual([]);
  });

  it("ecs:TagResource is deployed and tested; that it is not marked as verified is one warning", async () => {
    const { outputs, error, warnings } = await play((handlers) => without("root", "ecs:TagResource", handlers));
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({ outcome: "succeeded", passed: true });
    expect(warnings.length).toBe(1);
    expectLine(warnings[0]!, "root", "ecs:TagResource");
    expect(warnings[0]).toContain("api:3 is not marked as verified");
  });

  it("all that amazon-ecs-deploy-task-definition does not ask for releases a rendered file", async () => {
    const definition = join(folder, "task-definition.json");
    writeFileSync(
      definition,
      JSON.stringify({
        family: "api",
        memory: "512",
        containerDefinitions: [{ name: "api", image: "old", essential: true }],
      }),
    );
    const allowed = new Set([
      "ecs:RegisterTaskDefinition",
      "iam:PassRole",
      "ecs:UpdateService",
      "ecs:DescribeServices",
    ]);
    const { outputs, error, warnings } = await release(
      scenario,
      { cluster: "default", images: "api=new", "task-definition": definition },
      (handlers) => ({
        ...handlers,
        ...Object.fromEntries(
          permissionsOf("root")
            .filter((permission) => !allowed.has(permission))
            .map((permission) => [permission, () => refusal("root", permission)]),
        ),
      }),
    );
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({ outcome: "succeeded", passed: true });
    expect(warnings.map((text) => /lacks ([\w-]+:\w+)/.exec(text)?.[1]).toSorted()).toEqual([
      "ecs:DescribeTaskDefinition",
      "ecs:ListServiceDeployments",
      "ecs:TagResource",
    ]);
  });
});

describe("credentials that end", () => {
  const expired = new AwsError("ExpiredTokenException", "The security token included in the request is expired");
  /** Every call after the first one of `action` is refused. */
  const after =
    (action: string) =>
    (handlers: Handlers): Handlers => {
      let isOver = false;
      return Object.fromEntries(
        Object.entries(handlers).map(([name, handler]) => [
          name,
          (input: unknown, call: number) => {
            if (isOver) return expired;
            isOver = name === action;
            return handler(input, call);
          },
        ]),
      );
    };

  it("while the deployment is watched leave it running, without a rollback", async () => {
    const { outputs, error, aws, summary } = await play(after("ecs:UpdateService"));
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
    expect(error!.message).toContain("The AWS credentials have expired before the deployment of api:3 to api finished");
    expect(error!.message).toContain("rainbow-deploy rollback --cluster default --service api --to api:1");
    expect(error!.message).not.toMatch(/was not rolled back|The rollback to/);
    expect(outputs["outcome"]).toBe("failed");
    expect(aws.calls.filter(({ action }) => action === "ecs:UpdateService").length).toBe(1);
    expect(summary).toContain("rainbow-deploy explain");
  });

  it("after the deployment leave what a failed smoke test would roll back: one line with the command", async () => {
    let isLive = false;
    const { error, outputs, aws } = await release(
      good,
      { cluster: "default", "expect-version": "another", images: "api=new" },
      (handlers) => ({
        ...handlers,
        "ecs:DescribeServices": (input, call) => {
          if (isLive) return expired;
          const { services } = handlers["ecs:DescribeServices"]!(input, call) as {
            services: { deployments: { taskDefinition: string; rolloutState: string }[] }[];
          };
          const primary = services[0]?.deployments[0];
          isLive = primary?.taskDefinition === arnOf(2) && primary.rolloutState === "COMPLETED";
          return { services };
        },
      }),
    );
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
    expect(error!.message).toContain("api was not rolled back, because the AWS credentials have expired");
    expect(error!.message).toContain("rainbow-deploy rollback --cluster default --service api --to api:1");
    expect(outputs["outcome"]).not.toBe("rolled-back");
    expect(aws.count("ecs:UpdateService")).toBe(1);
  });

  it("before the revision is marked leave it running: the release fails, and says what runs", async () => {
    const { error, aws } = await play((handlers) => ({ ...handlers, "ecs:TagResource": () => expired }));
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
    expect(error!.message).toContain("api runs api:3, which passed the smoke test, but is not marked as verified");
    expect(aws.count("ecs:UpdateService")).toBe(1);
  });
});
