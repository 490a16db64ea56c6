// The inputs of the action that deploy replaces, and what comes on top: several services, plan, in-flight, guard, cancel, CodeDeploy.
import { afterEach, describe, expect, it } from "vitest";
import { deployClients } from "../src/clients.ts";
import { simulatedClock, AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, ScriptedEcs, type Play } from "../../shared/test/scripted-ecs.ts";
import { afterCancel } from "../src/cancel.ts";
import { readInputs } from "../src/inputs.ts";
import { definition, file, runDeploy, type DeployRun } from "./run-deploy.ts";

const steady: Play = { acts: [{ at: 2, running: 3, state: "COMPLETED" }] };
let last: DeployRun | undefined;
afterEach(() => last?.aws.stop());

async function deploy(play: Play, inputs: Record<string, string> = {}, more: (handlers: Handlers) => Handlers = () => ({})): Promise<DeployRun & { clock: ReturnType<typeof simulatedClock> }> {
  await last?.aws.stop();
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), play);
  const run = await runDeploy({ ...ecs.handlers, ...more(ecs.handlers) }, inputs, clock);
  last = run;
  return { ...run, clock };
}

describe("the peer's inputs", () => {
  it("without a service register only", async () => {
    const { outputs, aws, summary } = await deploy(steady, { service: "", "wait-for-service-stability": "" });
    expect(outputs).toMatchObject({ "task-definition-arn": arnOf(2) });
    expect(aws.count("ecs:UpdateService")).toBe(0);
    expect(summary).toContain("api:2 is registered");
  });

  it("reach UpdateService, and what is not given stays as the service has it", async () => {
    const volume = '{"sizeInGiB": 20, "roleArn": "arn:aws:iam::1:role/ebs"}';
    const { aws } = await deploy(steady, { "desired-count": "2", "force-new-deployment": "true", "propagate-tags": "SERVICE", "enable-ecs-managed-tags": "true", "service-managed-ebs-volume-name": "data", "service-managed-ebs-volume": volume, "keep-null-value-keys": "a,b", "max-retries": "5" });
    expect(aws.last("ecs:UpdateService")).toMatchObject({ desiredCount: 2, forceNewDeployment: true, propagateTags: "SERVICE", enableECSManagedTags: true, volumeConfigurations: [{ name: "data", managedEBSVolume: { sizeInGiB: 20 } }] });
    const plain = await deploy(steady);
    for (const field of ["desiredCount", "propagateTags", "enableECSManagedTags", "deploymentConfiguration"]) expect(plain.aws.last("ecs:UpdateService")).not.toHaveProperty(field);
  });

  it("are refused together when they cannot be right", () => {
    const given: Record<string, string> = { "run-task": "yes", "run-task-tags": "{}", "run-task-launch-type": "LAMBDA", "wait-for-minutes": "soon", "in-flight": "queue", "service-managed-ebs-volume": "[]", "bake-minutes": "5", "migration-container": "m" };
    for (const part of ["task-definition: is required", "run-task: must be true or false", "run-task-tags: must be a JSON array", "FARGATE, EC2 or EXTERNAL", "wait-for-minutes: must be a number", "replace, wait or fail", "service-managed-ebs-volume: must be an object", "there is nothing to watch", "says nothing without migration-task-definition"]) {
      expect(() => readInputs((name) => given[name] ?? "")).toThrow(part);
    }
  });

  it("wait no longer than six hours, as there", () => {
    expect(readInputs((name) => ({ "task-definition": "a", "wait-for-minutes": "1000" })[name] ?? "").waitMinutes).toBe(360);
  });
});

