// rollback against a scripted ECS, in simulated time.
import { afterEach, describe, expect, it } from "vitest";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, ScriptedEcs, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { readInputs } from "../src/inputs.ts";
import { rollback, stopLast } from "./run-rollback.ts";

const stable = [{ at: 2, running: 3, state: "COMPLETED" as const, record: { status: "SUCCESSFUL" } }];
const verified = (time: string, more: Record<string, string> = {}) => ({
  tags: { "deploy:verified-at": time, ...more },
});
/** Revision 5 runs and is bad; 4 failed; 3 was verified; 2 was rolled back from; 1 is the oldest that was verified. */
const revisions = {
  1: verified("2026-01-01T00:00:00Z", { "deploy:commit": "a".repeat(40), "deploy:version": "v1" }),
  2: verified("2026-01-04T00:00:00Z", { "deploy:rolled-back-at": "2026-01-05T00:00:00Z" }),
  3: verified("2026-01-03T00:00:00Z", { "deploy:commit": "c".repeat(40), "deploy:version": "v3" }),
  4: {},
  5: verified("2026-01-06T00:00:00Z"),
};
const service = { taskDefinition: arnOf(5) };
const base: EcsScenario = { steps: stable, revisions, service };

afterEach(stopLast);

const writes = (calls: { action: string }[]) =>
  calls.map(({ action }) => action).filter((action) => !/:(Describe|List|Get)/.test(action));

describe("the last healthy revision", () => {
  it("is the one that was verified last, not the number before, not one that was rolled back from", async () => {
    const { aws, outputs, lines, error } = await rollback(base, { reason: "5xx since 23:40 (see #12)" });
    expect(error).toBeUndefined();
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(3));
    expect(outputs).toMatchObject({
      outcome: "succeeded",
      "task-definition-arn": arnOf(3),
      "previous-task-definition-arn": arnOf(5),
      version: "v3",
    });
    expect(lines).toContain(
      `api: api:5 → api:3, the last one that was verified (2026-01-03T00:00:00Z, commit ${"c".repeat(40)})`,
    );
    expect(aws.last("ecs:TagResource")).toEqual({
      resourceArn: arnOf(5),
      tags: [
        { key: "deploy:rolled-back-at", value: expect.stringContaining("2026-01-01T") },
        { key: "deploy:rolled-back-reason", value: "5xx since 23:40 see 12" },
      ],
    });
  });

  it("may be one that was rolled back from and has been verified since", async () => {
    const again = {
      ...revisions,
      2: verified("2026-01-05T12:00:00Z", { "deploy:rolled-back-at": "2026-01-05T00:00:00Z" }),
    };
    const { aws } = await rollback({ ...base, revisions: again });
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(2));
  });

  it("is looked for in ECS's own records where there are some", async () => {
    const history = [
      { revision: 3, status: "SUCCESSFUL" },
      { revision: 1, status: "SUCCESSFUL" },
      { revision: 4, status: "ROLLBACK_SUCCESSFUL" },
      { revision: 5, status: "SUCCESSFUL" },
    ];
    const { aws } = await rollback({ ...base, records: true, history });
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(1));
    expect(aws.count("ecs:ListTaskDefinitions")).toBe(0);
  });

  it("is the one that runs, when ECS itself has gone back to it just now", async () => {
    const history = [
      { revision: 3, status: "SUCCESSFUL" },
      { revision: 5, status: "SUCCESSFUL" },
      { revision: 4, status: "ROLLBACK_SUCCESSFUL" },
    ];
    const { aws, outputs, lines } = await rollback({ ...base, records: true, history });
    expect(outputs["outcome"]).toBe("unchanged");
    expect(lines[0]).toBe(
      "api: nothing; it runs api:5 already (ECS itself rolled back to it from api:4; to roll back further, name a revision)",
    );
    expect(writes(aws.calls)).toEqual([]);
    expect((await rollback({ ...base, records: true, history }, { to: "3" })).outputs["outcome"]).toBe("succeeded");
  });

  it("is the last that ECS calls successful where nobody verifies", async () => {
    const { aws, lines } = await rollback({
      steps: stable,
      service,
      records: true,
      revisions: { 3: {}, 4: {}, 5: {} },
      history: [
        { revision: 3, status: "SUCCESSFUL" },
        { revision: 4, status: "STOPPED" },
        { revision: 5, status: "SUCCESSFUL" },
      ],
    });
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(3));
    expect(lines[0]).toContain("no smoke test has verified any");
  });

  it("is not guessed when nothing is known", async () => {
    const { error, aws } = await rollback({ steps: stable, service, revisions: { 4: {}, 5: {} } });
    expect(error!.message).toMatch(/There is no healthy revision of api to roll back to[\s\S]*Nothing was changed/);
    expect(writes(aws.calls)).toEqual([]);
  });

  it("is found by tags when this role may not read the records", async () => {
    const refused = () =>
      new AwsError("AccessDeniedException", "User: x is not authorized to perform: ecs:ListServiceDeployments");
    const { aws, outputs } = await rollback({ ...base, records: true }, {}, { "ecs:ListServiceDeployments": refused });
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(3));
  });
});

