// What watches a deployment after it, what takes it back, and what it leaves behind: guard, cancel, CodeDeploy, schema.
import { afterEach, describe, expect, it } from "vitest";
import { deployClients } from "../src/clients.ts";
import type { Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { afterCancel } from "../src/cancel.ts";
import { deploy, stable, stopLast } from "./deploy-scenario.ts";
import { definition, file, type DeployRun } from "./run-deploy.ts";

afterEach(stopLast);

describe("the guard", () => {
  const alarm = (state: (call: number) => string): Handlers => ({
    "cloudwatch:DescribeAlarms": (_input, call) => ({
      MetricAlarms: [{ AlarmName: "api-5xx", StateValue: state(call) }],
    }),
  });

  it("is set up in ECS, beside the alarms that the service has", async () => {
    const { aws } = await deploy(
      {
        ...stable,
        service: {
          deploymentConfiguration: {
            minimumHealthyPercent: 100,
            alarms: { alarmNames: ["own"], enable: true, rollback: true },
          },
        },
      },
      { alarms: "api-5xx" },
      () => alarm(() => "OK"),
    );
    expect(aws.last("ecs:UpdateService").deploymentConfiguration).toEqual({
      minimumHealthyPercent: 100,
      alarms: { alarmNames: ["own", "api-5xx"], enable: true, rollback: true },
    });
  });

  it("goes back when an alarm fires after the deployment", async () => {
    const { outputs, error, aws, lines } = await deploy(stable, { alarms: "api-5xx", "bake-minutes": "5" }, () =>
      alarm((call) => (call < 6 ? "OK" : "ALARM")),
    );
    expect(outputs).toMatchObject({ outcome: "rolled-back" });
    expect(error!.message).toContain("Alarms that fired: api-5xx. It was rolled back to api:1.");
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(1));
    expect(lines).toContain("watching alarms api-5xx for 5 min 0 s");
  });

  it("counts an alarm that was there before against nobody, and lets go after the bake time", async () => {
    const { outputs, took } = await deploy(stable, { alarms: "api-5xx", "bake-minutes": "5" }, () =>
      alarm(() => "ALARM"),
    );
    expect(outputs).toMatchObject({ outcome: "succeeded" });
    expect(took).toBeGreaterThan(300_000);
    expect(took).toBeLessThan(330_000);
  });

  it("goes back when too many answers are 5xx", async () => {
    const loadBalancers = [{ targetGroupArn: "arn:aws:elasticloadbalancing:r:1:targetgroup/api/abc" }];
    const metric = (requests: number, failed: number): Handlers => ({
      "cloudwatch:GetMetricData": () => ({
        MetricDataResults: [
          { Id: "requests", Values: [requests] },
          { Id: "failed", Values: [failed] },
        ],
      }),
    });
    const inputs = { "max-5xx-percent": "2", "bake-minutes": "2" };
    const bad = await deploy({ ...stable, service: { loadBalancers } }, inputs, () => metric(200, 10));
    expect(bad.error!.message).toContain("10 of 200 answers (5.0 %) were 5xx");
    expect(bad.aws.last("cloudwatch:GetMetricData").MetricDataQueries[0].Expression).toContain(
      'TargetGroup="targetgroup/api/abc"',
    );
    for (const [requests, failed] of [
      [200, 4],
      [10, 10],
      [0, 0],
    ] as const) {
      expect(
        (await deploy({ ...stable, service: { loadBalancers } }, inputs, () => metric(requests, failed))).outputs,
      ).toMatchObject({ outcome: "succeeded" });
    }
  });
});

