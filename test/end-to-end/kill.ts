// Kills npm start at a given line of its output.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Kill {
  /** Folder of the checkout. */
  checkout: string;
  /** Output at which it is killed. */
  output: RegExp;
  /** Only the command, whose child processes keep running, or all of its processes. */
  scope: "command only" | "all processes";
  env?: NodeJS.ProcessEnv;
}

/** Starts `npm start` and sends SIGKILL at the given output. @throws Error if it exits before */
export async function killStart({ checkout, output, scope, env = process.env }: Kill): Promise<void> {
  const child = spawn(process.execPath, [join(checkout, "scripts/run.mjs"), "start"], {
    cwd: checkout,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const exited = once(child, "exit");
  let printed = "";
  await new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      printed += chunk.toString();
      if (output.test(printed)) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream.on("data", onData);
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`npm start exited before it printed ${output}:\n${printed}`)));
  });
  const { pid = assert.fail("npm start was not spawned") } = child;
  if (scope === "all processes") process.kill(-pid, "SIGKILL");
  else for (const each of [pid, ...(await commandOf(pid))]) process.kill(each, "SIGKILL");
  await exited;
}

/** Process IDs of the command that scripts/run.mjs started, without that command's own child processes. */
async function commandOf(entry: number): Promise<number[]> {
  const children = (await readFile(`/proc/${entry}/task/${entry}/children`, "utf8"))
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
  const lines = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8")));
  return children.filter((_, index) => lines[index]?.includes("scripts/commands/"));
}
