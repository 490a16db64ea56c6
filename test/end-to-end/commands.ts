// The npm commands of this checkout, as a terminal runs them.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root, serviceUrl } from "../../infra/local/paths.ts";
import { attempt, run, type RunResult, until } from "../../infra/local/process.ts";
import { readStatus, type ServiceStatus, type Status } from "../../infra/local/status.ts";
import assert from "node:assert/strict";

const entry = (command: string, args: string[]) => [process.execPath, join(root, "scripts/run.mjs"), command, ...args];

/** Runs a command that must succeed; returns its stdout and stderr. */
export const npm = (command: string, ...args: string[]): Promise<string> =>
  run(["sh", "-c", 'exec "$@" 2>&1', "sh", ...entry(command, args)], { cwd: root });

export const tryNpm = (command: string, ...args: string[]): Promise<RunResult> =>
  attempt(entry(command, args), { cwd: root });

export async function timed(action: () => Promise<unknown>): Promise<string> {
  const start = Date.now();
  await action();
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}

export async function status(): Promise<Status> {
  return (await readStatus()) ?? assert.fail("the local AWS is not running");
}

export async function service(name: "api" | "ml"): Promise<ServiceStatus> {
  return (await status()).services.find((one) => one.name === name) ?? assert.fail(`there is no service ${name}`);
}

/** The version of api that answers through the load balancer. */
export const runningVersion = async (): Promise<string> =>
  ((await (await fetch(`${serviceUrl}version`)).json()) as { commit: string }).commit;

/** Whether that version of api answers through the load balancer within the time. */
export const answers = (version: string, seconds: number): Promise<boolean> =>
  until(async () => (await runningVersion()) === version, { seconds });

/** Edits a file of this checkout. */
export async function edit(path: string, change: (text: string) => string): Promise<void> {
  const file = join(root, path);
  const before = await readFile(file, "utf8");
  const after = change(before);
  assert.notEqual(after, before, `the edit of ${path} changes nothing`);
  await writeFile(file, after);
}
