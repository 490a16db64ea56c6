import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { withLock } from "./lock.mjs";
import { attempt, until } from "./process.ts";

const module = new URL("lock.mjs", import.meta.url).href;
const path = mkdtempSync(join(tmpdir(), "lock-test-"));
const purpose = { command: "npm start", say: () => {} };
const started: ChildProcess[] = [];

/** Another process that takes the lock, starts a program, and holds on until it is killed. */
async function holder(program: string[]): Promise<{ child: ChildProcess; programPid: number }> {
  const code = `import { spawn } from "node:child_process"; import { withLock } from ${JSON.stringify(module)};
    await withLock(${JSON.stringify(path)}, { command: "npm start", say: () => {} }, async () => {
      const [file, ...args] = ${JSON.stringify(program)};
      console.log(spawn(file, args, { stdio: "ignore" }).pid);
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const [output] = (await once(child.stdout!, "data")) as [Buffer];
  return { child, programPid: Number(output.toString()) };
}

const runs = (pid: number) =>
  attempt(["ps", "-o", "stat=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.trim() !== "" && !stdout.startsWith("Z"),
  );

afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
});

describe("withLock", () => {
  it("runs one action at a time, and gives back what it returns", async () => {
    const said: string[] = [];
    let inside = 0;
    const action = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
      return "done";
    };
    const { child } = await holder(["true"]);
    const second = withLock(path, { command: "npm stop", say: (text) => said.push(text) }, action);
    expect(await until(async () => said.length > 0, { seconds: 10, every: 5 })).toBe(true);
    child.kill("SIGKILL");
    expect(await second).toBe("done");
    expect(said[0]).toMatch(/^`npm start` \(process \d+, begun \d\d:\d\d:\d\d\) is at work here: waiting for its end$/);
    expect(said[0]).toContain(String(child.pid));
  });

  it("is free after an action that failed", async () => {
    await expect(withLock(path, purpose, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withLock(path, purpose, () => "free")).toBe("free");
  });

  it("ends what a killed holder has left running", async () => {
    const { child, programPid } = await holder(["sleep", "60"]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await runs(programPid)).toBe(true);
    const said: string[] = [];
    await withLock(path, { command: "npm start", say: (text) => said.push(text) }, () => {});
    expect(await runs(programPid)).toBe(false);
    expect(said).toEqual(["a command before was cut off: ending its sleep"]);
  });

  it("lets a program that works for the holder through", async () => {
    const inner = `import { withLock } from ${JSON.stringify(module)}; await withLock(${JSON.stringify(path)}, { command: "inner", say: () => {} }, () => console.log("through"));`;
    const result = await withLock(path, purpose, () =>
      attempt([process.execPath, "--input-type=module", "--eval", inner], { timeout: 10_000 }),
    );
    expect(result.stdout).toBe("through\n");
  });
});
