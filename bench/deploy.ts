// How soon and how quietly `deploy` knows the end, beside the SDK's own waiter; how soon it starts; how large it is.
// `npm run bench -- deploy`; figures go to docs/performance.md.
import { spawn } from "node:child_process";
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { ScriptedAws } from "../actions/shared/test/scripted-aws.ts";
import { ScriptedEcs, type ScenarioStep, type EcsScenario } from "../actions/shared/test/scripted-ecs.ts";
import { root } from "../infra/local/paths.ts";
import { spread } from "./figures.ts";
import { runBundle } from "../test/lib/run-bundle.ts";
import { SmallAws, withSmallAws } from "../test/lib/small-aws.ts";

type Note = (text: string) => void;
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const action = (name: string, inputs: Record<string, string>, environment: Record<string, string>) =>
  runBundle(name, { inputs, environment });

const definitionFile = (): string => {
  const path = join(mkdtempSync(join(tmpdir(), "bench-")), "task-definition.json");
  writeFileSync(path, JSON.stringify({ family: "api", containerDefinitions: [{ name: "api", image: "new" }] }));
  return path;
};

interface Measured {
  /** Seconds from ECS's final state to the end of the process. */
  late: number;
  /** Calls a minute over the whole wait, and in its busiest minute. */
  average: number;
  busiest: number;
}

const crash = { stopCode: "EssentialContainerExited", reason: "Essential container in task exited", exitCode: 1 };
/** A success after about 75 s, and a breaker that rolls back after about 70 s, each with a moment of its own. */
const scenarios: Record<string, { code: number; acts: (end: number) => ScenarioStep[]; more: Partial<EcsScenario> }> = {
  success: {
    code: 0,
    more: { records: true },
    acts: (end) => [
      { at: 2, pending: 3 },
      { at: 35, pending: 0, running: 2 },
      { at: end - 20, running: 3 },
      { at: end, state: "COMPLETED", record: { status: "SUCCESSFUL" } },
    ],
  },
  "breaker with rollback": {
    code: 1,
    more: { records: true, breaker: { enable: true, rollback: true } },
    acts: (end) => [
      { at: 2, pending: 3 },
      { at: 20, failed: 1, stops: [crash] },
      { at: 40, failed: 2, stops: [crash] },
      {
        at: end,
        failed: 3,
        stops: [crash],
        state: "FAILED",
        replacedBy: 1,
        reason: "circuit breaker",
        record: {
          status: "ROLLBACK_REQUESTED",
          deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
        },
      },
      // ECS forgets a failed deployment soon; then the service looks steady.
      { at: end + 5, gone: true },
    ],
  },
};

async function onScriptedEcs(name: string, end: number): Promise<Measured> {
  const { code, acts, more } = scenarios[name]!;
  const ecs = new ScriptedEcs(() => Date.now(), { steps: acts(end), ...more });
  const times: number[] = [];
  const handlers = Object.fromEntries(
    Object.entries(ecs.handlers).map(([call, handler]) => [
      call,
      (input: unknown, count: number) => {
        if (ecs.begun) times.push(Date.now());
        return handler(input, count);
      },
    ]),
  );
  const aws = await ScriptedAws.start(handlers);
  const ended = await action(
    "deploy",
    { service: "api", "task-definition": definitionFile(), "wait-for-service-stability": "true" },
    { AWS_ENDPOINT_URL: aws.url },
  );
  await aws.stop();
  if (ended.code !== code) throw new Error(`${name} ended with exit code ${ended.code}`);
  const busiest = Math.max(
    ...times.map((time, index) => times.slice(index).filter((other) => other < time + 60_000).length),
  );
  return {
    late: (ended.ended - ecs.begunAt) / 1000 - end,
    average: times.length / ((ended.ended - ecs.begunAt) / 60_000),
    busiest,
  };
}

/** What the replaced action waits with, on the same play. */
async function waiterOnScriptedEcs(name: string, end: number): Promise<number> {
  const { acts, more } = scenarios[name]!;
  const ecs = new ScriptedEcs(() => Date.now(), { steps: acts(end), ...more });
  const aws = await ScriptedAws.start(ecs.handlers);
  const client = new ECSClient(aws.client);
  ecs.handlers["ecs:UpdateService"]!({ taskDefinition: "arn:aws:ecs:r:1:task-definition/api:2" }, 0);
  await waitUntilServicesStable(
    { client, minDelay: 15, maxWaitTime: 300 },
    { cluster: "default", services: ["api"] },
  ).catch(() => undefined);
  const late = (Date.now() - ecs.begunAt) / 1000 - end;
  await aws.stop();
  return late;
}