describe("a target that is named", () => {
  it.each([
    ["4", 4],
    ["api:4", 4],
    [arnOf(4), 4],
    ["aaaaaaa", 1],
  ])("%s", async (to, revision) => {
    const { aws, error } = await rollback(base, { to });
    expect(error).toBeUndefined();
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(revision));
  });

  it("by a commit that was never verified is refused", async () => {
    const { error } = await rollback(base, { to: "b".repeat(7) });
    expect(error!.message).toContain("no revision of api has the commit bbbbbbb");
  });

  it.each(["latest", "v1.2", "api:latest", "12345"])("%s is understood or refused before anything is called", (to) => {
    const read = () => readInputs((name) => ({ service: "api", to })[name] ?? "");
    if (to === "12345") expect(read().to).toEqual({ kind: "number", revision: 12345 });
    else expect(read).toThrow("must be last-healthy, a revision");
  });

  it("that runs already is said, and nothing is changed", async () => {
    const { outputs, lines, aws } = await rollback(base, { to: "5" });
    expect(outputs["outcome"]).toBe("unchanged");
    expect(lines).toContain("api runs api:5 already; nothing was changed");
    expect(writes(aws.calls)).toEqual([]);
  });

  it("that is inactive is refused", async () => {
    const { error, aws } = await rollback(
      { ...base, revisions: { ...revisions, 4: { status: "INACTIVE" } } },
      { to: "4" },
    );
    expect(error!.message).toContain("api:4 is inactive (deregistered)");
    expect(writes(aws.calls)).toEqual([]);
  });

  it("that Terraform has made before there was an image is refused, and never chosen", async () => {
    const first = { image: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api:none-yet" };
    const scenario = { steps: stable, service, records: true, revisions: { 4: first, 5: {} } };
    const history = [
      { revision: 4, status: "SUCCESSFUL" },
      { revision: 5, status: "SUCCESSFUL" },
    ];
    const asked = await rollback({ ...scenario, history }, { to: "4" });
    expect(asked.error!.message).toMatch(/nothing to roll back to: api:4 .*:none-yet does not exist.* api:5 is left/);
    const chosen = await rollback({ ...scenario, history });
    expect(chosen.error!.message).toContain("no healthy revision of api to roll back to");
    for (const { aws } of [asked, chosen]) expect(writes(aws.calls)).toEqual([]);
  });

  it("whose image has gone from ECR is refused", async () => {
    const image = `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api@sha256:${"a".repeat(64)}`;
    const { error, aws } = await rollback(
      { ...base, revisions: { ...revisions, 4: { image } } },
      { to: "4" },
      {
        "ecr:DescribeImages": () => new AwsError("ImageNotFoundException", "no"),
        "ecr:DescribePullThroughCacheRules": () => ({ pullThroughCacheRules: [{ ecrRepositoryPrefix: "hub" }] }),
      },
    );
    expect(error!.message).toContain("is not in ECR");
    expect(writes(aws.calls)).toEqual([]);
  });
});

describe("a schema that has moved on", () => {
  const withSchema = (target: Record<string, string>, running: Record<string, string>): EcsScenario => ({
    ...base,
    revisions: { ...revisions, 3: verified("2026-01-03T00:00:00Z", target), 5: { tags: running } },
  });
  const contracted = { "deploy:schema": "0010", "deploy:schema-contracted": "0009" };

  it.each([
    [
      "further than the target supports",
      { "deploy:schema": "0008" },
      contracted,
      "migration 0009 has taken away what the target, made for schema 0008",
    ],
    ["with a target that does not say what it supports", {}, contracted, "does not say which schema it was made for"],
  ])("%s: refused, with what to do", async (_what, target, running, said) => {
    const { error, aws } = await rollback(withSchema(target, running));
    expect(error!.message).toContain(said);
    expect(error!.message).toContain("force: true");
    expect(writes(aws.calls)).toEqual([]);
  });

  it.each([
    ["by adding only", { "deploy:schema": "0008" }, { "deploy:schema": "0010" }],
    ["before the target was deployed", { "deploy:schema": "0009" }, contracted],
    [
      "ten migrations on, counted as numbers",
      { "deploy:schema": "10" },
      { "deploy:schema": "11", "deploy:schema-contracted": "9" },
    ],
  ])("%s: goes back", async (_what, target, running) => {
    expect((await rollback(withSchema(target, running))).outputs["outcome"]).toBe("succeeded");
  });

  it("is no hindrance when it is forced, and the revision that runs then knows of it", async () => {
    const { outputs, aws } = await rollback(withSchema({ "deploy:schema": "0008" }, contracted), { force: "true" });
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.last("ecs:TagResource")).toEqual({
      resourceArn: arnOf(3),
      tags: [{ key: "deploy:schema-contracted", value: "0009" }],
    });
  });
});

