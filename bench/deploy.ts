// How soon `deploy` notices the end of a deployment, with how many API calls, compared with the SDK's waiter; its
// startup time and bundle size.
// `npm run bench -- deploy`; figures go to docs/performance.md.
import { spawn } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
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
import { required } from "../actions/shared/src/required.ts";
import { spread } from "./figures.ts";
import { runBundle } from "../test/lib/run-bundle.ts";
import { SmallAws, withSmallAws } from "../test/lib/small-aws.ts";
import { makeTestFolder } from "../test/lib/test-folder.ts";

type Note = (text: string) => void;
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const action = (name: string, inputs: Record<string, string>, environment: Record<string, string>) =>
  runBundle(name, { inputs, environment });

const definitionFile = (): string => {
  const path = join(makeTestFolder("bench-"), "task-definition.json");
  writeFileSync(
    path,
    JSON.stringify({ family: "api", memory: "512", containerDefinitions: [{ name: "api", image: "new" }] }),
  );
  return path;
};

interface Measured {
  /** Seconds from the final state in ECS to the end of the process. */
  delay: number;
  /** API calls per minute on average, and in the busiest minute. */
  average: number;
  busiest: number;
}

const crash = { stopCode: "EssentialContainerExited", reason: "Essential container in task exited", exitCode: 1 };
/** A success, and a circuit breaker that rolls back, each `end` seconds after UpdateService. */
const scenarios = {
  success: {
    code: 0,
    scenario: { records: true } as Partial<EcsScenario>,
    steps: (end: number): ScenarioStep[] => [
      { at: 2, pending: 3 },
      { at: 35, pending: 0, running: 2 },
      { at: end - 20, running: 3 },
      { at: end, state: "COMPLETED", record: { status: "SUCCESSFUL" } },
    ],
  },
  "breaker with rollback": {
    code: 1,
    scenario: { records: true, breaker: { enable: true, rollback: true } } as Partial<EcsScenario>,
    steps: (end: number): ScenarioStep[] => [
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
      // ECS soon drops a failed deployment from the list; then the service looks stable.
      { at: end + 5, gone: true },
    ],
  },
};

type ScenarioName = keyof typeof scenarios;

async function deployOnScriptedEcs(name: ScenarioName, end: number): Promise<Measured> {
  const { code, steps, scenario } = scenarios[name];
  const ecs = new ScriptedEcs(() => Date.now(), { steps: steps(end), ...scenario });
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
  const result = await action(
    "deploy",
    { service: "api", "task-definition": definitionFile(), "wait-for-service-stability": "true" },
    { AWS_ENDPOINT_URL: aws.url },
  );
  await aws.stop();
  if (result.code !== code) throw new Error(`${name} ended with exit code ${result.code}`);
  const busiest = Math.max(
    ...times.map((time, index) => times.slice(index).filter((other) => other < time + 60_000).length),
  );
  return {
    delay: (result.ended - ecs.begunAt) / 1000 - end,
    average: times.length / ((result.ended - ecs.begunAt) / 60_000),
    busiest,
  };
}

/** The waiter that the AWS deploy action uses, in the same scenario. */
async function waitOnScriptedEcs(name: ScenarioName, end: number): Promise<number> {
  const { steps, scenario } = scenarios[name];
  const ecs = new ScriptedEcs(() => Date.now(), { steps: steps(end), ...scenario });
  const aws = await ScriptedAws.start(ecs.handlers);
  const client = new ECSClient(aws.client);
  const updateService = ecs.handlers["ecs:UpdateService"];
  if (!updateService) throw new Error("the scripted ECS has no UpdateService");
  updateService({ taskDefinition: "arn:aws:ecs:r:1:task-definition/api:2" }, 0);
  await waitUntilServicesStable(
    { client, minDelay: 15, maxWaitTime: 300 },
    { cluster: "default", services: ["api"] },
  ).catch(() => undefined);
  const delay = (Date.now() - ecs.begunAt) / 1000 - end;
  await aws.stop();
  return delay;
}

/** On MiniStack, a second observer that polls every 100 ms determines the end. */
async function deployOnMinistack(aws: SmallAws, command: string, code: number): Promise<number> {
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
  const revision = required(taskDefinition?.taskDefinitionArn, "ecs:RegisterTaskDefinition: taskDefinitionArn");
  let final = 0;
  const state = { isOver: false };
  const observer = (async () => {
    while (!state.isOver) {
      const { services } = await ecs.send(new DescribeServicesCommand({ cluster: "small", services: ["api"] }));
      const deployments = required(services?.[0]?.deployments, "ecs:DescribeServices: deployments");
      const deployment = deployments.find((one) => one.taskDefinition === revision);
      if (final === 0 && /^(COMPLETED|FAILED)$/.test(deployment?.rolloutState ?? "")) final = Date.now();
      await sleep(100);
    }
  })();
  const result = await action(
    "deploy",
    {
      cluster: "small",
      service: "api",
      "task-definition": revision,
      "wait-for-service-stability": "true",
      preflight: "false",
    },
    { AWS_ENDPOINT_URL: aws.settings.endpoint },
  );
  state.isOver = true;
  await observer;
  if (result.code !== code) throw new Error(`on MiniStack deploy ended with exit code ${result.code}`);
  return (result.ended - final) / 1000;
}