describe("after a cancellation", () => {
  const half: EcsScenario = { steps: [{ at: 1, running: 1, record: { status: "IN_PROGRESS" } }] };

  async function cancel(
    scenario: EcsScenario,
    onCancel: "rollback" | "leave",
    more: Handlers = {},
    inputs: Record<string, string> = {},
  ): Promise<{ lines: string[]; aws: DeployRun["aws"] }> {
    const run = await deploy(scenario, { "wait-for-service-stability": "", ...inputs });
    Object.assign(run.aws.handlers, more);
    await run.clock.sleep(5000);
    const lines: string[] = [];
    const dependencies = {
      ...deployClients(run.aws.client),
      clock: run.clock,
      log: (line: string) => lines.push(line),
      setOutputs: () => undefined,
      remember: () => undefined,
    };
    await afterCancel(run.begun, onCancel, dependencies);
    return { lines, aws: run.aws };
  }

  it("of a revision that was deployed again: left to ECS where ECS itself cannot undo it, because there is no other one", async () => {
    const again = { inputs: { "task-definition": "api:1", "force-new-deployment": "true" } };
    for (const onCancel of ["rollback", "leave"] as const) {
      const { aws, lines } = await cancel(half, onCancel, {}, again.inputs);
      expect(aws.count("ecs:UpdateService")).toBe(1);
      expect(lines).toEqual([
        expect.stringContaining(
          "api: the deployment of api:1 was left to ECS and continues. It cannot be rolled back by",
        ),
      ]);
      expect(lines[0]).not.toContain("rainbow-deploy rollback");
    }
  });

  it("of a revision that was deployed again is undone by ECS itself, which knows the images before", async () => {
    const { aws, lines } = await cancel(
      { ...half, records: true },
      "rollback",
      { "ecs:StopServiceDeployment": () => ({}) },
      { "task-definition": "api:1", "force-new-deployment": "true" },
    );
    expect(aws.count("ecs:StopServiceDeployment")).toBe(1);
    expect(lines[0]).toContain("ECS stops the deployment of api:1 and rolls it back");
  });

  it("ECS is asked to stop and roll back where it keeps records", async () => {
    const { aws, lines } = await cancel({ ...half, records: true }, "rollback", {
      "ecs:StopServiceDeployment": () => ({}),
    });
    expect(aws.last("ecs:StopServiceDeployment")).toMatchObject({ stopType: "ROLLBACK" });
    expect(lines[0]).toContain(
      "To deploy it again: rainbow-deploy deploy --cluster default --service api --task-definition api:2",
    );
  });

  it("the revision before is deployed where it keeps none", async () => {
    const { aws, lines } = await cancel(half, "rollback");
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(1));
    expect(lines[0]).toContain("is rolled back to api:1");
  });

  it("what was begun is left when that was asked, with the command that takes it back", async () => {
    const { aws, lines } = await cancel(half, "leave");
    expect(aws.count("ecs:UpdateService")).toBe(1);
    expect(lines[0]).toContain("To roll it back: rainbow-deploy rollback --cluster default --service api --to api:1");
  });

  it("a deployment that another has replaced is not touched", async () => {
    const { aws, lines } = await cancel({ steps: [{ at: 1, replacedBy: 9 }] }, "rollback");
    expect(aws.count("ecs:UpdateService")).toBe(1);
    expect(lines[0]).toContain("Nothing was changed");
  });
});

