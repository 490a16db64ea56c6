// deploy against a scripted ECS, in simulated time.
import { afterEach, describe, expect, it } from "vitest";
import { AwsError, type Handlers, type ScriptedAws } from "../../shared/test/scripted-aws.ts";
import { definition, file, pinned, runDeploy, type DeployRun } from "./run-deploy.ts";
import { arn, service } from "./scripted-service.ts";

const crashed = (id: string) => ({
  taskArn: `arn:aws:ecs:ap-northeast-1:123456789012:task/c/${id}`,
  taskDefinitionArn: arn(2),
  lastStatus: "STOPPED",
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  containers: [{ name: "api", exitCode: 78 }],
});
const crashes = (count: number): Handlers => {
  const tasks = Array.from({ length: count }, (_, index) => crashed(`task${index + 1}`));
  return {
    "ecs:ListTasks": () => ({ taskArns: tasks.map(({ taskArn }) => taskArn) }),
    "ecs:DescribeTasks": () => ({ tasks }),
    "logs:GetLogEvents": () => ({ events: [{ message: "reading settings" }, { message: "DB_HOST: is missing" }] }),
  };
};

let aws: ScriptedAws;
afterEach(() => aws.stop());

async function deploy(handlers: Handlers, inputs: Record<string, string> = {}): Promise<DeployRun> {
  const run = await runDeploy(handlers, inputs);
  aws = run.aws;
  return run;
}

describe("deploy", () => {
  it("registers, updates once and follows its own deployment to success", async () => {
    const { outputs, lines, error } = await deploy(
      service({
        steps: [{}, { runningCount: 1 }, { runningCount: 3 }, { runningCount: 3, rolloutState: "COMPLETED" }],
      }),
    );
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({
      outcome: "succeeded",
      "task-definition-arn": arn(2),
      "previous-task-definition-arn": arn(1),
      "deployment-id": "ecs-svc/2",
    });
    expect(outputs["duration"]).toBeGreaterThanOrEqual(3);
    expect(JSON.parse(String(outputs["services"]))).toEqual([
      {
        service: "api",
        outcome: "succeeded",
        "deployment-id": "ecs-svc/2",
        "task-definition-arn": arn(2),
        "previous-task-definition-arn": arn(1),
      },
    ]);
    expect(aws.count("ecs:UpdateService")).toBe(1);
    expect(lines).toContain("1 of 3 running, 0 pending (IN_PROGRESS)");
  });

  it("does nothing when the service runs this already", async () => {
    const { outputs } = await deploy(service(), { "task-definition": file(definition(pinned("old"))) });
    expect(outputs).toMatchObject({ outcome: "unchanged", "task-definition-arn": arn(1) });
    expect(aws.count("ecs:RegisterTaskDefinition") + aws.count("ecs:UpdateService")).toBe(0);
  });

  it("deploys what runs already again when it is forced, or when it has failed", async () => {
    expect(
      (await deploy(service(), { "task-definition": file(definition(pinned("old"))), "force-new-deployment": "true" }))
        .outputs,
    ).toMatchObject({ outcome: "succeeded" });
    expect(aws.last("ecs:UpdateService")).toMatchObject({ forceNewDeployment: true, taskDefinition: arn(1) });
    expect(aws.count("ecs:RegisterTaskDefinition")).toBe(0);
    await aws.stop();
    const half = {
      deployments: [
        {
          id: "ecs-svc/1",
          status: "PRIMARY",
          taskDefinition: arn(1),
          desiredCount: 3,
          runningCount: 1,
          rolloutState: "FAILED",
        },
      ],
    };
    expect(
      (await deploy(service({ before: half }), { "task-definition": file(definition(pinned("old"))) })).outputs,
    ).toMatchObject({ outcome: "succeeded" });
    expect(aws.last("ecs:UpdateService")).toMatchObject({ forceNewDeployment: true });
  });

  it("follows a deployment of just this that another run has begun", async () => {
    let looks = 0;
    const before = () => ({
      id: "ecs-svc/1",
      status: "PRIMARY",
      taskDefinition: arn(1),
      desiredCount: 3,
      runningCount: 3,
      rolloutState: (looks += 1) > 3 ? "COMPLETED" : "IN_PROGRESS",
    });
    const handlers = service();
    const described = handlers["ecs:DescribeServices"]!;
    const { outputs } = await deploy(
      {
        ...handlers,
        "ecs:DescribeServices": (input, call) => ({
          services: [{ ...(described(input, call) as any).services[0], deployments: [before()] }],
        }),
      },
      { "task-definition": file(definition(pinned("old"))) },
    );
    expect(outputs).toMatchObject({ outcome: "succeeded", "deployment-id": "ecs-svc/1" });
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("deploys an existing revision without registering it", async () => {
    const { outputs } = await deploy(service(), { "task-definition": "api:5" });
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arn(5));
    expect(aws.count("ecs:RegisterTaskDefinition")).toBe(0);
    expect(outputs).toMatchObject({ outcome: "succeeded" });
  });

  it("does not wait unless asked, as the action that it replaces", async () => {
    const { outputs } = await deploy(service({ steps: [{}] }), { "wait-for-service-stability": "" });
    expect(outputs).toMatchObject({ outcome: "", "deployment-id": "ecs-svc/2" });
  });
});

describe("a deployment that fails", () => {
  it("is explained with container, exit code and last log lines, and what is currently running", async () => {
    const handlers = crashes(3);
    const steps = [
      { failedTasks: 1 },
      {
        failedTasks: 3,
        rolloutState: "FAILED",
        rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
      },
    ];
    const before = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };
    const { outputs, error } = await deploy(service({ before, steps, handlers }));
    expect(outputs).toMatchObject({ outcome: "rolled-back", "task-definition-arn": arn(2) });
    for (const part of [
      "circuit breaker: tasks failed to start",
      "container api exited with code 78",
      "EssentialContainerExited",
      "DB_HOST: is missing",
      "Currently running: api:1 (3 tasks)",
    ]) {
      expect(error!.message).toContain(part);
    }
    expect(aws.last("logs:GetLogEvents")).toMatchObject({ logGroupName: "/ecs/api", logStreamName: "ecs/api/task3" });
  });

  it("is given up after three crashes where no circuit breaker would end it", async () => {
    const { outputs, error } = await deploy(service({ steps: [{ failedTasks: 3 }], handlers: crashes(3) }));
    expect(outputs).toMatchObject({ outcome: "failed" });
    expect(error!.message).toContain("no circuit breaker");
  });

  it("is distinguished from a superseded one", async () => {
    const other = {
      id: "ecs-svc/3",
      status: "PRIMARY",
      taskDefinition: arn(9),
      desiredCount: 3,
      runningCount: 0,
      rolloutState: "IN_PROGRESS",
    };
    let first = true;
    const deployments = (ours: object) => {
      if (!first) return [other, { ...ours, status: "ACTIVE" }];
      first = false;
      return [ours];
    };
    const { outputs, error } = await deploy(service({ steps: [{}], deployments }));
    expect(outputs).toMatchObject({ outcome: "superseded" });
    expect(error!.message).toContain("api:9");
  });

  it("ends at the time limit with the last thing that was seen", async () => {
    const { outputs, error } = await deploy(service({ steps: [{ runningCount: 1 }] }), { "wait-for-minutes": "2" });
    expect(outputs).toMatchObject({ outcome: "timed-out", duration: 120 });
    expect(error!.message).toContain("1 of 3 running");
  });

  it("does not hide that logs could not be read", async () => {
    const handlers = { ...crashes(3), "logs:GetLogEvents": () => new AwsError("AccessDeniedException", "no") };
    const { error } = await deploy(service({ steps: [{ failedTasks: 3, rolloutState: "FAILED" }], handlers }));
    expect(error!.message).toContain("no log lines");
  });
});

