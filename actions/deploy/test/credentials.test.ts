// Credentials that end in the middle: the deployment is left to ECS, the step fails and has the commands that go on, and
// nothing is rolled back with credentials that are refused.
import { afterEach, describe, expect, it } from "vitest";
import { exitCodeOf } from "../../shared/src/outcome.ts";
import { FailedError } from "../../shared/src/errors.ts";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf } from "../../shared/test/scripted-ecs.ts";
import { afterCancel } from "../src/cancel.ts";
import { deployClients } from "../src/clients.ts";
import { deploy, stable, stopLast } from "./deploy-scenario.ts";
import { definition, file, pinned } from "./run-deploy.ts";

afterEach(stopLast);

/** What the services answer; some with another name. */
const answers = [
  new AwsError("ExpiredTokenException", "The security token included in the request is expired"),
  new AwsError("ExpiredToken", "The provided token has expired."),
  new AwsError("UnrecognizedClientException", "The security token included in the request is expired"),
];
const [expired] = answers as [AwsError];

/** Every call is refused from a moment on: `isOver` sees each call before it is answered. */
const until =
  (isOver: (action: string, call: number) => boolean, answer = expired) =>
  (handlers: Handlers): Handlers => {
    let over = false;
    return Object.fromEntries(
      Object.entries(handlers).map(([action, handler]) => [
        action,
        (input: unknown, call: number) => {
          over ||= isOver(action, call);
          return over ? answer : handler(input, call);
        },
      ]),
    );
  };

