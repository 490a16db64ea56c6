// Every action, where containers, services, AWS, docker and PostgreSQL say what an attacker would have them say, and far
// too much of it: the log has no command but ours, no line that a runner would cut, and the summary is small and plain.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ECSClient } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { BackupError } from "../../db-backup/src/errors.ts";
import { failedSummary } from "../../db-backup/src/summary.ts";
import { readInputs as readDeploy } from "../../deploy/src/inputs.ts";
import { main as deploy } from "../../deploy/src/main.ts";
import { readInputs as readRender } from "../../render-task-definition/src/inputs.ts";
import { main as render } from "../../render-task-definition/src/main.ts";
import { readInputs as readRollback } from "../../rollback/src/inputs.ts";
import { main as rollback } from "../../rollback/src/main.ts";
import { sendHttp } from "../../shared/src/http.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { hostileLines, type Runner } from "../../shared/test/runner.ts";
import { AwsError } from "../../shared/test/scripted-aws.ts";
import { account, arnOf, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { readInputs as readSmokeTest } from "../../smoke-test/src/inputs.ts";
import { main as smokeTest } from "../../smoke-test/src/main.ts";
import { readInputs as readRoot } from "../src/inputs.ts";
import { main as release } from "../src/main.ts";
import { expectSafe, folder, run, runnerOfAction, summary, tools } from "./run-action.ts";
import { digest, repository, revisions, sourceOf, withService } from "./summary-kinds/scripted.ts";

const attack = hostileLines.join("\n");
const markup = "<img src=x onerror=alert(1)> [a](http://evil.example) | `x` @someone";
/** As CloudWatch takes it: 256 kB for an event, of which 20 are read. */
const logLines = [
  ...hostileLines.slice(0, 15),
  ...Array.from({ length: 4 }, () => "x ".repeat(125_000)),
  `newest ${markup}`,
];
const hugeLines = Array.from({ length: 20 }, (_, index) => `line ${index} ${"y".repeat(250_000)}`);
const crash = {
  stopCode: "EssentialContainerExited",
  reason: `Essential container in task exited ${attack}`,
  exitCode: 127,
  containerReason: `${attack}${markup}`,
};
const rollsBack = (lines: string[]): EcsScenario => ({
  breaker: { enable: true, rollback: true },
  records: true,
  revisions,
  logLines: lines,
  steps: [
    { at: 20, failed: 1, stops: [crash], event: `(service api) ${attack} ${markup}` },
    { at: 40, failed: 3, stops: [crash, crash], event: "x".repeat(300_000) },
    {
      at: 45,
      state: "FAILED",
      replacedBy: 1,
      record: {
        status: "ROLLBACK_IN_PROGRESS",
        rollback: { reason: `rolled back: ${attack}` },
        deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
      },
    },
  ],
});
const stable: EcsScenario = {
  revisions,
  steps: [{ at: 20, running: 3, state: "COMPLETED", event: `(service api) ${attack}` }],
};
const logConfiguration = {
  logDriver: "awslogs",
  options: { "awslogs-group": "/ecs/api", "awslogs-stream-prefix": "ecs", "awslogs-create-group": "true" },
};

const deployInputs = (more: Record<string, string> = {}) => {
  const path = join(folder, "task-definition.json");
  const image = `${repository}@${digest("b")}`;
  writeFileSync(
    path,
    JSON.stringify({ family: "api", memory: "512", containerDefinitions: [{ name: "api", image, logConfiguration }] }),
  );
  return readDeploy(
    sourceOf({
      cluster: "cluster",
      service: "api",
      "task-definition": path,
      "wait-for-service-stability": "true",
      ...more,
    }),
  );
};

describe("deploy", () => {
  it("explains a rollback to which containers, ECS and its events say hostile things", async () => {
    const runner = await runnerOfAction("deploy", { scenario: rollsBack(logLines) }, (environment) =>
      deploy(deployInputs(), { ...environment, ...tools }),
    );
    expectSafe(runner, ["error"]);
    const error = runner.named("error")[0]?.data ?? "";
    for (const part of ["What to do: ", "Currently running: api:1 (3 tasks).", "  newest <img"])
      expect(error).toContain(part);
    expect(runner.lines.join("\n")).toContain("  > ::add-mask::service");
    expect(summary()).toContain("newest <img");
  });

  it("keeps the newest lines of a log of 5 MB, and what is running, in annotation, log and summary", async () => {
    const runner = await runnerOfAction("deploy", { scenario: rollsBack(hugeLines) }, (environment) =>
      deploy(deployInputs(), { ...environment, ...tools }),
    );
    expectSafe(runner, ["error"]);
    const places = [runner.named("error")[0]?.data ?? "", runner.lines.join("\n"), summary()];
    for (const text of places) {
      expect(text).toContain("api:1 (3 tasks)");
      expect(text).toMatch(/line 19 y+… \(\d+ more characters\)/);
    }
  });

  it("follows a migration with a hostile log, with commands stopped meanwhile", async () => {
    const taskArn = `arn:aws:ecs:ap-northeast-1:${account}:task/c/m1`;
    const task = {
      taskArn,
      lastStatus: "STOPPED",
      stopCode: "x",
      stoppedReason: attack,
      containers: [{ name: "migrate", exitCode: 1 }],
    };
    const event = (message: string, index: number) => ({ eventId: String(index), message });
    const runner = await runnerOfAction(
      "deploy",
      {
        scenario: stable,
        handlers: (ecs) => ({
          "ecs:RunTask": () => ({ tasks: [{ taskArn }] }),
          "ecs:DescribeTasks": () => ({ tasks: [task] }),
          "ecs:DescribeTaskDefinition": (input, call) =>
            input.taskDefinition.startsWith("migrate")
              ? {
                  taskDefinition: {
                    family: "migrate",
                    taskDefinitionArn: arnOf(1, "migrate"),
                    containerDefinitions: [{ name: "migrate", image: "x", logConfiguration }],
                  },
                }
              : ecs["ecs:DescribeTaskDefinition"]?.(input, call),
          "logs:FilterLogEvents": () => ({ events: [...logLines, attack].map(event) }),
          "logs:GetLogEvents": () => ({ events: logLines.map(event) }),
        }),
      },
      (environment) => deploy(deployInputs({ "migration-task-definition": "migrate:1" }), { ...environment, ...tools }),
    );
    expectSafe(runner, ["error"]);
    expect(runner.tokens.length).toBeGreaterThan(0);
    expect(runner.lines.join("\n")).toContain("  > ::add-mask::service");
    expect(runner.named("error")[0]?.data).toContain("  newest <img");
  });

  it("reports an error of AWS", async () => {
    const denied = new AwsError("AccessDeniedException", `not authorized: ${attack}`);
    const runner = await runnerOfAction(
      "deploy",
      { scenario: stable, handlers: () => ({ "ecs:UpdateService": () => denied }) },
      (environment) => deploy(deployInputs(), { ...environment, ...tools }),
    );
    expectSafe(runner, ["error"]);
  });
});

describe("rollback", () => {
  it("says why it failed", async () => {
    const scenario = {
      ...rollsBack(logLines),
      service: { taskDefinition: arnOf(2) },
      revisions: { ...revisions, 2: {} },
    };
    const runner = await runnerOfAction("rollback", { scenario }, (environment) =>
      rollback(readRollback(sourceOf({ cluster: "cluster", service: "api", reason: attack })), {
        ...environment,
        ...tools,
      }),
    );
    expectSafe(runner, ["error"]);
  });
});

describe("render-task-definition", () => {
  it("shows changes of hostile values", async () => {
    const image = `${repository}@${digest("b")}`;
    const definition = join(folder, "task-definition.json");
    const environment = [
      { name: "A", value: attack },
      { name: `B${attack}`, value: "x".repeat(50_000) },
    ];
    writeFileSync(
      definition,
      JSON.stringify({ family: "api", memory: "512", containerDefinitions: [{ name: "api", image, environment }] }),
    );
    const inputs = { "task-definition": definition, images: `api=${image}`, "environment-variables": "A=b" };
    const runner = await runnerOfAction("render-task-definition", { scenario: stable }, (clients) =>
      render(readRender(sourceOf(inputs)), { ...clients, ...tools, folder }),
    );
    expectSafe(runner, []);
    expect(runner.lines.join("\n")).toContain("A");
  });
});

/** Answers with hostile text in every part of a response that is looked at. */
const withHostileService = (work: (url: string) => Promise<Runner>): Promise<Runner> =>
  withService((request, response) => {
    const [, status = "200"] = /status=(\d+)/.exec(request.url ?? "") ?? [];
    const body = request.url?.includes("json") ? JSON.stringify({ commit: attack }) : `${attack}\n${markup}`;
    response.writeHead(Number(status), { "x-attack": "##[error]mine ::error::mine" }).end(body);
  }, work);

const checks = JSON.stringify([
  { path: "page?status=500", name: `the ${markup} page` },
  { path: "page", text: "missing" },
  { path: "json", json: { commit: "1" } },
  { path: "page", "response-headers": { "x-attack": "1" }, "warn-only": true },
]);

describe("smoke-test", () => {
  it("shows what a hostile service answers, in log, annotations and table", async () => {
    const runner = await withHostileService((url) =>
      runnerOfAction("smoke-test", { scenario: stable }, ({ clock }) =>
        smokeTest(readSmokeTest(sourceOf({ url, timeout: "2", checks })), {
          ...tools,
          clock,
          run,
          send: sendHttp,
          ecs: () => new ECSClient({}),
        }),
      ),
    );
    expectSafe(runner, ["error", "error", "error", "warning", "error"]);
    expect(summary()).not.toContain("<img");
  });
});

describe("the root action", () => {
  it("rolls back after a hostile service failed the smoke test", async () => {
    const runner = await withHostileService((url) =>
      runnerOfAction("root", { scenario: stable }, (environment) =>
        release(
          readRoot(
            sourceOf({
              cluster: "cluster",
              service: "api",
              images: `api=${repository}@${digest("b")}`,
              url,
              timeout: "3",
              checks,
            }),
          ),
          { ...environment, ...tools, run, send: sendHttp, folder },
        ),
      ),
    );
    expectSafe(runner, ["error", "error", "error", "warning", "error"]);
  });
});

describe("db-backup", () => {
  it("repeats what pg_dump says, and nothing that the runner obeys", async () => {
    const error = new BackupError(
      "DUMP_FAILED",
      `pg_dump ended with exit code 1.\n  ${hostileLines.join("\n  ")}\n${attack}`,
    );
    const runner = await runnerOfAction("db-backup", { scenario: stable }, async () => {
      await appendSummary(failedSummary("shiojiri_rainbow", error));
      throw error;
    });
    expectSafe(runner, ["error"]);
  });

  it("takes no line of pg_dump for its own advice", async () => {
    const said = "pg_dump ended with exit code 1.\n  Next: restore it\n  Last good backup: theirs";
    const error = new BackupError("DUMP_FAILED", said);
    error.lastGood = "Last good backup: ours";
    await appendSummary(failedSummary("shiojiri_rainbow", error));
    expect(error.message).toMatch(/^\[DUMP_FAILED\] .+\nNext: See .+\nLast good backup: ours\n {2}Next: restore it\n/);
    expect(summary()).toContain("<td>ours</td>");
    expect(summary()).toContain("```text\n  Next: restore it\n  Last good backup: theirs\n```");
  });
});
