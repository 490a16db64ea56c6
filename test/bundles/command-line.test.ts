// bin/rainbow-deploy as users run it: exit codes, --json, help, explain, Ctrl-C.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { AwsError, ScriptedAws, type Handlers } from "../../actions/shared/test/scripted-aws.ts";
import { ScriptedEcs, type EcsScenario } from "../../actions/shared/test/scripted-ecs.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

const program = join(import.meta.dirname, "../../bin/rainbow-deploy");
let aws: ScriptedAws | undefined;
afterEach(() => aws?.stop());

interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** @param interaction called with the process as soon as it has printed `after` */
async function run(
  args: string[],
  handlers: Handlers = {},
  interaction?: { after: string; run: (child: ReturnType<typeof spawn>) => void },
): Promise<CommandResult> {
  aws = await ScriptedAws.start(handlers);
  const env = {
    PATH: process.env["PATH"],
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: "ap-northeast-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  const child = spawn(process.execPath, [program, ...args], { cwd: tmpdir(), env });
  const texts = { stdout: "", stderr: "" };
  let isDone = false;
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      texts[stream] += text;
      if (interaction && !isDone && texts[stream].includes(interaction.after)) {
        isDone = true;
        interaction.run(child);
      }
    });
  }
  const code = await new Promise<number>((resolve) => child.on("close", (exitCode) => resolve(exitCode ?? -1)));
  return { code, ...texts };
}

const scenario = (steps: EcsScenario["steps"], more: Partial<EcsScenario> = {}): Handlers =>
  new ScriptedEcs(() => Date.now(), { steps, ...more }).handlers;
const stable = () => scenario([{ at: 0, running: 3, state: "COMPLETED" }]);
const crash = { stopCode: "EssentialContainerExited", reason: "Essential container in task exited", exitCode: 78 };

function definitionFile(): string {
  const path = join(makeTestFolder("cli-test-"), "task-definition.json");
  writeFileSync(
    path,
    JSON.stringify({ family: "api", memory: "512", containerDefinitions: [{ name: "api", image: "new" }] }),
  );
  return path;
}

describe("exit codes", () => {
  it("0: deployed", async () => {
    const { code, stdout } = await run(["deploy", "api", "--task-definition", definitionFile()], stable());
    expect(stdout).toContain("api runs api:2: 3 of 3 tasks");
    expect(code).toBe(0);
  });

  it("1: failed, with the reason on standard error", async () => {
    const { code, stderr } = await run(
      ["deploy", "api", "--task-definition", definitionFile()],
      scenario([{ at: 0, failed: 3, stops: [crash, crash, crash] }]),
    );
    expect(stderr).toContain("container api exited with code 78");
    expect(stderr).toContain("npx github:rainbow-seeker/deploy-toolkit rollback --cluster default --service api");
    expect(code).toBe(1);
  });

  it("2: wrong usage, wrong inputs, wrong configuration", async () => {
    expect((await run(["rolback"])).code).toBe(2);
    await aws?.stop();
    expect((await run(["deploy", "api", "--clster", "x"])).stderr).toContain("did you mean cluster?");
    await aws?.stop();
    const { code, stderr } = await run(["rollback", "--to", "latest"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /service: is required[\s\S]*must be last-healthy|must be last-healthy[\s\S]*service: is required/,
      ),
    ]);
  });

  it("3: rolled back", async () => {
    const steps = [{ at: 0.5, failed: 3, stops: [crash], state: "FAILED" as const, replacedBy: 1 }];
    expect(
      (
        await run(
          ["deploy", "api", "--task-definition", definitionFile()],
          scenario(steps, { breaker: { enable: true, rollback: true } }),
        )
      ).code,
    ).toBe(3);
  });

  it("4: timed out", async () => {
    expect(
      (
        await run(
          ["deploy", "api", "--task-definition", definitionFile(), "--wait-for-minutes", "0.1"],
          scenario([{ at: 0, pending: 3 }]),
        )
      ).code,
    ).toBe(4);
  }, 20_000);

  it.each([
    ["leave", "To roll it back"],
    ["rollback", "is rolled back to api:1"],
  ])(
    "130: cancelled, on-cancel: %s",
    async (onCancel, message) => {
      const { code, stdout } = await run(
        ["deploy", "api", "--task-definition", definitionFile(), "--on-cancel", onCancel],
        scenario([{ at: 0, pending: 3 }]),
        { after: "3 pending", run: (child) => child.kill("SIGINT") },
      );
      expect(stdout).toContain(message);
      expect(code).toBe(130);
    },
    20_000,
  );
});

describe("--json", () => {
  it("prints one object, and everything else on standard error", async () => {
    const { stdout, stderr } = await run(["deploy", "api", "--json", "--task-definition", definitionFile()], stable());
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: "succeeded",
      services: [{ service: "api", outcome: "succeeded" }],
    });
    expect(stderr).toContain("registered api:2");
  });

  it("prints the object on failure too", async () => {
    const { stdout, code } = await run(
      ["deploy", "api", "--json", "--task-definition", definitionFile()],
      scenario([{ at: 0, failed: 3, stops: [crash, crash, crash] }]),
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "failed" });
  });
});

