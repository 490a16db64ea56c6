// The work in a task inside the VPC, against a scripted ECS; and the RDS snapshot.
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { RDSClient } from "@aws-sdk/client-rds";
import { ECSClient } from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, it } from "vitest";
import { cancellable } from "../../shared/src/clock.ts";
import { ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { bucketClient } from "../src/clients.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";
import { runRemotely } from "../src/modes/remote.ts";
import { makeSnapshot } from "../src/modes/snapshot.ts";
import { inputSource, runNameOf } from "../src/runtime-environment.ts";
import { ScriptedS3 } from "./scripted-s3.ts";

let aws: ScriptedAws;
afterEach(() => aws?.stop());

const logConfiguration = {
  logDriver: "awslogs",
  options: { "awslogs-group": "/ecs/backup", "awslogs-stream-prefix": "ecs" },
};
const stopped = (container: object, more: object = {}) => ({
  tasks: [
    {
      taskArn: "arn:aws:ecs:r:1:task/c/t1",
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      containers: [
        { name: "backup", ...container },
        { name: "sidecar", exitCode: 0 },
      ],
      ...more,
    },
  ],
});

const handlers = (finalState: unknown, lines: string[] = []): Handlers => ({
  "ecs:DescribeTaskDefinition": () => ({
    taskDefinition: {
      taskDefinitionArn: "arn:aws:ecs:r:1:task-definition/backup:3",
      family: "backup",
      containerDefinitions: [
        { name: "backup", image: "i", logConfiguration },
        { name: "sidecar", image: "s" },
      ],
    },
  }),
  "ecs:DescribeServices": () => ({
    services: [
      {
        serviceName: "api",
        status: "ACTIVE",
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"] } },
      },
    ],
  }),
  "ecs:RunTask": () => ({ tasks: [{ taskArn: "arn:aws:ecs:r:1:task/c/t1" }] }),
  "ecs:DescribeTasks": (_input, call) =>
    call === 0 ? { tasks: [{ taskArn: "arn:aws:ecs:r:1:task/c/t1", lastStatus: "RUNNING" }] } : finalState,
  "ecs:StopTask": () => ({}),
  "logs:FilterLogEvents": () => ({ events: lines.map((message, index) => ({ eventId: String(index), message })) }),
  "logs:GetLogEvents": () => ({ events: lines.map((message) => ({ message })) }),
});

async function runTask(
  scenario: Handlers,
  { inputs = {}, signal }: { inputs?: Record<string, string>; signal?: AbortSignal } = {},
) {
  aws = await ScriptedAws.start(scenario);
  const values: Record<string, string> = {
    network: "ecs",
    bucket: "backups",
    database: "app",
    "task-definition": "backup",
    service: "api",
    "allow-empty": "true",
    ...inputs,
  };
  const log: string[] = [];
  const clock = simulatedClock();
  const dependencies = {
    ecs: new ECSClient(aws.client),
    logs: () => new CloudWatchLogsClient(aws.client),
    clock: signal ? cancellable(clock, signal) : clock,
    log: (line: string) => log.push(line),
    ...(signal ? { signal } : {}),
  };
  const { remote } = readInputs((name) => values[name] ?? "", {});
  return { outputs: await runRemotely(remote!, "backup_20261125T090000Z_1-1", dependencies), log };
}

describe("a task inside the VPC", () => {
  it.each<Record<string, string>>([{}, { "image-from": "backup" }])(
    "is not started before a backup has made its image: %j",
    async (inputs) => {
      const made = handlers(stopped({ exitCode: 0 }));
      const container = { name: "backup", image: "1.dkr.ecr.r.amazonaws.com/backup:none-yet", logConfiguration };
      const first = {
        taskDefinitionArn: "arn:aws:ecs:r:1:task-definition/backup:1",
        family: "backup",
        containerDefinitions: [container],
      };
      const scenario = { ...made, "ecs:DescribeTaskDefinition": () => ({ taskDefinition: first }) };
      await expect(runTask(scenario, { inputs })).rejects.toThrow(
        /^(task-definition|image-from): backup has no image yet: .*:none-yet .* Make a backup first/,
      );
      expect(aws.calls.filter(({ action }) => !action.startsWith("ecs:Describe"))).toEqual([]);
    },
  );

  it("uses the service's network, receives no secrets, and returns its log and outputs", async () => {
    const { outputs, log } = await runTask(
      handlers(stopped({ exitCode: 0 }), ["app: PostgreSQL 17", 'db-backup-outputs: {"id":"x","duration":"4"}']),
    );
    expect(outputs).toEqual({ id: "x", duration: "4" });
    expect(log).toContain("  app: PostgreSQL 17");
    const { networkConfiguration, overrides, clientToken } = aws.last("ecs:RunTask");
    expect(networkConfiguration.awsvpcConfiguration).toEqual({ subnets: ["subnet-1"], securityGroups: ["sg-1"] });
    expect(clientToken).toMatch(/./);
    const [{ name, environment }] = overrides.containerOverrides;
    expect([name, JSON.parse(environment[0].value)]).toEqual([
      "backup",
      { bucket: "backups", database: "app", "allow-empty": "true", id: "backup_20261125T090000Z_1-1" },
    ]);
  });

  it.each<[string, unknown, string[], string, RegExp]>([
    [
      "the error code in its log",
      stopped({ exitCode: 1 }),
      ["::error::[LOCK_TIMEOUT] app: users is locked"],
      "LOCK_TIMEOUT",
      /container backup exited with code 1/,
    ],
    [
      "no exit code, although a sidecar has one",
      stopped({}, { stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError: no such image" }),
      [],
      "TASK_FAILED",
      /CannotPullContainerError/,
    ],
    [
      "its container out of memory",
      stopped({ exitCode: 137, reason: "OutOfMemoryError" }),
      ["dumping"],
      "TASK_FAILED",
      /OutOfMemoryError/,
    ],
  ])("fails with %s", async (_what, finalState, lines, code, message) => {
    await expect(runTask(handlers(finalState, lines))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("takes the image of another definition, in a new revision", async () => {
    const scenario = handlers(stopped({ exitCode: 0 }));
    scenario["ecs:DescribeTaskDefinition"] = ({ taskDefinition: family }) => ({
      taskDefinition: {
        taskDefinitionArn: `arn:aws:ecs:r:1:task-definition/${family}:1`,
        family,
        containerDefinitions: [
          { name: "backup", image: family === "restore" ? "none-yet" : "tool@sha256:1", logConfiguration },
          { name: "sidecar", image: "s" },
        ],
      },
    });
    scenario["ecs:RegisterTaskDefinition"] = ({ family }) => ({
      taskDefinition: { taskDefinitionArn: `arn:aws:ecs:r:1:task-definition/${family}:2` },
    });
    await runTask(scenario, { inputs: { "task-definition": "restore", "image-from": "backup" } });
    expect(aws.last("ecs:RegisterTaskDefinition")).toMatchObject({
      family: "restore",
      containerDefinitions: [{ image: "tool@sha256:1" }, { image: "s" }],
    });
    expect(aws.last("ecs:RunTask").taskDefinition).toBe("arn:aws:ecs:r:1:task-definition/restore:2");
    await aws.stop();
    await expect(
      runTask(scenario, { inputs: { "task-definition": "restore", "image-from": "backup", container: "tool" } }),
    ).rejects.toThrow("image-from: backup has no container tool.");
  });

  it("is stopped when the job is cancelled, and after the time limit", async () => {
    const running = { tasks: [{ taskArn: "arn:aws:ecs:r:1:task/c/t1", lastStatus: "RUNNING" }] };
    const controller = new AbortController();
    const scenario = handlers(running);
    scenario["ecs:DescribeTasks"] = (_input, call) => {
      if (call === 2) controller.abort();
      return running;
    };
    await expect(runTask(scenario, { signal: controller.signal })).rejects.toMatchObject({ code: "CANCELLED" });
    await expect.poll(() => aws.count("ecs:StopTask")).toBe(1);
    await aws.stop();
    await expect(runTask(handlers(running), { inputs: { "timeout-minutes": "3" } })).rejects.toMatchObject({
      code: "TIMED_OUT",
    });
    expect(aws.count("ecs:StopTask")).toBe(1);
  });

  it("succeeds even if its outputs or the bucket are not readable from here", async () => {
    const s3 = await ScriptedS3.start();
    s3.fault = () => "denied";
    for (const lines of [[], ['db-backup-outputs: {"id":"backup_20261125T090000Z_1-1","duration":"4"}']]) {
      aws = await ScriptedAws.start(handlers(stopped({ exitCode: 0 }), lines));
      const log: string[] = [];
      const values: Record<string, string> = {
        mode: "restore",
        network: "ecs",
        bucket: "backups",
        database: "app",
        "task-definition": "backup",
        service: "api",
        "to-database": "new",
        confirm: "new",
      };
      const unused = () => expect.unreachable();
      await main(
        readInputs((name) => values[name] ?? "", {}),
        {
          s3: (options) => bucketClient(options, s3.client),
          ecs: () => new ECSClient(aws.client),
          logs: () => new CloudWatchLogsClient(aws.client),
          cloudWatch: unused,
          rds: unused,
          run: unused,
          clock: simulatedClock(),
          log: (line) => log.push(line),
          annotate: () => {},
          setOutputs: () => {},
          runName: "1-1",
          id: undefined,
          tool: "test",
        },
      );
      expect(log.join("\n")).toMatch(
        lines.length === 0 ? /No summary: the outputs are not in the task's log/ : /No summary: \[STORE_DENIED\]/,
      );
      await aws.stop();
    }
    await s3.stop();
  });

  it("needs a network, and refuses inputs that are secrets", () => {
    const read = (inputs: Record<string, string>) =>
      readInputs(
        (name) => ({ network: "ecs", bucket: "b", database: "d", "task-definition": "t", ...inputs })[name] ?? "",
        {},
      );
    expect(() => read({})).toThrow("service: with network: ecs the task needs a network");
    expect(() => read({ service: "api", password: "secret", identity: "AGE-SECRET-KEY-1" })).toThrow(
      /password: cannot be passed to a task[\s\S]*identity: cannot be passed to a task/,
    );
    expect(() => read({ service: "api", mode: "prune" })).toThrow("prune does not connect to the database");
  });
});

describe("inputs", () => {
  it("of a task are in one variable, and the name of a run has its ID and attempt", () => {
    const { source, id } = inputSource(() => "runner's", { DB_BACKUP_INPUTS: '{"mode":"verify","id":"x"}' });
    expect([source("mode"), source("bucket"), id]).toEqual(["verify", "", "x"]);
    expect(inputSource(() => "runner's", {}).source("mode")).toBe("runner's");
    expect([runNameOf({ GITHUB_RUN_ID: "77", GITHUB_RUN_ATTEMPT: "2" }), runNameOf({})]).toEqual([
      "77-2",
      expect.stringMatching(/^[0-9a-f]{8}-1$/),
    ]);
  });

  it("with problems are reported all at once", () => {
    const values: Record<string, string> = {
      mode: "restore",
      port: "x",
      "ssl-mode": "maybe",
      before: "2026-11-25T02:00:00",
      prefix: "a b",
    };
    for (const part of [
      "bucket:",
      "database:",
      "host:",
      "port:",
      "ssl-mode:",
      "before: must be a time with a time zone",
      "prefix:",
      "to-database:",
    ])
      expect(() => readInputs((name) => values[name] ?? "", {})).toThrow(part);
    expect(() =>
      readInputs((name) => ({ mode: "prune", bucket: "b", database: "d", "keep-newest": "0" })[name] ?? "", {}),
    ).toThrow("the newest good backup is always kept");
    expect(() =>
      readInputs((name) => ({ bucket: "b", database: "d", host: "h", recipients: "ssh-rsa AAAA" })[name] ?? "", {}),
    ).toThrow("is not an age public key");
  });
});

describe("an RDS snapshot", () => {
  const rds = (statuses: string[]) => {
    const sent: any[] = [];
    const send = async (command: { input: any }) => {
      sent.push(command.input);
      const one = { DBSnapshotArn: "arn:snapshot", Status: statuses.shift() ?? "available" };
      return sent.length === 1 ? { DBSnapshot: one } : { DBSnapshots: [one] };
    };
    return { client: { send } as unknown as RDSClient, sent };
  };
  const make = (client: RDSClient) =>
    makeSnapshot(
      { instance: "rainbow-seeker-db", timeoutMinutes: 1 },
      { rds: client, clock: simulatedClock(), log: () => {}, run: "77_1" },
    );

  it("is named after its time and run, and is awaited", async () => {
    const { client, sent } = rds(["creating", "creating", "available"]);
    expect(await make(client)).toBe("arn:snapshot");
    expect(sent.map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier)).toEqual(
      Array.from({ length: 3 }, () => "rainbow-seeker-db-20260101-000000-77-1"),
    );
  });

  it("that fails, or is not available in time, is an error", async () => {
    await expect(make(rds(["creating", "failed"]).client)).rejects.toMatchObject({ code: "DUMP_FAILED" });
    await expect(make(rds(Array.from({ length: 20 }, () => "creating")).client)).rejects.toMatchObject({
      code: "TIMED_OUT",
    });
  });
});
