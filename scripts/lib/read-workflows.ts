// Workflows as the tests of their rules read them.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { root } from "../../infra/local/paths.ts";

export interface Step {
  name?: string;
  id?: string;
  uses?: string;
  if?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
export interface Job {
  uses?: string;
  if?: string;
  needs?: string | string[];
  with?: Record<string, unknown>;
  steps?: Step[];
  "timeout-minutes"?: number | string;
  environment?: unknown;
  env?: Record<string, string>;
}
export interface Workflow {
  on: { workflow_call?: { inputs: Record<string, { required?: boolean; default?: unknown }> } };
  concurrency?: Record<string, unknown>;
  jobs: Record<string, Job>;
}
export const read = (path: string) => readFileSync(join(root, path), "utf8");
export const workflow = (path: string) => load(read(path)) as Workflow;
export const own = globSync(".github/workflows/*.yml", { cwd: root });
export const reusable = globSync("workflows/*.yml", { cwd: root });
export const examples = globSync("examples/**/.github/workflows/*.yml", { cwd: root });
export const jobsOf = (path: string) => Object.entries(workflow(path).jobs);
export const stepsOf = (path: string) => jobsOf(path).flatMap(([, { steps = [] }]) => steps);

export const logIn = "aws-actions/configure-aws-credentials@";
export const logsIn = ({ uses }: Step) => uses?.startsWith(logIn) === true;