describe("CodeDeploy", () => {
  const service = {
    deploymentController: { type: "CODE_DEPLOY" },
    taskSets: [{ status: "PRIMARY", taskDefinition: arnOf(1) }],
  };
  const appSpec = file(
    "version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      Properties:\n        TaskDefinition: replaced\n        LoadBalancerInfo: { ContainerName: api, ContainerPort: 3000 }\n",
    "appspec.yaml",
  );
  const statuses = (list: object[]): Handlers => ({
    "codedeploy:CreateDeployment": () => ({ deploymentId: "d-1" }),
    "codedeploy:GetDeploymentGroup": () => ({
      deploymentGroupInfo: {
        blueGreenDeploymentConfiguration: {
          terminateBlueInstancesOnDeploymentSuccess: { terminationWaitTimeInMinutes: 5 },
        },
      },
    }),
    "codedeploy:GetDeployment": (_input, call) => ({ deploymentInfo: list[Math.min(call, list.length - 1)] }),
    "codedeploy:GetDeploymentTarget": () => ({
      deploymentTarget: {
        ecsTarget: {
          lifecycleEvents: [
            { lifecycleEventName: "Install", status: "Succeeded" },
            { lifecycleEventName: "AllowTraffic", status: "InProgress" },
            { lifecycleEventName: "AfterAllowTraffic", status: "Pending" },
          ],
        },
      },
    }),
  });

  it("gets the revision in its AppSpec, by CodeDeploy's own names, and is followed to the end", async () => {
    const { outputs, aws, lines } = await deploy(
      { steps: [], service },
      { cluster: "prod", "codedeploy-appspec": appSpec, "codedeploy-deployment-description": "release" },
      () => statuses([{ status: "Created" }, { status: "InProgress" }, { status: "Succeeded" }]),
    );
    expect(outputs).toMatchObject({ outcome: "succeeded", "codedeploy-deployment-id": "d-1" });
    const { applicationName, deploymentGroupName, description, revision } = aws.last("codedeploy:CreateDeployment");
    expect([applicationName, deploymentGroupName, description]).toEqual([
      "AppECS-prod-api",
      "DgpECS-prod-api",
      "release",
    ]);
    expect(JSON.parse(revision.appSpecContent.content).Resources[0].TargetService.Properties).toMatchObject({
      TaskDefinition: arnOf(2),
      LoadBalancerInfo: { ContainerPort: 3000 },
    });
    expect(lines).toContain("CodeDeploy status: InProgress; AllowTraffic: InProgress");
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("that fails and goes back is a failure, in CodeDeploy's words", async () => {
    const { outputs, error } = await deploy({ steps: [], service }, { "codedeploy-appspec": appSpec }, () =>
      statuses([
        {
          status: "Failed",
          errorInformation: { code: "HEALTH_CONSTRAINTS", message: "too many" },
          rollbackInfo: { rollbackDeploymentId: "d-2", rollbackMessage: "rolled back" },
        },
      ]),
    );
    expect(outputs).toMatchObject({ outcome: "rolled-back" });
    expect(error!.message).toContain("HEALTH_CONSTRAINTS: too many: rolled back");
  });

  it("without an AppSpec is refused before anything is created", async () => {
    const { error, aws } = await deploy({ steps: [], service }, { "codedeploy-appspec": "nowhere.yaml" }, () =>
      statuses([]),
    );
    expect(error!.message).toContain("nowhere.yaml cannot be read");
    expect(aws.count("ecs:RegisterTaskDefinition") + aws.count("codedeploy:CreateDeployment")).toBe(0);
  });
});

describe("schema", () => {
  const task = {
    taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1",
    lastStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    containers: [{ name: "migrate", exitCode: 0 }],
  };
  const migration = (message: string): Handlers => ({
    "ecs:RunTask": () => ({ tasks: [task] }),
    "ecs:DescribeTasks": () => ({ tasks: [task] }),
    "logs:FilterLogEvents": () => ({ events: [{ message }] }),
  });

  it("that the migration states is kept with the revision", async () => {
    const { aws } = await deploy(stable, { "migration-task-definition": file(definition("new", "migrate")) }, () =>
      migration('{"level":30,"schema":{"version":"0007","contracted":"0005"},"msg":"done"}'),
    );
    expect(aws.last("ecs:RegisterTaskDefinition").tags).toEqual([
      { key: "deploy:schema", value: "0007" },
      { key: "deploy:schema-contracted", value: "0005" },
    ]);
  });

  it("goes on with the next revision when there is no migration", async () => {
    const { aws } = await deploy({ ...stable, revisions: { 1: { tags: { "deploy:schema": "0003" } } } });
    expect(aws.last("ecs:RegisterTaskDefinition").tags).toEqual([{ key: "deploy:schema", value: "0003" }]);
  });
});
