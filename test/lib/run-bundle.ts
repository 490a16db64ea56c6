// An action's bundle, run as the runner does: inputs in the environment, outputs and summary in files, and nothing else
// of the repository around it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { makeTestFolder } from "./test-folder.ts";

export interface BundleRun {
  inputs: Record<string, string>;
  /** In addition to the runner's own variables, or undefined instead of them; PATH is this process's. */
  environment?: Record<string, string | undefined>;
  /** File in dist: index.js or post.js. */
  file?: string;
  /** Called at each output with everything that was printed so far, and a function that signals the process. */
  onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export interface BundleResult {
  /** 128: killed by a signal. */
  code: number;
  /** Standard output and error, interleaved. */
  text: string;
  outputs: Record<string, string>;
  summary: string;
  /** What the post step gets. */
  state: Record<string, string>;
  /** Milliseconds since the epoch. */
  ended: number;
}

/** Asserts the exit code, and that no permission was missing, not even an optional one. */
export function assertEnded({ code, text }: BundleResult, expected: number): void {
  assert.equal(code, expected, text);
  assert.doesNotMatch(text, /may not|role lacks|\bpermission\b|AccessDenied|could not be sent/, text);
}

export const runBundle = (name: string, run: BundleRun): Promise<BundleResult> =>
  runDist(join(root, "actions", name, "dist"), run);

export async function runDist(
  dist: string,
  { inputs, environment = {}, file = "index.js", onOutput }: BundleRun,
): Promise<BundleResult> {
  const folder = makeTestFolder("bundle-");
  const files = {
    GITHUB_OUTPUT: join(folder, "output"),
    GITHUB_STEP_SUMMARY: join(folder, "summary"),
    GITHUB_STATE: join(folder, "state"),
  };
  for (const path of Object.values(files)) writeFileSync(path, "");
  const inputVariables = Object.fromEntries(
    Object.entries(inputs).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value]),
  );
  const env = {
    PATH: process.env["PATH"],
    GITHUB_ACTIONS: "true",
    HOME: folder,
    RUNNER_TEMP: folder,
    AWS_REGION: "ap-northeast-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    ...files,
    ...environment,
    ...inputVariables,
  };
  // In its own process group, so that a test can kill it with all its children.
  const child = spawn(process.execPath, [join(dist, file)], {
    cwd: folder,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const collect = (chunk: Buffer) => {
    text += String(chunk);
    onOutput?.(text, (signal) => process.kill(signal === "SIGKILL" ? -child.pid! : child.pid!, signal));
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
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

/** name<<delimiter, value, delimiter; of several with the same name, the last one counts. */
const valuesIn = (path: string): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync(path, "utf8").matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n?\2$/gm)].map(([, key, , value]) => [
      key!,
      value!,
    ]),
  );
