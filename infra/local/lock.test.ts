import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { withLock } from "./lock.mjs";
import { attempt, until } from "./process.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";

const module = new URL("lock.mjs", import.meta.url).href;
const path = makeTestFolder("lock-test-");
const options = { command: "npm start", log: () => {} };
const started: ChildProcess[] = [];

/** Another process that acquires the lock, starts a program, and holds the lock until it is killed. */
async function startHolder(program: string[]): Promise<{ child: ChildProcess; programPid: number }> {
  const code = `import { spawn } from "node:child_process"; import { withLock } from ${JSON.stringify(module)};
    await withLock(${JSON.stringify(path)}, { command: "npm start", log: () => {} }, async () => {
      const [file, ...args] = ${JSON.stringify(program)};
      console.log(spawn(file, args, { stdio: "ignore" }).pid);
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const [output] = (await once(child.stdout, "data")) as [Buffer];
  return { child, programPid: Number(output.toString()) };
}

const isRunning = (pid: number) =>
  attempt(["ps", "-o", "stat=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.trim() !== "" && !stdout.startsWith("Z"),
  );

afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
});

describe("withLock", () => {
  it("runs one action at a time, and returns its result", async () => {
    const messages: string[] = [];
    const order: string[] = [];
    const { child } = await startHolder(["true"]);
    const second = withLock(path, { command: "npm stop", log: (text) => messages.push(text) }, () => {
      order.push("second action");
      return "done";
    });
    expect(await until(async () => messages.length > 0, { seconds: 10, every: 5 })).toBe(true);
    // The lock of another path is free; by the time its action has run, a second action that does not wait has run too.
    await withLock(`${path}/other`, options, () => order.push("other path"));
    order.push("holder killed");
    child.kill("SIGKILL");
    expect(await second).toBe("done");
    expect(order).toEqual(["other path", "holder killed", "second action"]);
    expect(messages[0]).toMatch(
      /^`npm start` \(process \d+, started \d\d:\d\d:\d\d\) is running here: waiting for it to finish$/,
    );
    expect(messages[0]).toContain(String(child.pid));
  });

  it("releases the lock after a failed action", async () => {
    await expect(withLock(path, options, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withLock(path, options, () => "free")).toBe("free");
  });

  it("stops what a killed holder left running", async () => {
    const { child, programPid } = await startHolder(["sleep", "60"]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await isRunning(programPid)).toBe(true);
    const messages: string[] = [];
    await withLock(path, { command: "npm start", log: (text) => messages.push(text) }, () => {});
    expect(await isRunning(programPid)).toBe(false);
    expect(messages).toEqual(["a previous command was interrupted: stopping its sleep"]);
  });

  it("does not block a child process of the holder", async () => {
    const inner = `import { withLock } from ${JSON.stringify(module)};
      const options = { command: "inner", log: () => {} };
      await withLock(${JSON.stringify(path)}, options, () => console.log("not blocked"));`;
    const result = await withLock(path, options, () =>
      attempt([process.execPath, "--input-type=module", "--eval", inner], { timeout: 10_000 }),
    );
    expect(result.stdout).toBe("not blocked\n");
  });
});