/** Milliseconds from the start of the process to its first call. */
async function measureStartup(name: string, inputs: Record<string, string>): Promise<number> {
  let first = 0;
  const noteCall = () => {
    first ||= Date.now();
    return { services: [] };
  };
  const aws = await ScriptedAws.start({ "ecs:DescribeServices": noteCall, "ecs:DescribeTaskDefinition": noteCall });
  const began = Date.now();
  await action(name, inputs, { AWS_ENDPOINT_URL: aws.url });
  await aws.stop();
  return first - began;
}

async function measureEmptyScript(): Promise<number> {
  const began = Date.now();
  await new Promise((resolve) => spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }).on("exit", resolve));
  return Date.now() - began;
}

/** What is started, with the folder of its bundle; measured in rotation. */
const startups: { name: string; folder?: string; measure: () => Promise<number> }[] = [
  { name: "an empty script", measure: measureEmptyScript },
  {
    name: "deploy",
    folder: "deploy",
    measure: () => measureStartup("deploy", { service: "api", "task-definition": "api:1" }),
  },
  { name: "rollback", folder: "rollback", measure: () => measureStartup("rollback", { service: "api" }) },
  {
    name: "render-task-definition",
    folder: "render-task-definition",
    measure: () => measureStartup("render-task-definition", { service: "api", images: "api=x" }),
  },
  {
    name: "the root action",
    folder: "root",
    measure: () => measureStartup("root", { service: "api", images: "api=x" }),
  },
];

export async function benchDeploy(note: Note): Promise<string> {
  return [
    ...(await startupTable(note)),
    "",
    "| From the final state in ECS to the end of the process | Seconds: median (range) | " +
      "API calls per minute, in the busiest minute |",
    "|---|---|---|",
    ...(await scriptedEcsRows(note)),
    ...(await ministackRows(note)),
  ].join("\n");
}

async function startupTable(note: Note): Promise<string[]> {
  note("startup, 20 times each");
  const measured = startups.map((startup) => ({ ...startup, milliseconds: [] as number[] }));
  for (let run = 0; run < 20; run += 1)
    for (const { measure, milliseconds } of measured) milliseconds.push(await measure());
  return [
    "| From the start of the process to its first API call | Milliseconds: median (range) of 20 | dist/index.js |",
    "|---|---|---|",
    ...measured.map(
      ({ name, folder, milliseconds }) => `| ${name} | ${spread(milliseconds, 0)} | ${bundleSize(folder)} |`,
    ),
  ];
}

const bundleSize = (folder: string | undefined): string =>
  folder === undefined ? "" : `${(statSync(join(root, "actions", folder, "dist/index.js")).size / 1000).toFixed(0)} kB`;

async function scriptedEcsRows(note: Note): Promise<string[]> {
  const rows: string[] = [];
  for (const name of Object.keys(scenarios) as ScenarioName[]) {
    note(`${name} on the scripted ECS, 8 times, and the SDK's waiter at the same time`);
    const ends = Array.from({ length: 8 }, (_, index) => 70 + index * 0.37);
    const [runs, waiterDelays] = await Promise.all([
      Promise.all(ends.map((end) => deployOnScriptedEcs(name, end))),
      Promise.all(ends.slice(0, 4).map((end) => waitOnScriptedEcs(name, end))),
    ]);
    const delays = runs.map(({ delay }) => delay);
    const average = Math.max(...runs.map((run) => run.average)).toFixed(0);
    const busiest = Math.max(...runs.map((run) => run.busiest));
    const waiter = "the SDK's waiter, as called by the AWS deploy action";
    const remark = name === "success" ? "" : " (reports the rollback as a success)";
    rows.push(
      `| scripted ECS, ${name}: deploy | ${spread(delays, 1)} | ${average}, ${busiest} |`,
      `| scripted ECS, ${name}: ${waiter}${remark} | ${spread(waiterDelays, 1)} | |`,
    );
  }
  return rows;
}

async function ministackRows(note: Note): Promise<string[]> {
  const rows: string[] = [];
  await withSmallAws({ name: "bench", note, evaluatesPolicies: false }, async ({ aws }) => {
    for (const [name, script, code] of [
      ["success", "setInterval(() => {}, 1000)", 0],
      ["breaker with rollback", "process.exit(1)", 1],
    ] as const) {
      note(`${name} on MiniStack, 5 times`);
      const delays: number[] = [];
      for (let run = 0; run < 5; run += 1) delays.push(await deployOnMinistack(aws, script, code));
      rows.push(`| MiniStack, ${name}: deploy | ${spread(delays, 1)} | |`);
    }
  });
  return rows;
}