/** On MiniStack the end is seen by somebody who looks every 100 ms. */
async function onMinistack(aws: SmallAws, command: string, code: number): Promise<number> {
  const ecs = new ECSClient(aws.settings);
  const definition = {
    family: "api",
    cpu: "256",
    memory: "512",
    networkMode: "awsvpc" as const,
    requiresCompatibilities: ["FARGATE" as const],
    containerDefinitions: [
      {
        name: "api",
        image: SmallAws.image,
        command: ["node", "-e", command],
        environment: [{ name: "RUN", value: String(Date.now()) }],
      },
    ],
  };
  const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand(definition));
  let final = 0;
  const over = { yet: false };
  const observer = (async () => {
    while (!over.yet) {
      const { services } = await ecs.send(new DescribeServicesCommand({ cluster: "small", services: ["api"] }));
      const ours = services![0]!.deployments!.find((one) => one.taskDefinition === taskDefinition!.taskDefinitionArn);
      if (final === 0 && (ours?.rolloutState === "COMPLETED" || ours?.rolloutState === "FAILED")) final = Date.now();
      await sleep(100);
    }
  })();
  const ended = await action(
    "deploy",
    {
      cluster: "small",
      service: "api",
      "task-definition": taskDefinition!.taskDefinitionArn!,
      "wait-for-service-stability": "true",
      preflight: "false",
    },
    { AWS_ENDPOINT_URL: aws.settings.endpoint },
  );
  over.yet = true;
  await observer;
  if (ended.code !== code) throw new Error(`on MiniStack deploy ended with exit code ${ended.code}`);
  return (ended.ended - final) / 1000;
}

/** Milliseconds from the start of the process to its first call. */
async function startUp(name: string, inputs: Record<string, string>): Promise<number> {
  let first = 0;
  const noted = () => {
    first ||= Date.now();
    return { services: [] };
  };
  const aws = await ScriptedAws.start({ "ecs:DescribeServices": noted, "ecs:DescribeTaskDefinition": noted });
  const began = Date.now();
  await action(name, inputs, { AWS_ENDPOINT_URL: aws.url });
  await aws.stop();
  return first - began;
}

async function emptyScript(): Promise<number> {
  const began = Date.now();
  await new Promise((resolve) => spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }).on("exit", resolve));
  return Date.now() - began;
}

export async function benchDeploy(note: Note): Promise<string> {
  const rows: string[] = [];
  note("start-up, 20 times each");
  const starts: Record<string, number[]> = {
    "an empty script": [],
    deploy: [],
    rollback: [],
    "render-task-definition": [],
    "the root action": [],
  };
  for (let run = 0; run < 20; run += 1) {
    starts["an empty script"]!.push(await emptyScript());
    starts["deploy"]!.push(await startUp("deploy", { service: "api", "task-definition": "api:1" }));
    starts["rollback"]!.push(await startUp("rollback", { service: "api" }));
    starts["render-task-definition"]!.push(
      await startUp("render-task-definition", { service: "api", images: "api=x" }),
    );
    starts["the root action"]!.push(await startUp("root", { service: "api", images: "api=x" }));
  }
  rows.push(
    "| Start of the process to its first API call | milliseconds: median (range) of 20 | dist/index.js |",
    "|---|---|---|",
  );
  const folders: Record<string, string> = {
    deploy: "deploy",
    rollback: "rollback",
    "render-task-definition": "render-task-definition",
    "the root action": "root",
  };
  for (const [name, values] of Object.entries(starts)) {
    const size = folders[name]
      ? `${(statSync(join(root, "actions", folders[name], "dist/index.js")).size / 1000).toFixed(0)} kB`
      : "";
    rows.push(`| ${name} | ${spread(values, 0)} | ${size} |`);
  }

  rows.push(
    "",
    "| From ECS's final state to the end of the process | seconds: median (range) | calls a minute, in the busiest minute |",
    "|---|---|---|",
  );
  for (const name of Object.keys(scenarios)) {
    note(`${name} on the scripted ECS, 8 times, and the SDK's waiter beside it`);
    const ends = Array.from({ length: 8 }, (_, index) => 70 + index * 0.37);
    const [ours, theirs] = await Promise.all([
      Promise.all(ends.map((end) => onScriptedEcs(name, end))),
      Promise.all(ends.slice(0, 4).map((end) => waiterOnScriptedEcs(name, end))),
    ]);
    rows.push(
      `| scripted ECS, ${name}: deploy | ${spread(
        ours.map(({ late }) => late),
        1,
      )} | ${Math.max(...ours.map(({ average }) => average)).toFixed(0)}, ${Math.max(...ours.map(({ busiest }) => busiest))} |`,
    );
    rows.push(
      `| scripted ECS, ${name}: the SDK's waiter, as the replaced action calls it${name === "success" ? "" : " (calls a rollback a success)"} | ${spread(theirs, 1)} | |`,
    );
  }

  await withSmallAws({ name: "bench", note, evaluatesPolicies: false }, async ({ aws }) => {
    for (const [name, script, code] of [
      ["success", "setInterval(() => {}, 1000)", 0],
      ["breaker with rollback", "process.exit(1)", 1],
    ] as const) {
      note(`${name} on MiniStack, 5 times`);
      const late: number[] = [];
      for (let run = 0; run < 5; run += 1) late.push(await onMinistack(aws, script, code));
      rows.push(`| MiniStack, ${name}: deploy | ${spread(late, 1)} | |`);
    }
  });
  return rows.join("\n");
}
