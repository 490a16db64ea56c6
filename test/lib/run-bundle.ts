// An action's bundle, run as the runner runs it: inputs in the environment, outputs and summary in files, nothing else of ours there.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";

export interface BundleRun {
  inputs: Record<string, string>;
  /** On top of the runner's own; PATH is this process's. */
  environment?: Record<string, string>;
  /** File in dist: index.js, or post.js. */
  file?: string;
  /** Called with the process, and with all that it has said so far whenever it says something. */
  onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export interface BundleResult {
  /** 128 and more: ended by a signal. */
  code: number;
  /** Standard output and error as they came. */
  text: string;
  outputs: Record<string, string>;
  summary: string;
  /** What the step after the job gets. */
  state: Record<string, string>;
  /** Milliseconds since the epoch. */
  ended: number;
}

/** Fails unless it has ended so, and not for want of a permission: not even of one that it could do without. */
export function assertEnded(ended: BundleResult, code: number): void {
  assert.equal(ended.code, code, ended.text);
  assert.doesNotMatch(ended.text, /may not|\bpermission\b|AccessDenied|could not be sent/, ended.text);
}

export async function runBundle(
  name: string,
  { inputs, environment = {}, file = "index.js", onOutput }: BundleRun,
): Promise<BundleResult> {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  const files = {
    GITHUB_OUTPUT: join(folder, "output"),
    GITHUB_STEP_SUMMARY: join(folder, "summary"),
    GITHUB_STATE: join(folder, "state"),
  };
  for (const path of Object.values(files)) writeFileSync(path, "");
  const given = Object.fromEntries(
    Object.entries(inputs).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value]),
  );
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    RUNNER_TEMP: folder,
    AWS_REGION: "ap-northeast-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    ...files,
    ...environment,
    ...given,
  };
  // In a group of its own, so that a test can end it with all that it has started.
  const child = spawn(process.execPath, [join(root, "actions", name, "dist", file)], {
    cwd: folder,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const said = (chunk: Buffer) => {
    text += String(chunk);
    onOutput?.(text, (signal) => process.kill(signal === "SIGKILL" ? -child.pid! : child.pid!, signal));
  };
  child.stdout.on("data", said);
  child.stderr.on("data", said);
  const ended = new Promise<number>((resolve) => child.on("exit", () => resolve(Date.now())));
  const code = await new Promise<number>((resolve) =>
    child.on("close", (status, signal) => resolve(status ?? (signal ? 128 : 1))),
  );
  return {
    code,
    text,
    outputs: valuesIn(files.GITHUB_OUTPUT),
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, "utf8"),
    state: valuesIn(files.GITHUB_STATE),
    ended: await ended,
  };
}

/** name<<delimiter, value, delimiter; the last of a name counts. */
const valuesIn = (path: string): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync(path, "utf8").matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n?\2$/gm)].map(([, key, , value]) => [
      key!,
      value!,
    ]),
  );