describe("credentials that end", () => {
  it.each(answers)("while a deployment is watched, as $code: $message", async (answer) => {
    const { error, outputs, took, aws } = await deploy(
      { ...stable, steps: [{ at: 600, running: 3, state: "COMPLETED" }] },
      { cluster: "c", "task-definition": file(definition(pinned("new"))) },
      until((action, call) => action === "ecs:DescribeServices" && call > 5, answer),
    );
    expect(error).toBeInstanceOf(FailedError);
    expect(exitCodeOf((error as FailedError).outcome)).toBe(1);
    expect(outputs).toMatchObject({
      outcome: "failed",
      "deployment-id": "ecs-svc/2",
      "task-definition-arn": arnOf(2),
      "previous-task-definition-arn": arnOf(1),
    });
    const lines = error!.message.split("\n");
    expect(lines[0]).toBe(
      "The AWS credentials have expired before the deployment of api:2 to api finished. ECS continues it (ecs-svc/2); whether it succeeds is unknown, and nothing was rolled back.",
    );
    expect(lines).toContain(
      "To watch it again, with valid credentials: rainbow-deploy deploy --cluster c --service api --task-definition api:2 --wait-for-service-stability true",
    );
    expect(lines).toContain("To roll it back: rainbow-deploy rollback --cluster c --service api --to api:1");
    expect(lines.at(-1)).toContain("role-duration-seconds");
    expect(took).toBeLessThan(30_000);
    expect(aws.count("ecs:UpdateService")).toBe(1);
  });

  it("with an image that is named by a tag: the command may start the deployment again", async () => {
    const { error } = await deploy(
      { ...stable, steps: [{ at: 600, running: 3, state: "COMPLETED" }] },
      { "task-definition": file(definition("new")) },
      until((action, call) => action === "ecs:DescribeServices" && call > 5),
    );
    expect(error!.message).toContain("To watch it again (or start it again, if a tag may name another image), with");
  });

  it("have the command that runs the job again, on a runner", async () => {
    const before = { ...process.env };
    Object.assign(process.env, { GITHUB_RUN_ID: "17", GITHUB_REPOSITORY: "o/r" });
    try {
      const { error } = await deploy(
        stable,
        {},
        until((action, call) => action === "ecs:DescribeServices" && call > 0),
      );
      expect(error!.message).toContain("gh run rerun 17 --failed --repo o/r");
    } finally {
      process.env = before;
    }
  });

  it("while several services are watched name each of them", async () => {
    const { error } = await deploy(
      { steps: [{ at: 600, running: 3, state: "COMPLETED" }] },
      { service: "api, web" },
      until((action, call) => action === "ecs:DescribeServices" && call > 1),
    );
    for (const service of ["api", "web"])
      expect(error!.message).toContain(`before the deployment of api:2 to ${service} finished`);
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
  });

  it("before a migration has begun stop the deployment, as at any time before the first write", async () => {
    const { error } = await deploy(
      stable,
      { "migration-task-definition": file(definition("new", "migrate")) },
      (handlers) => until((action) => action === "ecs:RunTask")({ ...handlers, "ecs:RunTask": () => ({}) }),
    );
    expect(error).toMatchObject({ name: "ConfigurationError" });
    expect(error!.message).not.toContain("continues");
  });

  it("while a task is run deploy nothing, and leave it to its end", async () => {
    const task = { taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/t1", lastStatus: "RUNNING" };
    const { error } = await deploy(
      stable,
      { "run-task": "true", "wait-for-task-stopped": "true", service: "", "wait-for-service-stability": "" },
      (handlers) =>
        until((action, call) => action === "ecs:DescribeTasks" && call > 2)({
          ...handlers,
          "ecs:RunTask": () => ({ tasks: [task] }),
          "ecs:DescribeTasks": () => ({ tasks: [task] }),
          "logs:FilterLogEvents": () => ({ events: [] }),
        }),
    );
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
    expect(error!.message).toContain("while the task of api:2 was running. ECS continues it (t1)");
  });

  it("during the bake time leave what is live, unwatched", async () => {
    const { error, outputs, aws } = await deploy(stable, { alarms: "api-5xx", "bake-minutes": "5" }, (handlers) =>
      until((action, call) => action === "cloudwatch:DescribeAlarms" && call > 3)({
        ...handlers,
        "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [{ AlarmName: "api-5xx", StateValue: "OK" }] }),
      }),
    );
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
    expect(error!.message).toContain(
      "during the bake time: api runs api:2, is no longer watched, and was not rolled back",
    );
    expect(outputs["outcome"]).toBe("failed");
    expect(aws.count("ecs:UpdateService")).toBe(1);
  });

  it("during a rollback of the bake time leave that to ECS", async () => {
    const { error, outputs, aws } = await deploy(stable, { alarms: "api-5xx", "bake-minutes": "5" }, (handlers) => {
      let updates = 0;
      return until((action) => action !== "ecs:UpdateService" && updates > 1)({
        ...handlers,
        "cloudwatch:DescribeAlarms": (_input, call) => ({
          MetricAlarms: [{ AlarmName: "api-5xx", StateValue: call > 3 ? "ALARM" : "OK" }],
        }),
        "ecs:UpdateService": (input, call) => {
          updates += 1;
          return handlers["ecs:UpdateService"]!(input, call);
        },
      });
    });
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
    expect(error!.message).toContain("have expired before the rollback of api to api:1 finished. ECS continues it");
    expect(outputs["outcome"]).toBe("failed");
    expect(aws.count("ecs:UpdateService")).toBe(2);
  });

  it("while CodeDeploy is watched have CodeDeploy's own commands", async () => {
    const service = {
      deploymentController: { type: "CODE_DEPLOY" },
      taskSets: [{ status: "PRIMARY", taskDefinition: arnOf(1) }],
    };
    const appSpec = file("Resources:\n  - T:\n      Properties: { TaskDefinition: x }\n", "appspec.yaml");
    const { error } = await deploy({ steps: [], service }, { "codedeploy-appspec": appSpec }, (handlers) =>
      until((action, call) => action === "codedeploy:GetDeployment" && call > 2)({
        ...handlers,
        "codedeploy:CreateDeployment": () => ({ deploymentId: "d-1" }),
        "codedeploy:GetDeploymentGroup": () => ({ deploymentGroupInfo: {} }),
        "codedeploy:GetDeployment": () => ({ deploymentInfo: { status: "InProgress" } }),
        "codedeploy:GetDeploymentTarget": () => ({ deploymentTarget: {} }),
      }),
    );
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
    expect(error!.message).toContain("CodeDeploy continues it (d-1)");
    expect(error!.message).toContain("aws deploy stop-deployment --deployment-id d-1 --auto-rollback-enabled");
    expect(error!.message).not.toContain("rainbow-deploy deploy");
  });

  it("while a migration runs deploy nothing, and leave it to its end", async () => {
    const task = { taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1", lastStatus: "RUNNING" };
    const { error, aws } = await deploy(
      stable,
      { "migration-task-definition": file(definition("new", "migrate")) },
      (handlers) =>
        until((action, call) => action === "ecs:DescribeTasks" && call > 2)({
          ...handlers,
          "ecs:RunTask": () => ({ tasks: [task] }),
          "ecs:DescribeTasks": () => ({ tasks: [task] }),
          "logs:FilterLogEvents": () => ({ events: [] }),
        }),
    );
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
    expect(error!.message).toContain(
      "have expired while the migration migrate:2 was running. ECS continues it (m1); nothing was",
    );
    expect(aws.count("ecs:UpdateService") + aws.count("ecs:StopTask")).toBe(0);
  });

  it("before a cancelled job is rolled back: one line that says so, and the command", async () => {
    const { aws, begun, clock } = await deploy(
      { steps: [{ at: 600, running: 1 }] },
      { "wait-for-service-stability": "" },
    );
    aws.handlers = until(() => true)(aws.handlers);
    const lines: string[] = [];
    const dependencies = { ...deployClients(aws.client), clock, log: (line: string) => lines.push(line) };
    await expect(afterCancel(begun, "rollback", dependencies)).rejects.toMatchObject({
      name: "FailedError",
      message: expect.stringMatching(/^api: not rolled back, because the AWS credentials have expired/),
    });
    expect(lines).toEqual([
      "api: the AWS credentials have expired, so that the deployment of api:2 could not be rolled back; it was left to ECS and continues. To roll it back: rainbow-deploy rollback --cluster default --service api --to api:1",
    ]);
    expect(aws.count("ecs:UpdateService")).toBe(1);
  });
});