describe("a deployment in flight", () => {
  const inFlight = (hook: object = {}, source = 3) => {
    let asked = false;
    const record = () => ({
      serviceDeploymentArn: "sd/9",
      status: asked ? "ROLLBACK_SUCCESSFUL" : "IN_PROGRESS",
      targetServiceRevision: { arn: "sr/5" },
      sourceServiceRevisions: [{ arn: `sr/${source}` }],
      ...hook,
    });
    const scenario: EcsScenario = {
      ...base,
      service: {
        ...service,
        deployments: [
          {
            id: "ecs-svc/1",
            status: "PRIMARY",
            taskDefinition: arnOf(5),
            rolloutState: "IN_PROGRESS",
            desiredCount: 3,
            runningCount: 1,
          },
        ],
      },
    };
    const answer = () => {
      asked = true;
      return {};
    };
    const handlers: Handlers = {
      "ecs:ListServiceDeployments": () => ({ serviceDeployments: [{ serviceDeploymentArn: "sd/9" }] }),
      "ecs:DescribeServiceDeployments": () => ({ serviceDeployments: [record()] }),
      "ecs:DescribeServiceRevisions": ({ serviceRevisionArns }) => ({
        serviceRevisions: serviceRevisionArns.map((arn: string) => ({
          serviceRevisionArn: arn,
          taskDefinition: arnOf(Number(arn.split("/")[1])),
        })),
      }),
      "ecs:StopServiceDeployment": answer,
      "ecs:ContinueServiceDeployment": answer,
    };
    return { play: scenario, handlers };
  };

  it("is undone by ECS itself where that leads to the target", async () => {
    const { play, handlers } = inFlight();
    const { outputs, aws } = await rollback(play, {}, handlers);
    expect(aws.last("ecs:StopServiceDeployment")).toEqual({ serviceDeploymentArn: "sd/9", stopType: "ROLLBACK" });
    expect(outputs["outcome"]).toBe("succeeded");
    expect(aws.count("ecs:UpdateService")).toBe(0);
  });

  it("is answered where a hook waits for a decision", async () => {
    const { play, handlers } = inFlight({ lifecycleHookDetails: [{ hookId: "approve", status: "AWAITING_ACTION" }] });
    const { aws } = await rollback(play, {}, handlers);
    expect(aws.last("ecs:ContinueServiceDeployment")).toEqual({
      serviceDeploymentArn: "sd/9",
      hookId: "approve",
      action: "ROLLBACK",
    });
    expect(aws.count("ecs:StopServiceDeployment")).toBe(0);
  });

  it("is replaced where the target is another", async () => {
    const { play, handlers } = inFlight({}, 2);
    const { aws } = await rollback(play, {}, handlers);
    expect(aws.last("ecs:UpdateService").taskDefinition).toBe(arnOf(3));
  });
});

describe("several services and dry runs", () => {
  it("change nothing in a dry run, and say all of it", async () => {
    const { outputs, lines, aws } = await rollback(base, { "dry-run": "true" });
    expect(writes(aws.calls)).toEqual([]);
    expect(lines).toEqual([expect.stringContaining("api: api:5 → api:3"), "  ~ containers.api.image: old:5 → old:3"]);
    expect(outputs).toMatchObject({ outcome: "", "task-definition-arn": arnOf(3) });
  });

  it("go back together or not at all", async () => {
    const { error, aws } = await rollback(
      base,
      { service: "api,gone" },
      {
        "ecs:DescribeServices": ({ services }) =>
          services[0] === "gone" ? { services: [] } : { services: [new ScriptedEcs(() => 0, base).service()] },
      },
    );
    expect(error!.message).toMatch(/There is no service gone[\s\S]*Nothing was changed/);
    expect(writes(aws.calls)).toEqual([]);
  });

  it("that fail are explained like a deployment", async () => {
    const crash = { stopCode: "EssentialContainerExited", reason: "gone", exitCode: 1 };
    const { error, outputs } = await rollback({ ...base, steps: [{ at: 2, failed: 3, stops: [crash, crash, crash] }] });
    expect(outputs["outcome"]).toBe("failed");
    expect(error!.message).toContain("container api exited with code 1");
  });

  it("of CodeDeploy's are refused with what to do instead", async () => {
    const { error } = await rollback({
      ...base,
      service: { ...service, deploymentController: { type: "CODE_DEPLOY" } },
    });
    expect(error!.message).toContain("deployed by CODE_DEPLOY");
  });
});
