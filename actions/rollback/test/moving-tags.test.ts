// Two revisions that name one tag: what runs afterwards is what the tag names by then, and that is said.
import { afterEach, describe, expect, it } from "vitest";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { rollback, stopLast } from "./run-rollback.ts";

afterEach(stopLast);

const latest = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api:latest";
const [old, now] = ["a", "b"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const verified = { "deploy:verified-at": "2026-01-01T00:00:00Z" };

/** From revision 2 to 1, of these images; tasks run `old`. */
const between = (before: string, target: string): EcsScenario => ({
  steps: [{ at: 2, running: 3, state: "COMPLETED", record: { status: "SUCCESSFUL" } }],
  service: { taskDefinition: arnOf(2) },
  revisions: { 1: { image: target, tags: verified }, 2: { image: before } },
  runningImages: [{ api: old }, { api: old }],
});
const tagIs = (imageDigest: string): Handlers => ({
  "ecr:DescribeImages": () => ({ imageDetails: [{ imageDigest }] }),
});

describe("a tag that both revisions name", () => {
  it.each([
    [
      "the image that runs",
      between(latest, latest),
      tagIs(old),
      `api: ${latest} still is ${old}, which runs now as well`,
    ],
    ["a newer one", between(latest, latest), tagIs(now), `api: ${latest} is ${now} now, and ${old} runs`],
    [
      "one that nobody can say",
      between("app:dev", "app:dev"),
      {},
      "api: app:dev is a tag in a registry that is not ECR",
    ],
    [
      "one that the role may not look at",
      between(latest, latest),
      {
        "ecr:DescribeImages": () =>
          new AwsError("AccessDeniedException", "User: x is not authorized to perform: ecr:DescribeImages"),
      },
      `api: ${latest} could not be looked up in ECR`,
    ],
  ] as [string, EcsScenario, Handlers, string][])(
    "and that names %s: the rollback goes on, with a warning in step and summary",
    async (_what, scenario, handlers, said) => {
      const { outputs, warnings, summary, aws } = await rollback(scenario, {}, handlers);
      expect(outputs["outcome"]).toBe("succeeded");
      expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(1));
      const about = warnings.filter((text) => text.includes("api:2 and api:1 name the same tag"));
      expect(about).toEqual([expect.stringContaining(said)]);
      expect(about[0]).toContain("does not bring back the image that ran with api:1");
      expect(summary).toContain("⚠️ api: rolled back to revision 1");
      expect(summary).toContain("name the same tag");
    },
  );

  it("is said in a dry run, too", async () => {
    const { lines, summary, warnings } = await rollback(between(latest, latest), { "dry-run": "true" }, tagIs(now));
    expect(lines).toContainEqual(expect.stringContaining(`api: api:2 and api:1 name the same tag`));
    expect(summary).toContain("name the same tag");
    expect(warnings).toEqual([]);
  });

  it("does not hide that the rollback failed", async () => {
    const crash = { stopCode: "EssentialContainerExited", reason: "gone", exitCode: 1 };
    const steps = [{ at: 2, failed: 3, stops: [crash, crash, crash] }];
    const { summary, outputs } = await rollback({ ...between(latest, latest), steps }, {}, tagIs(now));
    expect(outputs["outcome"]).toBe("failed");
    expect(summary).toContain("### ❌ api: rollback to revision 1 failed");
  });

  it("matters not where ECS itself undoes the deployment in flight: it goes back to the digests", async () => {
    let isAsked = false;
    const primary = { id: "ecs-svc/1", status: "PRIMARY", taskDefinition: arnOf(2), rolloutState: "IN_PROGRESS" };
    const { outputs, warnings } = await rollback(
      { ...between(latest, latest), service: { taskDefinition: arnOf(2), deployments: [primary] } },
      { to: "1" },
      {
        ...tagIs(now),
        "ecs:ListServiceDeployments": () => ({ serviceDeployments: [{ serviceDeploymentArn: "sd/9" }] }),
        "ecs:DescribeServiceDeployments": () => ({
          serviceDeployments: [
            {
              serviceDeploymentArn: "sd/9",
              status: isAsked ? "ROLLBACK_SUCCESSFUL" : "IN_PROGRESS",
              targetServiceRevision: { arn: "sr/2" },
              sourceServiceRevisions: [{ arn: "sr/1" }],
            },
          ],
        }),
        "ecs:DescribeServiceRevisions": ({ serviceRevisionArns }) => ({
          serviceRevisions: serviceRevisionArns.map((arn: string) => ({
            serviceRevisionArn: arn,
            taskDefinition: arnOf(Number(arn.split("/")[1])),
          })),
        }),
        "ecs:StopServiceDeployment": () => ((isAsked = true), {}),
      },
    );
    expect(outputs["outcome"]).toBe("succeeded");
    expect(warnings).toEqual([]);
  });
});

describe("images that go back", () => {
  it.each([
    ["tags of their own", "app:v2", "app:v1"],
    ["digests", `app@${now}`, `app@${old}`],
    ["one digest", `app:latest@${old}`, `app:latest@${old}`],
  ])("by %s need no warning", async (_what, before, target) => {
    const { outputs, warnings, summary } = await rollback(between(before, target));
    expect(outputs["outcome"]).toBe("succeeded");
    expect(warnings).toEqual([]);
    expect(summary).toContain("✅ api: rolled back to revision 1");
  });
});
