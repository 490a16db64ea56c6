// Each permission of the policy taken away in turn: the rollback succeeds with one warning, or stops before it has changed
// anything. And credentials that end while it is watched.
import { afterEach, describe, expect, it } from "vitest";
import { clients } from "../../shared/src/clients.ts";
import { callOf, expectLine, isWrite, permissionsOf, without } from "../../shared/test/denied.ts";
import { AwsError, ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, ScriptedEcs, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";
import { errorOf } from "../../../test/lib/error-of.ts";

let running: ScriptedAws[] = [];
afterEach(async () => {
  await Promise.all(running.map((aws) => aws.stop()));
  running = [];
});

interface Case {
  scenario: EcsScenario;
  more?: Handlers;
  inputs?: Record<string, string>;
  outcome?: string;
}

async function play(
  { scenario, more, inputs }: Case,
  change: (handlers: Handlers) => Handlers = (handlers) => handlers,
): Promise<{ aws: ScriptedAws; outputs: Record<string, unknown>; warnings: string[]; error: Error | undefined }> {
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), scenario);
  const aws = await ScriptedAws.start(change({ ...ecs.handlers, ...more }));
  running.push(aws);
  const outputs: Record<string, unknown> = {};
  const warnings: string[] = [];
  const given: Record<string, string> = { service: "api", cluster: "default", ...inputs };
  const error = await errorOf(() =>
    main(
      readInputs((name) => given[name] ?? ""),
      {
        ...clients(aws.client),
        clock,
        log: () => undefined,
        annotate: (_level, _title, message) => warnings.push(message),
        setOutputs: (all) => Object.assign(outputs, all),
      },
    ),
  );
  return { aws, outputs, warnings, error };
}

const digest = `sha256:${"a".repeat(64)}`;
const image = `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api@${digest}`;
const tagged = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api:latest";
const secret = "arn:aws:secretsmanager:ap-northeast-1:1:secret:db-AbCdEf";
const revisions = {
  1: { tags: { "deploy:verified-at": "2026-01-01T00:00:00Z" } },
  2: { tags: { "deploy:verified-at": "2026-01-02T00:00:00Z" } },
};
const stable = [{ at: 2, running: 3, state: "COMPLETED" as const, record: { status: "SUCCESSFUL" } }];
const base: EcsScenario = { steps: stable, revisions, service: { taskDefinition: arnOf(2) } };
/** A target with everything that the preflight looks at. */
const demanding: Handlers = {
  "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({
    taskDefinition: {
      family: "api",
      status: "ACTIVE",
      taskDefinitionArn: taskDefinition.startsWith("arn:") ? taskDefinition : arnOf(1),
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
            options: { "awslogs-group": "/ecs/api", "awslogs-stream-prefix": "ecs" },
          },
        },
      ],
    },
    tags: [{ key: "deploy:verified-at", value: "2026-01-01T00:00:00Z" }],
  }),
  "logs:DescribeLogGroups": () => ({ logGroups: [{ logGroupName: "/ecs/api" }] }),
  "ecr:DescribeImages": () => ({ imageDetails: [{}] }),
  "ssm:DescribeParameters": () => ({ Parameters: [{}] }),
  "secretsmanager:DescribeSecret": () => ({ ARN: secret }),
};

/** A deployment from 1 to 2 is in flight. */
function inFlight(hook: object = {}): Case {
  let asked = false;
  const answer = () => {
    asked = true;
    return {};
  };
  const primary = { id: "ecs-svc/1", status: "PRIMARY", taskDefinition: arnOf(2), rolloutState: "IN_PROGRESS" };
  return {
    scenario: { ...base, service: { taskDefinition: arnOf(2), deployments: [primary] } },
    more: {
      "ecs:ListServiceDeployments": () => ({ serviceDeployments: [{ serviceDeploymentArn: "sd/9" }] }),
      "ecs:DescribeServiceDeployments": () => ({
        serviceDeployments: [
          {
            serviceDeploymentArn: "sd/9",
            status: asked ? "ROLLBACK_SUCCESSFUL" : "IN_PROGRESS",
            targetServiceRevision: { arn: "sr/2" },
            sourceServiceRevisions: [{ arn: "sr/1" }],
            ...hook,
          },
        ],
      }),
      "ecs:DescribeServiceRevisions": ({ serviceRevisionArns }) => ({
        serviceRevisions: serviceRevisionArns.map((arn: string) => ({
          serviceRevisionArn: arn,
          taskDefinition: arnOf(Number(arn.split("/")[1])),
        })),
      }),
      "ecs:StopServiceDeployment": answer,
      "ecs:ContinueServiceDeployment": answer,
    },
  };
}

