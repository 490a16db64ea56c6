// "Unchanged" is only what is the same by digest: file and service name the same tag, and another image may be behind it.
import { afterEach, describe, expect, it } from "vitest";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { deploy, stable, stopLast } from "./deploy-scenario.ts";
import { definition, file, logConfiguration, pinned, type DeployRun } from "./run-deploy.ts";

afterEach(stopLast);

const registry = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com";
const latest = `${registry}/api:latest`;
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const [old, now] = [digest("a"), digest("b")];

/** A service whose revision 1 names the image, and whose tasks run these digests. */
const runs = (image: string, ...digests: (string | undefined)[]): EcsScenario => ({
  ...stable,
  revisions: { 1: { image } },
  runningImages: digests.map((one) => (one === undefined ? {} : { api: one })),
});
/** What a tag names in ECR. */
const tagIs =
  (imageDigest: string, more: Handlers = {}) =>
  (): Handlers => ({ "ecr:DescribeImages": () => ({ imageDetails: [{ imageDigest }] }), ...more });
const fileWith = (image: string) => ({ "task-definition": file(definition(image)) });

/** Why the running revision was deployed again, which went well. */
async function reasonOf(deploying: Promise<DeployRun>): Promise<string> {
  const { aws, outputs, lines, error } = await deploying;
  expect(error).toBeUndefined();
  expect(outputs).toMatchObject({ outcome: "succeeded", "task-definition-arn": arnOf(1) });
  expect(aws.count("ecs:RegisterTaskDefinition")).toBe(0);
  expect(aws.last("ecs:UpdateService")).toMatchObject({ taskDefinition: arnOf(1), forceNewDeployment: true });
  const said = lines.flatMap((line) => /^api:1 is deployed again, because (.*)$/.exec(line)?.[1] ?? []);
  expect(said.length).toBe(1);
  return said[0]!;
}