describe("help", () => {
  it.each([[[]], [["help"]], [["--help"]]])("%j lists the commands", async (args) => {
    const { code, stdout } = await run(args);
    for (const part of ["explain", "rollback", "Exit codes: 0 done"]) expect(stdout).toContain(part);
    expect(code).toBe(0);
  });

  it("works through a symlink, as npm creates one", () => {
    const link = join(makeTestFolder("cli-test-"), "rainbow-deploy");
    symlinkSync(program, link);
    expect(execFileSync(process.execPath, [link, "--version"], { cwd: tmpdir(), encoding: "utf8" })).toMatch(
      /^\d+\.\d+\.\d+\n$/,
    );
  });

  it("for a command lists its options with their defaults", async () => {
    const { stdout } = await run(["deploy", "--help"]);
    expect(stdout).toContain("--wait-for-service-stability  (default: true)");
    expect(stdout).toContain("--task-definition  (required)");
  });
});

describe("on another Node version", () => {
  const runOn = (version: string) => {
    const pretend = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
    const preload = join(makeTestFolder("cli-test-"), "version.cjs");
    writeFileSync(preload, pretend);
    return spawnSync(process.execPath, ["--require", preload, program, "--version"], { encoding: "utf8" });
  };

  it.each(["12.22.12", "18.20.8", "20.19.5", "21.7.3"])("%s: one line, and exit code 2", (version) => {
    const { status, stdout, stderr } = runOn(version);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: "",
      stderr: `✗ rainbow-deploy needs Node 22 or newer, and this is Node ${version}: install Node 24.\n`,
    });
  });

  it.each(["22.0.0", "26.1.0"])("%s: works", (version) => {
    expect(runOn(version)).toMatchObject({ status: 0, stderr: "" });
  });

  it("starts from a file that old versions can read", () => {
    // ES5; the rest of the program is required only after the check.
    const code = readFileSync(program, "utf8").replace(/^#!.*|\/\/.*$/gm, "");
    expect(code).not.toMatch(/\b(const|let|import|export|async|await|class)\b|=>|`|\?\.|\?\?/);
    const { engines } = JSON.parse(readFileSync(join(program, "../../package.json"), "utf8")) as {
      engines: { node: string };
    };
    expect(engines.node).toBe(`>=${/major >= (\d+)/.exec(code)?.[1]}`);
  });
});

describe("explain", () => {
  const looping: EcsScenario = {
    steps: [],
    records: true,
    history: [
      { revision: 1, status: "SUCCESSFUL" },
      { revision: 2, status: "ROLLBACK_SUCCESSFUL" },
    ],
    service: {
      runningCount: 1,
      events: [
        {
          id: "1",
          message: "(service api) (port 3000) is unhealthy in (target-group tg) due to (reason Health checks failed)",
        },
      ],
      deployments: [
        {
          id: "ecs-svc/1",
          status: "PRIMARY",
          taskDefinition: "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/api:1",
          desiredCount: 3,
          runningCount: 1,
          failedTasks: 12,
          rolloutState: "IN_PROGRESS",
        },
      ],
    },
  };
  const stopped: Handlers = {
    "ecs:ListTasks": ({ desiredStatus }) => ({
      taskArns: desiredStatus === "STOPPED" ? ["arn:aws:ecs:r:1:task/c/t1"] : [],
    }),
    "ecs:DescribeTasks": () => ({
      tasks: [
        {
          taskArn: "arn:aws:ecs:r:1:task/c/t1",
          taskDefinitionArn: "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/api:1",
          lastStatus: "STOPPED",
          stopCode: "EssentialContainerExited",
          stoppedReason: "Essential container in task exited",
          containers: [
            { name: "api", exitCode: 137, reason: "OutOfMemoryError: container killed due to memory usage" },
          ],
        },
      ],
    }),
    "ecs:ListClusters": () => ({ clusterArns: ["arn:aws:ecs:r:1:cluster/other", "arn:aws:ecs:r:1:cluster/prod"] }),
  };

  it("reports why a service is not stable and what to do, without changing anything", async () => {
    const ecs = scenario([], looping);
    const { code, stdout } = await run(["explain", "api"], {
      ...ecs,
      ...stopped,
      "ecs:DescribeServices": (input, call) =>
        input.cluster === "prod" ? ecs["ecs:DescribeServices"]!(input, call) : { services: [] },
    });
    expect(code).toBe(1);
    for (const part of [
      "api in prod is not stable",
      "1 of 3 tasks running",
      "no circuit breaker",
      "One task has failed",
      "exited with code 137",
      "DB_HOST: is missing",
      "ran out of memory",
      "health check fails",
      "ROLLBACK_SUCCESSFUL",
      "rollback --cluster prod --service api --dry-run true",
    ])
      expect(stdout).toContain(part);
    expect(aws?.calls.map(({ action }) => action).filter((action) => !/:(Describe|List|Get)/.test(action))).toEqual([]);
  });

  it("exits with 0 for a stable service, and reports missing permissions", async () => {
    const denied = () => new AwsError("AccessDeniedException", "User: x is not authorized to perform: ecs:ListTasks");
    const { code, stdout } = await run(["explain", "api", "--cluster", "prod"], {
      ...stable(),
      "ecs:ListTasks": denied,
    });
    expect(code).toBe(0);
    expect(stdout).toContain("api in prod is stable");
    expect(stdout).toContain("Missing permission: the job's role lacks ecs:ListTasks");
  });

  it("lists the clusters that it has searched without success", async () => {
    const { code, stderr } = await run(["explain", "apj"], {
      ...stopped,
      "ecs:DescribeServices": () => ({ services: [] }),
    });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("There is no service apj in any of the clusters other, prod"),
    ]);
  });
});
