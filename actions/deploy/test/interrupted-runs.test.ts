// A run that is cut off before or after any of its calls, and the next run of the same commit: it ends with the requested
// revision, deployed once, and knows whether a smoke test has passed it. docs/reliability.md lists the states between.
import { describe, expect, it } from "vitest";
import { AwsError, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { arnOf, ScriptedEcs } from "../../shared/test/scripted-ecs.ts";
import { stable } from "./deploy-scenario.ts";
import { definition, file, pinned, runDeploy, type DeployRun } from "./run-deploy.ts";

interface Tag {
  key: string;
  value: string;
}

/** A service and its revisions, which outlive the runs against them. */
class World {
  readonly clock = simulatedClock();
  /** Of all runs: what took effect. */
  readonly updates: string[] = [];
  migrations = 0;
  private readonly ecs = new ScriptedEcs(() => this.clock.now(), stable);
  private readonly revisions = new Map<string, { taskDefinition: object; tags: Tag[] }>();

  get runs(): string {
    return (this.ecs.service() as { taskDefinition: string }).taskDefinition;
  }

  get registered(): string[] {
    return [...this.revisions.keys()];
  }

  /** As smoke-test and bake do. */
  mark(key: string, value: string): void {
    this.revisions.get(this.runs)!.tags.push({ key, value });
  }

  get handlers(): Handlers {
    const { handlers } = this.ecs;
    const task = {
      taskArn: "arn:aws:ecs:ap-northeast-1:1:task/c/m1",
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      containers: [{ name: "migrate", exitCode: 0 }],
    };
    return {
      ...handlers,
      "ecs:RegisterTaskDefinition": (input, call) => {
        const answer = handlers["ecs:RegisterTaskDefinition"]!(input, call) as { taskDefinition: any };
        const { tags = [], ...taskDefinition } = answer.taskDefinition;
        const revision = { taskDefinition: { ...taskDefinition, status: "ACTIVE" }, tags };
        this.revisions.set(taskDefinition.taskDefinitionArn, revision);
        return revision;
      },
      "ecs:DescribeTaskDefinition": (input, call) => {
        const asked = String(input.taskDefinition);
        const latest = this.registered.findLast((arn) => arn.includes(`/${asked}:`));
        return this.revisions.get(latest ?? asked) ?? (handlers["ecs:DescribeTaskDefinition"]!(input, call) as object);
      },
      "ecs:UpdateService": (input, call) => {
        this.updates.push(input.taskDefinition);
        return handlers["ecs:UpdateService"]!(input, call);
      },
      "ecs:RunTask": () => {
        this.migrations += 1;
        return { tasks: [task] };
      },
      "ecs:DescribeTasks": () => ({ tasks: [task] }),
      "logs:FilterLogEvents": () => ({ events: [] }),
    };
  }
}

const inputs = {
  "task-definition": file(definition(pinned("new"))),
  "migration-task-definition": file(definition(pinned("new"), "migrate"), "migration.json"),
};

async function run(
  world: World,
  change: (handlers: Handlers) => Handlers = (handlers) => handlers,
): Promise<DeployRun> {
  const result = await runDeploy(change(world.handlers), inputs, world.clock);
  await result.aws.stop();
  return result;
}

/** From the given call on, nothing gets through; `after`: that call still takes effect, and its answer is lost. */
const cutOff =
  (at: number, when: "before" | "after", error: AwsError) =>
  (handlers: Handlers): Handlers => {
    let count = 0;
    return Object.fromEntries(
      Object.entries(handlers).map(([action, handler]) => [
        action,
        (input: unknown, call: number) => {
          const position = count;
          count += 1;
          if (position < at) return handler(input, call);
          if (position === at && when === "after") handler(input, call);
          return error;
        },
      ]),
    );
  };

/** What is cut off, and at which calls: at each, or, where it is slow, at every third. */
const faults: [string, "before" | "after", AwsError, number][] = [
  ["killed, or with expired credentials, before", "before", new AwsError("ExpiredTokenException", "expired"), 1],
  ["killed, or with expired credentials, after", "after", new AwsError("ExpiredTokenException", "expired"), 1],
  ["with an AWS that answers 500 for ever after", "before", new AwsError("ServerException", "no", 500), 3],
];

describe("a run that is cut off at any of its calls", () => {
  it.each(faults)("%s", { timeout: 120_000 }, async (_, when, error, step) => {
    const calls = (await run(new World())).aws.calls.length;
    expect(calls).toBeGreaterThan(5);
    let withoutSuccess = 0;
    for (let at = 0; at < calls; at += step) {
      const world = new World();
      const first = await run(world, cutOff(at, when, error));
      if (first.error) withoutSuccess += 1;
      // Nothing, or the new revision: never anything else.
      expect([arnOf(1), world.updates[0]]).toContain(world.runs);
      expect(world.updates.length).toBeLessThanOrEqual(1);

      const next = await run(world);
      const state = { at, error: next.error?.message, outcome: next.outputs["outcome"], runs: world.runs };
      expect(state).toMatchObject({ error: undefined, runs: world.updates[0] });
      expect(["succeeded", "unchanged"]).toContain(state.outcome);
      expect({ at, updates: world.updates.length }).toEqual({ at, updates: 1 });
      // A revision is registered once; it is the migration's, too, that has a family of its own.
      expect({ at, api: world.registered.filter((arn) => arn.includes("/api:")).length }).toEqual({ at, api: 1 });
      expect(world.migrations).toBeGreaterThan(0);
      expect(next.outputs["unverified"]).toBe("true");
    }
    expect(withoutSuccess).toBeGreaterThan(calls / step / 2);
  });
});

describe("the output unverified", () => {
  it("is true of what is new, and of what no smoke test has passed since, and false of the rest", async () => {
    const world = new World();
    const seen = async () => {
      const { outputs } = await run(world);
      return [outputs["outcome"], outputs["unverified"]];
    };
    expect(await seen()).toEqual(["succeeded", "true"]);
    expect(await seen()).toEqual(["unchanged", "true"]);
    world.mark("deploy:verified-at", "2026-01-01T00:10:00.000Z");
    expect(await seen()).toEqual(["unchanged", "false"]);
    world.mark("deploy:rolled-back-at", "2026-01-01T00:20:00.000Z");
    expect(await seen()).toEqual(["unchanged", "true"]);
  });

  it("is not said where nothing was deployed", async () => {
    const { outputs, error } = await run(new World(), cutOff(0, "before", new AwsError("ExpiredTokenException", "x")));
    expect(error).toBeDefined();
    expect(outputs).not.toHaveProperty("unverified");
  });
});
