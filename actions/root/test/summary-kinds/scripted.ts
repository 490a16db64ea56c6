// Scripted services for runs whose summaries are looked at, and the values that they have in common.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { ScriptedAws, simulatedClock, type Handlers } from "../../../shared/test/scripted-aws.ts";
import { account, ScriptedEcs, type EcsScenario } from "../../../shared/test/scripted-ecs.ts";
import { withStepSummary } from "../../../shared/test/step-summary.ts";
import { makeTestFolder } from "../../../../test/lib/test-folder.ts";

export type Given = Record<string, string>;
export const sourceOf = (given: Given) => (name: string) => given[name] ?? "";

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
export const repository = `${account}.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-api`;
export const commit = "3f9c1d7a5b2e4860c1d9e7f3a5b2c4d6e8f0a1b2";

export const revisions: NonNullable<EcsScenario["revisions"]> = {
  1: {
    image: `${repository}@${digest("a")}`,
    tags: { "deploy:verified-at": "2026-01-01T00:00:00Z", "deploy:version": "8d2f0c4e6a1b", "deploy:commit": commit },
  },
};
const logLines = [
  "2026-01-01T00:00:18.101Z info  reading settings",
  "2026-01-01T00:00:18.240Z info  connecting to shiojiri_rainbow as rainbow_app",
  "\u001B[31m2026-01-01T00:00:18.377Z error DB_HOST: is missing\u001B[39m",
  "exiting with code 78 | <settings> are not complete: `DB_HOST`, *DB_PORT*",
];

export interface Setting {
  scenario: EcsScenario;
  handlers?: Handlers;
}

interface Environment {
  aws: ScriptedAws;
  clock: ReturnType<typeof simulatedClock>;
  ecs: ScriptedEcs;
}

/** The summary that work leaves which may fail. */
export async function summaryOf(work: () => Promise<unknown>): Promise<string> {
  return (await withStepSummary(work)).summary;
}

export async function withEcs(
  { scenario, handlers = {} }: Setting,
  work: (environment: Environment) => Promise<unknown>,
): Promise<string> {
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), { revisions, logLines, ...scenario });
  const aws = await ScriptedAws.start({ ...ecs.handlers, "ecr:DescribeImages": () => ({}), ...handlers });
  try {
    return await summaryOf(() => work({ aws, clock, ecs }));
  } finally {
    await aws.stop();
  }
}

export const quiet = { log: () => undefined, setOutputs: () => undefined, onStarted: () => undefined };

export async function withService<T>(listener: RequestListener, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export type Kinds = Record<string, () => Promise<string>>;

export const folderOf = () => makeTestFolder("summary-kind-");