const crash = { stopCode: "EssentialContainerExited", reason: "Essential container in task exited", exitCode: 1 };
const cases: Record<string, () => Case> = {
  "to the last healthy revision": () => ({ scenario: { ...base, records: true, history: [] } }),
  "to a revision with everything that the preflight looks at": () => ({
    scenario: base,
    more: demanding,
    inputs: { to: "1" },
  }),
  "to an image that a pull-through cache gets": () => ({
    scenario: { ...base, revisions: { ...revisions, 1: { ...revisions[1], image } } },
    more: {
      "ecr:DescribeImages": () => new AwsError("ImageNotFoundException", "no"),
      "ecr:DescribePullThroughCacheRules": () => ({ pullThroughCacheRules: [{ ecrRepositoryPrefix: "ROOT" }] }),
    },
    inputs: { to: "1" },
  }),
  "between revisions with the same tag": () => ({
    scenario: {
      ...base,
      revisions: { 1: { ...revisions[1], image: tagged }, 2: { ...revisions[2], image: tagged } },
      runningImages: [{ api: digest }],
    },
    more: { "ecr:DescribeImages": () => ({ imageDetails: [{ imageDigest: digest }] }) },
    inputs: { to: "1" },
  }),
  "of a deployment in flight": () => inFlight(),
  "of a deployment that waits at a hook": () =>
    inFlight({ lifecycleHookDetails: [{ hookId: "approve", status: "AWAITING_ACTION" }] }),
  "that fails": () => ({
    scenario: {
      ...base,
      records: true,
      breaker: { enable: true, rollback: false },
      steps: [
        { at: 5, failed: 1, stops: [crash] },
        { at: 9, failed: 3, state: "FAILED", reason: "tasks failed", record: { status: "STOPPED" } },
      ],
    },
    outcome: "failed",
  }),
};

describe("a role that lacks", () => {
  // iam:PassRole is asked for within UpdateService.
  const permissions = permissionsOf("rollback").filter((permission) => permission !== "iam:PassRole");

  it.each(permissions)("%s", async (permission) => {
    let uses = 0;
    for (const [name, make] of Object.entries(cases)) {
      const { outcome = "succeeded" } = make();
      const whole = await play(make());
      expect(whole.outputs["outcome"], name).toBe(outcome);
      if (whole.aws.count(callOf(permission)) === 0) continue;
      uses += 1;
      const { outputs, error, warnings, aws } = await play(make(), (all) => without("rollback", permission, all));
      if (error?.name === "ConfigurationError") {
        expectLine(error.message, "rollback", permission);
        expect(error.message, name).toMatch(/Nothing was changed|was left as it is/);
        const done = aws.calls.map(({ action }) => action).filter((call) => isWrite(call) && call !== permission);
        expect(done, name).toEqual([]);
        continue;
      }
      expect(outputs["outcome"], name).toBe(outcome);
      const about = warnings.filter((text) => text.includes(permission));
      if (about.length === 0) expectLine(error?.message ?? "", "rollback", permission);
      else expectLine(about[0]!, "rollback", permission);
      expect(about.length, name).toBeLessThan(2);
    }
    expect(uses, "is used by no case").toBeGreaterThan(0);
  });
});

describe("credentials that end while a rollback is watched", () => {
  it.each(["to the last healthy revision", "of a deployment in flight"])("leave it to ECS: %s", async (name) => {
    const expired = new AwsError("ExpiredTokenException", "The security token included in the request is expired");
    let written = false;
    const { error, outputs, aws } = await play(cases[name]!(), (handlers) =>
      Object.fromEntries(
        Object.entries(handlers).map(([action, handler]) => [
          action,
          (input: unknown, call: number) => {
            if (written) return expired;
            written = action === "ecs:UpdateService" || action === "ecs:StopServiceDeployment";
            return handler(input, call);
          },
        ]),
      ),
    );
    expect(error).toMatchObject({ name: "FailedError", outcome: "failed" });
    expect(error!.message).toContain("The AWS credentials have expired before the rollback of api to api:1 finished");
    expect(error!.message).toContain("rainbow-deploy explain --cluster default --service api");
    expect(outputs["outcome"]).toBe("failed");
    expect(aws.count("ecs:UpdateService") + aws.count("ecs:StopServiceDeployment")).toBe(1);
  });
});