describe("the migration", () => {
  const migrationFile = () => file(definition("new", "migrate"));
  const task = {
    taskArn: "arn:aws:ecs:ap-northeast-1:123456789012:task/c/m1",
    lastStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
  };
  const run = (exitCode: number): Handlers => ({
    "ecs:RunTask": () => ({ tasks: [task], failures: [] }),
    "ecs:DescribeTasks": () => ({ tasks: [{ ...task, containers: [{ name: "migrate", exitCode }] }] }),
    "logs:FilterLogEvents": () => ({ events: [{ eventId: "1", message: "2 migrations done" }] }),
    "logs:GetLogEvents": () => ({ events: [{ message: "relation exists already" }] }),
  });

  it("runs before the update, in the service's network, and its log is shown", async () => {
    const { lines, outputs } = await deploy(service({ handlers: run(0) }), {
      "migration-task-definition": migrationFile(),
    });
    expect(outputs).toMatchObject({ outcome: "succeeded" });
    expect(lines).toContain("  2 migrations done");
    expect(aws.last("ecs:RunTask").networkConfiguration).toEqual({ awsvpcConfiguration: { subnets: ["subnet-1"] } });
    const order = aws.calls.map(({ action }) => action);
    expect(order.indexOf("ecs:RunTask")).toBeLessThan(order.indexOf("ecs:UpdateService"));
  });

  it("leaves the service alone when it fails, and says why", async () => {
    const { error } = await deploy(service({ handlers: run(1) }), { "migration-task-definition": migrationFile() });
    expect(error!.message).toMatch(
      /left as it is[\s\S]*container migrate exited with code 1[\s\S]*relation exists already/,
    );
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("says what ECS says when the task cannot be started", async () => {
    const handlers = {
      ...run(0),
      "ecs:RunTask": () => ({ tasks: [], failures: [{ reason: "RESOURCE:ENI", detail: "no address left" }] }),
    };
    const { error } = await deploy(service({ handlers }), { "migration-task-definition": migrationFile() });
    expect(error!.message).toContain("RESOURCE:ENI: no address left");
  });

  it("does not run when the service is unchanged", async () => {
    await deploy(service({ handlers: run(0) }), {
      "migration-task-definition": migrationFile(),
      "task-definition": file(definition(pinned("old"))),
    });
    expect(aws.count("ecs:RunTask")).toBe(0);
  });
});

describe("what AWS refuses", () => {
  it.each([
    ["ExpiredTokenException", "The security token included in the request is expired", "credentials have expired"],
    [
      "AccessDeniedException",
      "User: x is not authorized to perform: ecs:UpdateService on resource: y",
      "lacks ecs:UpdateService",
    ],
    ["ClusterNotFoundException", "Cluster not found.", "cluster does not exist"],
  ])("%s is said with the remedy", async (code, message, said) => {
    const { error } = await deploy(service({ handlers: { "ecs:UpdateService": () => new AwsError(code, message) } }));
    expect(error!.message).toContain(said);
  });

  it("a service that is not there is named", async () => {
    const { error } = await deploy({ "ecs:DescribeServices": () => ({ services: [] }) });
    expect(error!.message).toContain("There is no service api in the cluster default");
  });
});
