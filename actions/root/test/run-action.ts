// An action as its entry file runs it, against a scripted AWS, and its output as a runner reads it. Importing this module
// gives each test a summary of its own.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { deployClients } from "../../deploy/src/clients.ts";
import { annotate, logLine, runAction } from "../../shared/src/report.ts";
import { render as rendered } from "../../shared/test/rendered.ts";
import { runnerOf, type Runner } from "../../shared/test/runner.ts";
import { ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { ScriptedEcs, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

/** For the files of one test. */
export let folder: string;
let file: string;
beforeEach(() => {
  folder = makeTestFolder("hostile-text-");
  file = join(folder, "summary.md");
  writeFileSync(file, "");
  vi.stubEnv("GITHUB_STEP_SUMMARY", file);
});
afterEach(() => {
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});

/** What the action wrote into the summary of its step. */
export const summary = (): string => readFileSync(file, "utf8");

type Environment = ReturnType<typeof deployClients> & { clock: ReturnType<typeof simulatedClock> };

/** Runs an action as its entry file does, and its output as a runner reads it. */
export async function runnerOfAction(
  name: string,
  { scenario, handlers = () => ({}) }: { scenario: EcsScenario; handlers?: (ecs: Handlers) => Handlers },
  work: (environment: Environment) => Promise<unknown>,
): Promise<Runner> {
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), scenario);
  const aws = await ScriptedAws.start({
    ...ecs.handlers,
    "ecr:DescribeImages": () => ({}),
    ...handlers(ecs.handlers),
  });
  try {
    return await runnerOf(() =>
      runAction(name, async () => void (await work({ ...deployClients(aws.client), clock }))),
    );
  } finally {
    await aws.stop();
  }
}

export const tools = { log: logLine, annotate, setOutputs: () => undefined, onStarted: () => undefined };
export const run = { commit: undefined, url: undefined };

const elements = new Set("h3 h4 p br table tbody tr th td code pre details summary a ul li".split(" "));

export function expectSafe(runner: Runner, ours: string[]): void {
  const names = runner.commands.map(({ name }) => name);
  expect(names.filter((name) => name !== "stop-commands")).toEqual(ours);
  expect(runner.isStopped).toBe(false);
  for (const { data } of runner.commands) expect(data.length).toBeLessThan(4096);
  for (const line of [...runner.lines, ...runner.commands.map(({ data }) => data)]) {
    expect(line.length).toBeLessThan(4300);
    expect(line).not.toMatch(/[^\P{Cc}\t\n]|[\u202A-\u202E\u2066-\u2069]/u);
  }
  expect(Buffer.byteLength(summary())).toBeLessThan(1_048_576);
  const { elements: found, links } = rendered(summary());
  expect(found.flatMap((path) => path.split("/")).filter((element) => !elements.has(element))).toEqual([]);
  expect(links.filter((link) => link.includes("evil"))).toEqual([]);
}
