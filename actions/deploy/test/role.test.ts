// Each permission of the policy taken away in turn: the deployment succeeds with one warning, or stops before the first
// write. And the policies of the README of amazon-ecs-deploy-task-definition: with them everything goes well.
import { generateKeyPairSync } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { callOf, expectLine, isWrite, permissionsOf, refusal, without } from "../../shared/test/denied.ts";
import { AwsError, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, ScriptedEcs, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { definition, file, logConfiguration, runDeploy, type DeployRun } from "./run-deploy.ts";
import { breakerWithRollback, crashLoop, success } from "./scenarios.ts";

let runs: DeployRun[] = [];
afterEach(async () => {
  await Promise.all(runs.map(({ aws }) => aws.stop()));
  runs = [];
});

interface Case {
  scenario: EcsScenario;
  inputs?: Record<string, string>;
  more?: Handlers;
  outcome: string;
}

async function play({ scenario, inputs, more }: Case, change: (handlers: Handlers) => Handlers = (all) => all) {
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), scenario);
  const run = await runDeploy(change({ ...ecs.handlers, ...more }), inputs, clock);
  runs.push(run);
  return run;
}

const task = {
  taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1",
  lastStatus: "STOPPED",
  stopCode: "EssentialContainerExited",
  containers: [{ name: "migrate", exitCode: 0 }],
};
const secret = "arn:aws:secretsmanager:ap-northeast-1:1:secret:db-AbCdEf";
const repository = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api";
const demanding = file({
  family: "api",
  memory: "512",
  executionRoleArn: "arn:aws:iam::123456789012:role/execution",
  containerDefinitions: [
    {
      name: "api",
      image: `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api@sha256:${"a".repeat(64)}`,
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
const appSpec = file(
  "Resources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      Properties:\n        TaskDefinition: x\n",
  "appspec.yaml",
);
const group = { lastAttemptedDeployment: { deploymentId: "d-0" } };

const cases: Record<string, Case> = {
  "everything that a deployment can ask for": {
    scenario: {
      ...success.play,
      records: true,
      history: [],
      service: {
        loadBalancers: [{ targetGroupArn: "arn:aws:elasticloadbalancing:r:1:targetgroup/api/abc" }],
        tags: [{ key: "deploy:minimum-count", value: "3" }],
      },
    },
    inputs: {
      "task-definition": demanding,
      "migration-task-definition": file(definition("new", "migrate")),
      alarms: "api-5xx",
      "bake-minutes": "1",
      "max-5xx-percent": "5",
    },
    more: {
      "ecs:RunTask": () => ({ tasks: [task] }),
      "ecs:DescribeTasks": () => ({ tasks: [task] }),
      "logs:FilterLogEvents": () => ({ events: [{ message: '{"schema":{"version":"0007"}}' }] }),
      "logs:DescribeLogGroups": () => ({ logGroups: [{ logGroupName: "/ecs/api" }] }),
      "ecr:DescribeImages": () => ({ imageDetails: [{}] }),
      "ssm:DescribeParameters": () => ({ Parameters: [{}] }),
      "secretsmanager:DescribeSecret": () => ({ ARN: secret }),
      "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [{ AlarmName: "api-5xx", StateValue: "OK" }] }),
      "cloudwatch:GetMetricData": () => ({ MetricDataResults: [] }),
      "application-autoscaling:DescribeScalableTargets": () => ({ ScalableTargets: [{ MinCapacity: 0 }] }),
      "application-autoscaling:RegisterScalableTarget": () => ({}),
    },
    outcome: "succeeded",
  },
  "a named revision, marked with the schema of its migration": {
    scenario: { ...success.play, revisions: { 1: {}, 2: {} } },
    inputs: { "task-definition": "api:2", "migration-task-definition": file(definition("new", "migrate")) },
    more: {
      "ecs:RunTask": () => ({ tasks: [task] }),
      "ecs:DescribeTasks": () => ({ tasks: [task] }),
      "logs:FilterLogEvents": () => ({ events: [{ message: '{"schema":{"version":"0007"}}' }] }),
    },
    outcome: "succeeded",
  },
  "a service of CodeDeploy": {
    scenario: {
      steps: [],
      service: {
        deploymentController: { type: "CODE_DEPLOY" },
        taskSets: [{ status: "PRIMARY", taskDefinition: arnOf(1) }],
      },
    },
    inputs: { "codedeploy-appspec": appSpec },
    more: {
      "codedeploy:CreateDeployment": () => ({ deploymentId: "d-1" }),
      "codedeploy:GetDeploymentGroup": () => ({ deploymentGroupInfo: group }),
      "codedeploy:GetDeployment": (_input, call) => ({
        deploymentInfo: { status: call < 4 ? "InProgress" : "Succeeded" },
      }),
      "codedeploy:GetDeploymentTarget": () => ({ deploymentTarget: {} }),
    },
    outcome: "succeeded",
  },
  "an image that a pull-through cache gets": {
    scenario: success.play,
    inputs: { "task-definition": file(definition(`${repository}@sha256:${"b".repeat(64)}`)) },
    more: {
      "ecr:DescribeImages": () => new AwsError("RepositoryNotFoundException", "no"),
      "ecr:DescribePullThroughCacheRules": () => ({ pullThroughCacheRules: [{ ecrRepositoryPrefix: "ROOT" }] }),
    },
    outcome: "succeeded",
  },
  "a tag that has moved": {
    scenario: {
      ...success.play,
      revisions: { 1: { image: `${repository}:latest` } },
      runningImages: [{ api: `sha256:${"a".repeat(64)}` }],
    },
    inputs: { "task-definition": file(definition(`${repository}:latest`)) },
    more: { "ecr:DescribeImages": () => ({ imageDetails: [{ imageDigest: `sha256:${"b".repeat(64)}` }] }) },
    outcome: "succeeded",
  },
  "tasks that crash, without a circuit breaker": { scenario: crashLoop.play, outcome: "failed" },
  "a rollback of the circuit breaker": {
    scenario: { ...breakerWithRollback.play, records: true },
    outcome: "rolled-back",
  },
};

const known = new Map<string, Set<string>>();

/** What a case calls with all permissions; it ends as it should. */
async function callsOf(name: string, one: Case): Promise<Set<string>> {
  const calls = known.get(name);
  if (calls) return calls;
  const { outputs, aws } = await play(one);
  expect(outputs["outcome"], name).toBe(one.outcome);
  const found = new Set(aws.calls.map(({ action }) => action));
  known.set(name, found);
  return found;
}

/** Used by the post step of a cancelled run, or only where an image must be signed: each has a test of its own. */
const elsewhere = new Set(["codedeploy:StopDeployment", "ecr:BatchGetImage", "ecs:StopServiceDeployment"]);
/** Whether these are allowed, only the call itself can tell; the revision is registered by then. */
const afterRegistration = new Set([
  "codedeploy:CreateDeployment",
  "codedeploy:GetDeploymentConfig",
  "codedeploy:RegisterApplicationRevision",
  "ecs:RunTask",
  "ecs:UpdateService",
]);

describe("a role that lacks", () => {
  it.each(permissionsOf("deploy").filter((permission) => !elsewhere.has(permission)))(
    "%s",
    async (permission) => {
      let uses = 0;
      for (const [name, one] of Object.entries(cases)) {
        if (!(await callsOf(name, one)).has(callOf(permission)) && permission !== "ecs:TagResource") continue;
        uses += 1;
        const { outputs, error, warnings, aws } = await play(one, (handlers) =>
          without("deploy", permission, handlers),
        );
        const about = warnings.filter((text) => text.includes(permission));
        const stopped = error?.name === "ConfigurationError";
        if (!stopped) {
          // What only informs does not change the outcome; in the explanation of a failure it may be a line of it.
          expect(outputs["outcome"], name).toBe(one.outcome);
          if (about.length === 0 && error?.message.includes(permission))
            expectLine(error.message, "deploy", permission);
          else if (permission !== "ecs:TagResource" || aws.count("ecs:TagResource") > 0) {
            expect(about.length, `${name}: ${warnings.join("\n")}`).toBe(1);
            expectLine(about[0]!, "deploy", permission);
          }
          continue;
        }
        expectLine(error!.message, "deploy", permission);
        const done = aws.calls
          .map(({ action }) => action)
          .filter((call) => isWrite(call) && call !== callOf(permission));
        if (afterRegistration.has(permission)) {
          expect(new Set(done)).not.toContain("ecs:UpdateService");
          expect(error!.message).toContain("left as it is");
        } else {
          expect(done, name).toEqual([]);
          expect(error!.message).toContain("Nothing was changed.");
        }
      }
      expect(uses, "is used by no case").toBeGreaterThan(0);
    },
    60_000,
  );

  it("ecr:BatchGetImage does not deploy what must be signed", async () => {
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" });
    const one = {
      ...cases["everything that a deployment can ask for"]!,
      inputs: { "task-definition": demanding, "image-public-key": String(key).trim(), preflight: "false" },
    };
    const { error, aws } = await play(one, (handlers) => without("deploy", "ecr:BatchGetImage", handlers));
    expectLine(error!.message, "deploy", "ecr:BatchGetImage");
    expect(aws.calls.filter(({ action }) => isWrite(action))).toEqual([]);
  });

  it("a permission because a policy denies it explicitly: no line would help", async () => {
    const { warnings } = await play({ scenario: success.play, outcome: "succeeded" }, (handlers) => ({
      ...handlers,
      "ecs:DescribeTaskDefinition": () => {
        const denied = refusal("deploy", "ecs:DescribeTaskDefinition");
        return {
          ...denied,
          __proto__: Object.getPrototypeOf(denied),
          message: denied.message.replace(/ because .*/, " with an explicit deny in a service control policy"),
        };
      },
    }));
    expect(warnings).toEqual([expect.stringContaining("A policy denies it explicitly; remove that statement")]);
  });
});

/** README of amazon-ecs-deploy-task-definition, 2.6.3: "Permissions", "AWS CodeDeploy Support". */
const replaced = {
  service: ["ecs:RegisterTaskDefinition", "iam:PassRole", "ecs:UpdateService", "ecs:DescribeServices"],
  task: ["ecs:RunTask", "ecs:RegisterTaskDefinition", "ecs:DescribeTasks", "iam:PassRole"],
  codeDeploy: [
    "ecs:RegisterTaskDefinition",
    "iam:PassRole",
    "ecs:DescribeServices",
    "codedeploy:GetDeploymentGroup",
    "codedeploy:CreateDeployment",
    "codedeploy:GetDeployment",
    "codedeploy:GetDeploymentConfig",
    "codedeploy:RegisterApplicationRevision",
  ],
};
const only =
  (allowed: string[]) =>
  (handlers: Handlers): Handlers =>
    Object.fromEntries(
      permissionsOf("deploy").map((action) => [
        action,
        allowed.includes(action) ? (handlers[action] ?? (() => ({}))) : () => refusal("deploy", action),
      ]),
    );

describe("the policy of the replaced action", () => {
  const plain = { "task-definition": demanding };

  it("deploys, and each permission that is missing is one warning", async () => {
    const { error, outputs, warnings } = await play(
      { scenario: { ...success.play, records: true }, inputs: plain, outcome: "succeeded" },
      only(replaced.service),
    );
    expect(error).toBeUndefined();
    expect(outputs["outcome"]).toBe("succeeded");
    const lacking = warnings.map((text) => /lacks ([\w-]+:\w+)/.exec(text)![1]!);
    expect(lacking.toSorted()).toEqual([
      "ecr:DescribeImages",
      "ecs:DescribeTaskDefinition",
      "ecs:ListServiceDeployments",
      "logs:DescribeLogGroups",
      "secretsmanager:DescribeSecret",
      "ssm:DescribeParameters",
    ]);
    for (const [index, permission] of lacking.entries()) expectLine(warnings[index]!, "deploy", permission);
  });

  it.each(["tasks that crash, without a circuit breaker", "a rollback of the circuit breaker"])(
    "ends as it would end with all permissions: %s",
    async (name) => {
      const one = cases[name]!;
      const { outputs, warnings, error } = await play(one, only(replaced.service));
      expect(outputs["outcome"]).toBe(one.outcome);
      expect(error!.name).toBe("FailedError");
      expect(warnings.filter((text) => text.includes("ecs:ListTasks")).length).toBe(1);
    },
  );

  it("runs a task to its end, without its log", async () => {
    const one: Case = {
      scenario: { steps: [] },
      inputs: {
        "task-definition": file({
          family: "api",
          memory: "512",
          containerDefinitions: [{ name: "api", image: "seed", logConfiguration }],
        }),
        service: "",
        "wait-for-service-stability": "",
        "run-task": "true",
        "wait-for-task-stopped": "true",
      },
      more: {
        "ecs:RunTask": () => ({ tasks: [task] }),
        "ecs:DescribeTasks": () => ({ tasks: [{ ...task, containers: [{ name: "api", exitCode: 0 }] }] }),
      },
      outcome: "",
    };
    const { error, warnings, outputs } = await play(one, only(replaced.task));
    expect(error).toBeUndefined();
    expect(outputs["run-task-arn"]).toBe(JSON.stringify([task.taskArn]));
    expect(warnings.filter((text) => text.includes("logs:FilterLogEvents")).length).toBe(1);
  });

  it("deploys with CodeDeploy", async () => {
    const { error, outputs, warnings } = await play(cases["a service of CodeDeploy"]!, only(replaced.codeDeploy));
    expect(error).toBeUndefined();
    expect(outputs["outcome"]).toBe("succeeded");
    expect(warnings.map((text) => /lacks ([\w-]+:\w+)/.exec(text)![1]).toSorted()).toEqual([
      "codedeploy:GetDeploymentTarget",
      "ecs:DescribeTaskDefinition",
    ]);
  });
});
