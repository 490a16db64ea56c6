import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { otherUsers, useEngine } from "./engine-users.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";

const folder = makeTestFolder("engine-users-test-");
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true });
});

/** Another command that uses the engine until its standard input is closed. */
async function startUser(users: string): Promise<ChildProcess> {
  const module = new URL("engine-users.ts", import.meta.url).href;
  const script = `
    const { useEngine } = await import(${JSON.stringify(module)});
    await useEngine(${JSON.stringify(users)});
    console.log("registered");
    process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout ?? child, "data");
  return child;
}

describe("users of the engine", () => {
  it("are the other running commands, however they exit", async () => {
    const users = join(folder, "users");
    expect(await otherUsers(users)).toBe(0);
    await useEngine(users);
    expect(await otherUsers(users)).toBe(0);

    const [first, second] = [await startUser(users), await startUser(users)];
    expect(await otherUsers(users)).toBe(2);
    first.stdin?.end();
    second.kill("SIGKILL");
    await Promise.all([once(first, "exit"), once(second, "exit")]);
    expect(await otherUsers(users)).toBe(0);
    expect(readdirSync(users)).toEqual([String(process.pid)]);
  });

  it("are not processes that reuse the pid of one that has exited", async () => {
    const users = mkdtempSync(join(folder, "reused-"));
    writeFileSync(join(users, "1"), `${process.ppid} 1\n`);
    expect(await otherUsers(users)).toBe(0);
  });
});