describe("a tag in ECR", () => {
  it("that has moved is deployed again, with both digests in the log", async () => {
    expect(await reasonOf(deploy(runs(latest, old, old), fileWith(latest), tagIs(now)))).toContain(
      `api: ${latest} is ${now} now, and ${old} runs`,
    );
  });

  it("that has not moved is unchanged", async () => {
    const { aws, outputs } = await deploy(runs(latest, old, old, undefined), fileWith(latest), tagIs(old));
    expect(outputs["outcome"]).toBe("unchanged");
    expect(aws.count("ecs:UpdateService")).toBe(0);
    expect(aws.last("ecr:DescribeImages")).toEqual({
      registryId: "123456789012",
      repositoryName: "api",
      imageIds: [{ imageTag: "latest" }],
    });
  });

  it("is looked up where no tag is written, too", async () => {
    expect(await reasonOf(deploy(runs(`${registry}/api`, old), fileWith(`${registry}/api`), tagIs(now)))).toContain(
      `${now} now`,
    );
  });

  it("of a revision that is named is looked up as well", async () => {
    expect(await reasonOf(deploy(runs(latest, old), { "task-definition": "api:1" }, tagIs(now)))).toContain(
      `${now} now`,
    );
  });

  it.each<[string, EcsScenario, () => Handlers, string]>([
    ["tasks run two images, as without version consistency", runs(latest, old, now), tagIs(now), `${old} and ${now}`],
    [
      "no task runs",
      { ...runs(latest), desired: 0, steps: [{ at: 2, running: 0, state: "COMPLETED" }] },
      tagIs(old),
      "the image that runs is unknown",
    ],
    ["ECS does not say which image runs", runs(latest, undefined), tagIs(old), "the image that runs is unknown"],
    [
      "ECR has the tag no longer",
      runs(latest, old),
      () => ({
        "ecr:DescribeImages": () => new AwsError("ImageNotFoundException", "no"),
        "ecr:DescribePullThroughCacheRules": () => ({ pullThroughCacheRules: [{ ecrRepositoryPrefix: "ROOT" }] }),
      }),
      "could not be looked up in ECR",
    ],
    [
      "ECR cannot answer",
      runs(latest, old),
      () => ({ "ecr:DescribeImages": () => new AwsError("InvalidParameterException", "no") }),
      "could not be looked up in ECR",
    ],
    [
      "tasks of an earlier deployment of the revision run",
      runs(latest, old),
      tagIs(old, {
        "ecs:DescribeTasks": () => ({
          tasks: [
            { taskDefinitionArn: arnOf(1), startedBy: "ecs-svc/0", containers: [{ name: "api", imageDigest: old }] },
          ],
        }),
      }),
      "the image that runs is unknown",
    ],
  ])("is never unchanged where %s", async (_what, scenario, handlers, why) => {
    expect(await reasonOf(deploy(scenario, fileWith(latest), handlers))).toContain(why);
  });

  it("of more tasks than are looked at is never unchanged", async () => {
    let page = 0;
    const run = await deploy(runs(latest, old), fileWith(latest), (ecs) => ({
      ...tagIs(old)(),
      "ecs:ListTasks": (input, call) =>
        input.desiredStatus === "RUNNING"
          ? { ...(ecs["ecs:ListTasks"]!(input, call) as object), nextToken: String((page += 1)) }
          : { taskArns: [] },
    }));
    expect(run.outputs["outcome"]).toBe("succeeded");
    expect(page).toBe(10);
  });

  it("is read on all pages of tasks", async () => {
    expect(
      await reasonOf(
        deploy(runs(latest, old, now), fileWith(latest), () => ({
          ...tagIs(old)(),
          "ecs:ListTasks": ({ nextToken, desiredStatus }) =>
            desiredStatus !== "RUNNING"
              ? { taskArns: [] }
              : nextToken === undefined
                ? { taskArns: ["arn:aws:ecs:ap-northeast-1:123456789012:task/cluster/running1"], nextToken: "2" }
                : { taskArns: ["arn:aws:ecs:ap-northeast-1:123456789012:task/cluster/running2"] },
        })),
      ),
    ).toContain(`${old} and ${now} runs`);
  });

  it("that has moved is deployed, and not only scaled, with another count", async () => {
    const { aws } = await deploy(runs(latest, old), { ...fileWith(latest), "desired-count": "5" }, tagIs(now));
    expect(aws.last("ecs:UpdateService")).toMatchObject({ desiredCount: 5, forceNewDeployment: true });
  });

  it("that has not moved is only scaled with another count", async () => {
    const { aws } = await deploy(runs(latest, old), { ...fileWith(latest), "desired-count": "5" }, tagIs(old));
    expect(aws.last("ecs:UpdateService")).toMatchObject({ desiredCount: 5, forceNewDeployment: false });
  });

  it("is not looked up where something else differs, or where it is forced", async () => {
    for (const inputs of [fileWith(`${registry}/api:other`), { ...fileWith(latest), "force-new-deployment": "true" }]) {
      const { aws } = await deploy(runs(latest, old), { ...inputs, preflight: "false" }, tagIs(old));
      expect(aws.count("ecr:DescribeImages")).toBe(0);
      expect(aws.count("ecs:UpdateService")).toBe(1);
    }
  });
});