describe("run-task", () => {
  const task = { taskArn: `arn:aws:ecs:ap-northeast-1:1:task/c/t1`, lastStatus: "STOPPED", stopCode: "EssentialContainerExited", stoppedReason: "Essential container in task exited" };
  const running = (exitCode: number, seen: unknown[] = []) => (): Handlers => ({
    "ecs:RunTask": (input, call) => {
      seen.push(input);
      return call === 0 ? new AwsError("ThrottlingException", "Rate exceeded") : { tasks: [task], failures: [] };
    },
    "ecs:DescribeTasks": () => ({ tasks: [{ ...task, containers: [{ name: "api", exitCode }] }] }),
    "logs:FilterLogEvents": () => ({ events: [{ eventId: "1", message: "seeded" }] }),
  });
  const inputs = {
    service: "", "wait-for-service-stability": "", "run-task": "true", "wait-for-task-stopped": "true", "run-task-subnets": "subnet-1, subnet-2", "run-task-security-groups": "sg-1", "run-task-assign-public-IP": "ENABLED",
    "run-task-container-overrides": '[{"name": "api", "command": ["seed"]}]', "run-task-tags": '[{"key": "a", "value": "b"}]', "run-task-started-by": "nightly",
  };

  it("starts the task once, whatever happens to the answer, and shows its log", async () => {
    const seen: any[] = [];
    const { outputs, lines, error } = await deploy(steady, inputs, running(0, seen));
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({ "run-task-arn": JSON.stringify([task.taskArn]) });
    expect(lines).toContain("  seeded");
    expect(new Set(seen.map(({ clientToken }) => clientToken)).size).toBe(1);
    expect(seen.at(-1)).toMatchObject({ startedBy: "nightly", launchType: "FARGATE", networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"], assignPublicIp: "ENABLED" } }, overrides: { containerOverrides: [{ name: "api", command: ["seed"] }] }, tags: [{ key: "a", value: "b" }] });
  });

  it("fails with exit code, reason and log, and deploys nothing then", async () => {
    const { error, aws } = await deploy(steady, { ...inputs, service: "api" }, running(3));
    expect(error!.message).toMatch(/container api exited with code 3[\s\S]*DB_HOST: is missing/);
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("by capacity provider names no launch type", async () => {
    const seen: any[] = [];
    await deploy(steady, { ...inputs, "run-task-capacity-provider-strategy": '[{"capacityProvider": "FARGATE_SPOT", "weight": 1}]' }, running(0, seen));
    expect(seen.at(-1)).toMatchObject({ capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] });
    expect(seen.at(-1)).not.toHaveProperty("launchType");
  });
});

describe("several services", () => {
  it("get one revision, registered once; the worst of their ends counts", async () => {
    const clock = simulatedClock();
    const good = new ScriptedEcs(() => clock.now(), steady);
    const bad = new ScriptedEcs(() => clock.now(), { acts: [{ at: 2, failed: 3, stops: Array.from({ length: 3 }, () => ({ stopCode: "EssentialContainerExited", reason: "gone", exitCode: 1 })) }] });
    const of = (name: string) => (name === "bad" ? bad : good);
    const handlers: Handlers = {
      ...good.handlers,
      "ecs:DescribeServices": (input) => of(input.services[0]).handlers["ecs:DescribeServices"]!(input, 0),
      "ecs:UpdateService": (input) => of(input.service).handlers["ecs:UpdateService"]!(input, 0),
      "ecs:ListTasks": (input) => of(input.serviceName).handlers["ecs:ListTasks"]!(input, 0),
      "ecs:DescribeTasks": (input) => bad.handlers["ecs:DescribeTasks"]!(input, 0),
    };
    const run = await runDeploy(handlers, { service: "good, bad" }, clock);
    last = run;
    expect(run.aws.count("ecs:RegisterTaskDefinition")).toBe(1);
    expect(run.aws.calls.filter(({ action }) => action === "ecs:UpdateService").map(({ input }) => [input.service, input.taskDefinition])).toEqual([["good", arnOf(2)], ["bad", arnOf(2)]]);
    expect(JSON.parse(String(run.outputs["services"])).map(({ service, outcome }: Record<string, string>) => [service, outcome])).toEqual([["good", "succeeded"], ["bad", "failed"]]);
    expect(run.outputs["outcome"]).toBe("failed");
    expect(run.error!.message).toContain("bad: api:2 did not become steady");
    expect(run.lines).toContainEqual(expect.stringMatching(/^bad: {3}container api exited with code 1/));
  });
});

describe("plan", () => {
  it("goes the same way and stops before the first write", async () => {
    const { outputs, lines, aws, summary, error } = await deploy(steady, { plan: "true", "migration-task-definition": file(definition("new", "migrate")) });
    expect(error).toBeUndefined();
    expect(lines).toEqual(["run the migration migrate", "api: api:1 → a new revision of api", "  ~ containers.api.image: old:1 → new"]);
    expect(summary).toContain("nothing was changed");
    expect(outputs).toMatchObject({ outcome: "", "previous-task-definition-arn": arnOf(1) });
    expect(aws.calls.map(({ action }) => action).filter((action) => !/Describe|List/.test(action))).toEqual([]);
  });
});

describe("a revision that is there already", () => {
  it("is not registered again, whoever runs it", async () => {
    const { aws, outputs, lines } = await deploy({ ...steady, revisions: { 7: { image: "new" } } });
    expect(aws.count("ecs:RegisterTaskDefinition")).toBe(0);
    expect(outputs["task-definition-arn"]).toBe(arnOf(7));
    expect(lines).toContain("api:7 is the same already; nothing to register");
  });

  it("is sent as it was written, with keys that this toolkit does not know", async () => {
    const { aws, lines } = await deploy(steady, { "task-definition": file({ ...definition("new"), newIn2027: { a: [1] } }) });
    expect(aws.last("ecs:RegisterTaskDefinition")).toMatchObject({ family: "api", newIn2027: { a: [1] } });
    expect(lines).toContainEqual(expect.stringContaining("newIn2027: is not known here"));
  });

  it("keeps empty texts, wherever they stand", async () => {
    const container = { name: "api", image: "new", command: ["a", "", "b"], environment: [{ name: "EMPTY", value: "" }], dockerLabels: { label: "" } };
    const { aws } = await deploy(steady, { "task-definition": file({ family: "api", containerDefinitions: [container] }) });
    expect(aws.last("ecs:RegisterTaskDefinition").containerDefinitions).toEqual([container]);
  });

  it("is refused when a key is misspelled, before anything is called", async () => {
    const { aws, error } = await deploy(steady, { "task-definition": file({ family: "api", containerDefinitions: [{ name: "api", image: "x", enviroment: [] }] }) });
    expect(error!.message).toContain("did you mean environment?");
    expect(aws.calls).toEqual([]);
  });
});

describe("another deployment in flight", () => {
  const inFlight = (looks: number) => (handlers: Handlers): Handlers => ({
    "ecs:DescribeServices": (input, call) => {
      const answer = handlers["ecs:DescribeServices"]!(input, call) as any;
      return call < looks ? { services: [{ ...answer.services[0], deployments: [{ ...answer.services[0].deployments[0], rolloutState: "IN_PROGRESS" }] }] } : answer;
    },
  });

  it("is replaced by default, as by the peer", async () => {
    expect((await deploy(steady, {}, inFlight(1))).outputs).toMatchObject({ outcome: "succeeded" });
  });

  it("is waited for", async () => {
    const { outputs, lines } = await deploy(steady, { "in-flight": "wait" }, inFlight(4));
    expect(outputs).toMatchObject({ outcome: "succeeded" });
    expect(lines).toContain("api: a deployment of api:1 is in flight; waiting for its end");
  });

  it("is a reason to fail, with nothing changed", async () => {
    const { error, aws } = await deploy(steady, { "in-flight": "fail" }, inFlight(99));
    expect(error!.message).toContain("is in flight; nothing was changed");
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });
});

describe("before anything is changed", () => {
  const digest = "sha256:" + "a".repeat(64);
  const image = `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api@${digest}`;
  const demanding = file({
    family: "api",
    containerDefinitions: [{ name: "api", image, secrets: [{ name: "A", valueFrom: "/gone" }, { name: "B", valueFrom: "arn:aws:secretsmanager:ap-northeast-1:1:secret:db-AbCdEf:key::" }], logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/ecs/nowhere", "awslogs-stream-prefix": "x" } } }],
  });
  const missing: Handlers = {
    "ecr:DescribeImages": () => new AwsError("ImageNotFoundException", "no"),
    "ssm:DescribeParameters": () => ({ Parameters: [] }),
    "secretsmanager:DescribeSecret": () => new AwsError("ResourceNotFoundException", "no"),
    "logs:DescribeLogGroups": () => ({ logGroups: [{ logGroupName: "/ecs/nowhere-else" }] }),
    "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [] }),
  };

  it("all that is missing is named in one message", async () => {
    const { error, aws } = await deploy(steady, { "task-definition": demanding, alarms: "api-5xx" }, () => missing);
    for (const part of ["is not in ECR", "secret /gone: there is no such parameter", "secret:db-AbCdEf:key::: does not exist", "log group /ecs/nowhere: does not exist", "there is no alarm api-5xx"]) expect(error!.message).toContain(part);
    expect(error!.name).toBe("ConfigurationError");
    expect(aws.last("secretsmanager:DescribeSecret")).toEqual({ SecretId: "arn:aws:secretsmanager:ap-northeast-1:1:secret:db-AbCdEf" });
    expect(aws.count("ecs:RegisterTaskDefinition")).toBe(0);
  });

  it("what the role may not look at is said and left to ECS", async () => {
    const { outputs, lines } = await deploy(steady, { "task-definition": demanding }, () => Object.fromEntries(Object.keys(missing).map((action) => [action, () => new AwsError("AccessDeniedException", `User: x is not authorized to perform: ${action}`)])));
    expect(outputs).toMatchObject({ outcome: "succeeded" });
    expect(lines).toContainEqual(expect.stringContaining("not looked at before, for want of permission: ecr:DescribeImages"));
  });

  it("nothing is looked at with preflight: false", async () => {
    const { aws } = await deploy(steady, { "task-definition": demanding, preflight: "false" }, () => missing);
    expect(aws.count("ecr:DescribeImages")).toBe(0);
  });
});

describe("the guard", () => {
  const alarm = (state: (call: number) => string): Handlers => ({ "cloudwatch:DescribeAlarms": (_input, call) => ({ MetricAlarms: [{ AlarmName: "api-5xx", StateValue: state(call) }] }) });

  it("is set up in ECS, beside the alarms that the service has", async () => {
    const { aws } = await deploy({ ...steady, service: { deploymentConfiguration: { minimumHealthyPercent: 100, alarms: { alarmNames: ["own"], enable: true, rollback: true } } } }, { alarms: "api-5xx" }, () => alarm(() => "OK"));
    expect(aws.last("ecs:UpdateService").deploymentConfiguration).toEqual({ minimumHealthyPercent: 100, alarms: { alarmNames: ["own", "api-5xx"], enable: true, rollback: true } });
  });

  it("goes back when an alarm fires after the deployment", async () => {
    const { outputs, error, aws, lines } = await deploy(steady, { alarms: "api-5xx", "bake-minutes": "5" }, () => alarm((call) => (call < 6 ? "OK" : "ALARM")));
    expect(outputs).toMatchObject({ outcome: "rolled-back" });
    expect(error!.message).toContain("Alarms that fired: api-5xx. It was rolled back to api:1.");
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(1));
    expect(lines).toContain("watching alarms api-5xx for 5 min 0 s");
  });

  it("counts an alarm that was there before against nobody, and lets go after the bake time", async () => {
    const { outputs, took } = await deploy(steady, { alarms: "api-5xx", "bake-minutes": "5" }, () => alarm(() => "ALARM"));
    expect(outputs).toMatchObject({ outcome: "succeeded" });
    expect(took).toBeGreaterThan(300_000);
    expect(took).toBeLessThan(330_000);
  });

  it("goes back when too many answers are 5xx", async () => {
    const loadBalancers = [{ targetGroupArn: "arn:aws:elasticloadbalancing:r:1:targetgroup/api/abc" }];
    const metric = (requests: number, failed: number): Handlers => ({ "cloudwatch:GetMetricData": () => ({ MetricDataResults: [{ Id: "requests", Values: [requests] }, { Id: "failed", Values: [failed] }] }) });
    const inputs = { "max-5xx-percent": "2", "bake-minutes": "2" };
    const bad = await deploy({ ...steady, service: { loadBalancers } }, inputs, () => metric(200, 10));
    expect(bad.error!.message).toContain("10 of 200 answers (5.0 %) were 5xx");
    expect(bad.aws.last("cloudwatch:GetMetricData").MetricDataQueries[0].Expression).toContain('TargetGroup="targetgroup/api/abc"');
    for (const [requests, failed] of [[200, 4], [10, 10], [0, 0]] as const) {
      expect((await deploy({ ...steady, service: { loadBalancers } }, inputs, () => metric(requests, failed))).outputs).toMatchObject({ outcome: "succeeded" });
    }
  });
});

describe("after a cancellation", () => {
  const half: Play = { acts: [{ at: 1, running: 1, record: { status: "IN_PROGRESS" } }] };

  async function cancel(play: Play, onCancel: "rollback" | "leave", more: Handlers = {}): Promise<{ lines: string[]; aws: DeployRun["aws"] }> {
    const run = await deploy(play, { "wait-for-service-stability": "" });
    Object.assign(run.aws.handlers, more);
    await run.clock.sleep(5000);
    const lines: string[] = [];
    const tools = { ...deployClients(run.aws.client), clock: run.clock, log: (line: string) => lines.push(line), setOutputs: () => undefined, remember: () => undefined };
    await afterCancel(run.begun, onCancel, tools);
    return { lines, aws: run.aws };
  }

  it("ECS is asked to stop and roll back where it keeps records", async () => {
    const { aws, lines } = await cancel({ ...half, records: true }, "rollback", { "ecs:StopServiceDeployment": () => ({}) });
    expect(aws.last("ecs:StopServiceDeployment")).toMatchObject({ stopType: "ROLLBACK" });
    expect(lines[0]).toContain("To go forward after all: rainbow-deploy deploy --cluster default --service api --task-definition api:2");
  });

  it("the revision before is deployed where it keeps none", async () => {
    const { aws, lines } = await cancel(half, "rollback");
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(1));
    expect(lines[0]).toContain("goes back to api:1");
  });

  it("what was begun is left when that was asked, with the command that takes it back", async () => {
    const { aws, lines } = await cancel(half, "leave");
    expect(aws.count("ecs:UpdateService")).toBe(1);
    expect(lines[0]).toContain("To take it back: rainbow-deploy rollback --cluster default --service api --to api:1");
  });

  it("a deployment that another has replaced is not touched", async () => {
    const { aws, lines } = await cancel({ acts: [{ at: 1, replacedBy: 9 }] }, "rollback");
    expect(aws.count("ecs:UpdateService")).toBe(1);
    expect(lines[0]).toContain("Nothing was changed");
  });
});

describe("CodeDeploy", () => {
  const service = { deploymentController: { type: "CODE_DEPLOY" }, taskSets: [{ status: "PRIMARY", taskDefinition: arnOf(1) }] };
  const appSpec = file("version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      Properties:\n        TaskDefinition: replaced\n        LoadBalancerInfo: { ContainerName: api, ContainerPort: 3000 }\n", "appspec.yaml");
  const statuses = (list: object[]): Handlers => ({
    "codedeploy:CreateDeployment": () => ({ deploymentId: "d-1" }),
    "codedeploy:GetDeploymentGroup": () => ({ deploymentGroupInfo: { blueGreenDeploymentConfiguration: { terminateBlueInstancesOnDeploymentSuccess: { terminationWaitTimeInMinutes: 5 } } } }),
    "codedeploy:GetDeployment": (_input, call) => ({ deploymentInfo: list[Math.min(call, list.length - 1)] }),
    "codedeploy:GetDeploymentTarget": () => ({ deploymentTarget: { ecsTarget: { lifecycleEvents: [{ lifecycleEventName: "Install", status: "Succeeded" }, { lifecycleEventName: "AllowTraffic", status: "InProgress" }, { lifecycleEventName: "AfterAllowTraffic", status: "Pending" }] } } }),
  });

  it("gets the revision in its AppSpec, by CodeDeploy's own names, and is followed to the end", async () => {
    const { outputs, aws, lines } = await deploy({ acts: [], service }, { cluster: "prod", "codedeploy-appspec": appSpec, "codedeploy-deployment-description": "release" }, () => statuses([{ status: "Created" }, { status: "InProgress" }, { status: "Succeeded" }]));
    expect(outputs).toMatchObject({ outcome: "succeeded", "codedeploy-deployment-id": "d-1" });
    const { applicationName, deploymentGroupName, description, revision } = aws.last("codedeploy:CreateDeployment");
    expect([applicationName, deploymentGroupName, description]).toEqual(["AppECS-prod-api", "DgpECS-prod-api", "release"]);
    expect(JSON.parse(revision.appSpecContent.content).Resources[0].TargetService.Properties).toMatchObject({ TaskDefinition: arnOf(2), LoadBalancerInfo: { ContainerPort: 3000 } });
    expect(lines).toContain("CodeDeploy says InProgress; AllowTraffic: InProgress");
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("that fails and goes back is a failure, in CodeDeploy's words", async () => {
    const { outputs, error } = await deploy({ acts: [], service }, { "codedeploy-appspec": appSpec }, () => statuses([{ status: "Failed", errorInformation: { code: "HEALTH_CONSTRAINTS", message: "too many" }, rollbackInfo: { rollbackDeploymentId: "d-2", rollbackMessage: "rolled back" } }]));
    expect(outputs).toMatchObject({ outcome: "rolled-back" });
    expect(error!.message).toContain("HEALTH_CONSTRAINTS: too many: rolled back");
  });

  it("without an AppSpec is refused before anything is created", async () => {
    const { error, aws } = await deploy({ acts: [], service }, { "codedeploy-appspec": "nowhere.yaml" }, () => statuses([]));
    expect(error!.message).toContain("nowhere.yaml cannot be read");
    expect(aws.count("ecs:RegisterTaskDefinition") + aws.count("codedeploy:CreateDeployment")).toBe(0);
  });
});

describe("schema", () => {
  const task = { taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1", lastStatus: "STOPPED", stopCode: "EssentialContainerExited", containers: [{ name: "migrate", exitCode: 0 }] };
  const migration = (message: string): Handlers => ({ "ecs:RunTask": () => ({ tasks: [task] }), "ecs:DescribeTasks": () => ({ tasks: [task] }), "logs:FilterLogEvents": () => ({ events: [{ message }] }) });

  it("that the migration states is kept with the revision", async () => {
    const { aws } = await deploy(steady, { "migration-task-definition": file(definition("new", "migrate")) }, () => migration('{"level":30,"schema":{"version":"0007","contracted":"0005"},"msg":"done"}'));
    expect(aws.last("ecs:RegisterTaskDefinition").tags).toEqual([{ key: "deploy:schema", value: "0007" }, { key: "deploy:schema-contracted", value: "0005" }]);
  });

  it("goes on with the next revision when there is no migration", async () => {
    const { aws } = await deploy({ ...steady, revisions: { 1: { tags: { "deploy:schema": "0003" } } } });
    expect(aws.last("ecs:RegisterTaskDefinition").tags).toEqual([{ key: "deploy:schema", value: "0003" }]);
  });
});
