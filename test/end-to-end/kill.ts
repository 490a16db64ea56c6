// Killing a command at a moment that it says itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Kill {
  /** Folder of the checkout. */
  checkout: string;
  /** What the command says when its time has come. */
  sign: RegExp;
  /** Only the command, so that what it has started runs on without it; or all of that too. */
  how: "alone" | "with its programs";
  env?: NodeJS.ProcessEnv;
}

/** Starts `npm start` and kills it with SIGKILL when it gives the sign; fails when it ends without. */
export async function killStart({ checkout, sign, how, env = process.env }: Kill): Promise<void> {
  const child = spawn(process.execPath, [join(checkout, "scripts/run.mjs"), "start"], {
    cwd: checkout,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const exited = once(child, "exit");
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      if (sign.test(said)) resolve();
    };
    child.stdout!.on("data", listen);
    child.stderr!.on("data", listen);
    child.on("exit", () => reject(new Error(`npm start ended before it said ${sign}:\n${said}`)));
  });
  if (how === "with its programs") process.kill(-child.pid!, "SIGKILL");
  else for (const pid of [child.pid!, ...(await commandOf(child.pid!))]) process.kill(pid, "SIGKILL");
  await exited;
}

/** The command behind the entry: its programs are not among these. */
async function commandOf(entry: number): Promise<number[]> {
  const children = (await readFile(`/proc/${entry}/task/${entry}/children`, "utf8"))
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
  const lines = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8")));
  return children.filter((_, index) => lines[index]!.includes("scripts/commands/"));
}