describe("an image elsewhere", () => {
  it.each(["nginx:1.27", "public.ecr.aws/nginx/nginx:1.27", "ghcr.io/org/app", "localhost:5000/app:dev"])(
    "%s, by its tag, is never unchanged",
    async (image) => {
      expect(await reasonOf(deploy(runs(image, old), fileWith(image)))).toContain(
        `${image} is a tag in a registry that is not ECR`,
      );
    },
  );

  it.each([pinned("nginx"), pinned("ghcr.io/org/app:v1"), `${latest}@${old}`])(
    "%s, by its digest, is unchanged without a look",
    async (image) => {
      const { aws, outputs } = await deploy(runs(image, old), fileWith(image));
      expect(outputs["outcome"]).toBe("unchanged");
      expect(aws.calls.map(({ action }) => action)).toEqual(["ecs:DescribeServices", "ecs:DescribeTaskDefinition"]);
    },
  );

  it("beside others decides for all of the containers", async () => {
    const containers = [
      { name: "api", memory: 256, image: pinned(`${registry}/api`), logConfiguration },
      { name: "proxy", memory: 256, image: `${registry}/proxy:1`, logConfiguration },
      { name: "agent", memory: 256, image: "agent:2", logConfiguration },
    ];
    const { lines, aws } = await deploy(
      { ...stable, runningImages: [{ api: old, proxy: old, agent: old }] },
      { "task-definition": file({ family: "api", containerDefinitions: containers }) },
      () => ({
        ...tagIs(old)(),
        "ecs:DescribeTaskDefinition": () => ({
          taskDefinition: { family: "api", taskDefinitionArn: arnOf(1), containerDefinitions: containers },
        }),
      }),
    );
    expect(aws.last("ecs:UpdateService").forceNewDeployment).toBe(true);
    expect(lines).toContain(
      "api:1 is deployed again, because agent: agent:2 is a tag in a registry that is not ECR, and may name another image now (only an image that is named by its digest is known to be the same)",
    );
  });
});

describe("a deployment of the same revision in flight", () => {
  const inFlight = (image: string, ...digests: string[]): EcsScenario => ({
    ...runs(image, ...digests),
    service: {
      deployments: [
        {
          id: "ecs-svc/1",
          status: "PRIMARY",
          taskDefinition: arnOf(1),
          rolloutState: "IN_PROGRESS",
          desiredCount: 3,
          runningCount: 1,
        },
      ],
    },
  });

  /** It completes when it has been looked at a few times. */
  const completes = (handlers: Handlers): Handlers => ({
    ...tagIs(old)(),
    "ecs:DescribeServices": (input, call) => {
      const { services } = handlers["ecs:DescribeServices"]!(input, call) as { services: { deployments: object[] }[] };
      if (call > 2) Object.assign(services[0]!.deployments[0]!, { rolloutState: "COMPLETED", runningCount: 3 });
      return { services };
    },
  });

  it("with the image that the tag names is watched", async () => {
    const { aws, outputs } = await deploy(structuredClone(inFlight(latest, old)), fileWith(latest), completes);
    expect(outputs).toMatchObject({ outcome: "succeeded", "deployment-id": "ecs-svc/1" });
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("that had begun before the push is replaced", async () => {
    expect(await reasonOf(deploy(inFlight(latest, old), fileWith(latest), tagIs(now)))).toContain(`is ${now} now`);
  });

  it("that had begun before the push is one of another image: not started with in-flight: fail", async () => {
    const { error, aws } = await deploy(
      inFlight(latest, old),
      { ...fileWith(latest), "in-flight": "fail" },
      tagIs(now),
    );
    expect(error!.message).toContain("api: a deployment of api:1 is in flight; nothing was changed");
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("that had begun before the push is waited for with in-flight: wait, and then deployed again", async () => {
    const run = deploy(
      structuredClone(inFlight(latest, old)),
      { ...fileWith(latest), "in-flight": "wait" },
      (handlers) => ({
        ...tagIs(now)(),
        "ecs:DescribeServices": (input, call) =>
          call < 4
            ? completes(handlers)["ecs:DescribeServices"]!(input, call)
            : handlers["ecs:DescribeServices"]!(input, call),
      }),
    );
    expect(await reasonOf(run)).toContain(`is ${now} now`);
    expect((await run).lines).toContain("api: a deployment of api:1 is in flight; waiting until it has finished");
  });
});

describe("what starts tasks in any case", () => {
  it("CodeDeploy deploys the same revision, whatever its tags name", async () => {
    const appSpec = file(
      "Resources:\n  - TargetService:\n      Properties:\n        TaskDefinition: x\n",
      "appspec.yaml",
    );
    const service = {
      deploymentController: { type: "CODE_DEPLOY" },
      taskSets: [{ status: "PRIMARY", taskDefinition: arnOf(1) }],
    };
    const { aws, outputs } = await deploy(
      { ...runs(latest, old), service },
      { ...fileWith(latest), "codedeploy-appspec": appSpec },
      tagIs(old, {
        "codedeploy:GetDeploymentGroup": () => ({ deploymentGroupInfo: {} }),
        "codedeploy:CreateDeployment": () => ({ deploymentId: "d-1" }),
        "codedeploy:GetDeployment": () => ({ deploymentInfo: { status: "Succeeded" } }),
        "codedeploy:GetDeploymentTarget": () => ({ deploymentTarget: {} }),
      }),
    );
    expect(outputs).toMatchObject({ outcome: "succeeded", "task-definition-arn": arnOf(1) });
    expect(aws.last("codedeploy:CreateDeployment").revision.appSpecContent.content).toContain(arnOf(1));
  });

  it("the migration runs when a tag of the service has moved, and not when it has not", async () => {
    const task = { taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1", lastStatus: "STOPPED" };
    for (const [digestNow, runsMigration] of [
      [now, 1],
      [old, 0],
    ] as const) {
      const { aws } = await deploy(
        runs(latest, old),
        { ...fileWith(latest), "migration-task-definition": file(definition(latest, "migrate")) },
        (handlers) => ({
          ...tagIs(digestNow)(),
          "ecs:RunTask": () => ({ tasks: [task] }),
          "ecs:DescribeTasks": (input, call) =>
            input.tasks.includes(task.taskArn)
              ? { tasks: [{ ...task, containers: [{ name: "migrate", exitCode: 0 }] }] }
              : handlers["ecs:DescribeTasks"]!(input, call),
          "logs:FilterLogEvents": () => ({ events: [] }),
        }),
      );
      expect(aws.count("ecs:RunTask")).toBe(runsMigration);
      expect(aws.count("ecs:UpdateService")).toBe(runsMigration);
    }
  });
});

describe("plan", () => {
  it("says what would be deployed again, and why", async () => {
    const { lines, aws } = await deploy(runs(latest, old), { ...fileWith(latest), plan: "true" }, tagIs(now));
    expect(lines).toEqual([`api: api:1 again, because api: ${latest} is ${now} now, and ${old} runs`]);
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it.each<[string, Record<string, string>, string]>([
    ["forced", { "force-new-deployment": "true" }, "api: api:1 again"],
    ["scaled", { "desired-count": "5" }, "api: api:1 as it is with 5 tasks"],
    ["set otherwise", { "propagate-tags": "SERVICE" }, "api: api:1 as it is, with propagateTags"],
    ["nothing", {}, "api: nothing; it is running already (api:1)"],
  ])("tells apart what is %s", async (_what, inputs, line) => {
    const { lines } = await deploy(runs(latest, old), { ...fileWith(latest), ...inputs, plan: "true" }, tagIs(old));
    expect(lines).toEqual([line]);
  });
});

describe("a revision that was deployed again, with trouble afterwards", () => {
  it("is not called rolled back, because there is no other one", async () => {
    const { outputs, error, aws } = await deploy(
      runs(latest, old),
      { ...fileWith(latest), alarms: "api-5xx", "bake-minutes": "1" },
      tagIs(now, {
        "cloudwatch:DescribeAlarms": (_input, call) => ({
          MetricAlarms: [{ AlarmName: "api-5xx", StateValue: call > 3 ? "ALARM" : "OK" }],
        }),
      }),
    );
    expect(outputs["outcome"]).toBe("failed");
    expect(error!.message).toContain("Alarms that fired: api-5xx. It was not rolled back, because api:1 is also the");
    expect(error!.message).toContain("by its digest");
    expect(aws.count("ecs:UpdateService")).toBe(1);
  });
});
