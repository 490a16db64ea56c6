import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { daemon, until } from "./process.ts";
import { runningPid, stopByPidFile, writePidFile } from "./pid-file.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";

const folder = makeTestFolder("pid-file-test-");

describe("a pid file", () => {
  it("identifies its process while it runs, and is removed when it is stopped", async () => {
    const file = join(folder, "sleeper");
    daemon(["sleep", "60"], { log: join(folder, "log"), pidFile: file });
    expect(await until(async () => (await runningPid(file)) !== undefined, { seconds: 10, every: 5 })).toBe(true);
    expect(readFileSync(`/proc/${await runningPid(file)}/environ`, "utf8")).not.toContain("RAINBOW_HOLDS_");
    expect(await stopByPidFile(file)).toBe(true);
    expect(await runningPid(file)).toBeUndefined();
    expect(await stopByPidFile(file)).toBe(false);
  });

  it("is written by one process for two purposes at once", async () => {
    const file = join(folder, "twice");
    await Promise.all(Array.from({ length: 20 }, () => writePidFile(file)));
    expect(await runningPid(file)).toBe(process.pid);
  });

  it("is written atomically: an empty file would look like a program that has exited", async () => {
    const programs = mkdtempSync(join(folder, "bin-"));
    const [file, waiting, proceed] = [join(folder, "atomic"), join(programs, "waiting"), join(programs, "proceed")];
    // `cut` waits before it writes, as it does on a machine under load.
    const slowCut = [
      "#!/bin/sh",
      `touch ${waiting}`,
      `until [ -e ${proceed} ]; do sleep 0.01; done`,
      'exec /usr/bin/cut "$@"\n',
    ].join("\n");
    writeFileSync(join(programs, "cut"), slowCut, { mode: 0o755 });
    const env = { PATH: `${programs}:${process.env["PATH"]}` };
    daemon(["sleep", "60"], { log: join(folder, "log"), pidFile: file, env });
    expect(await until(async () => existsSync(waiting), { seconds: 10, every: 5 })).toBe(true);
    expect(existsSync(file)).toBe(false);
    writeFileSync(proceed, "");
    expect(await until(async () => (await runningPid(file)) !== undefined, { seconds: 10, every: 5 })).toBe(true);
    await stopByPidFile(file);
  });

  it("is not one of an earlier run while the program starts", async () => {
    const file = join(folder, "stale");
    writeFileSync(file, `${process.pid} 1\n`);
    daemon(["sleep", "60"], { log: join(folder, "log"), pidFile: file });
    expect(existsSync(file) && (await runningPid(file)) === undefined).toBe(false);
    expect(await until(async () => (await runningPid(file)) !== undefined, { seconds: 10, every: 5 })).toBe(true);
    await stopByPidFile(file);
  });

  it("does not match another process that reuses its pid", async () => {
    const file = join(folder, "reused");
    writeFileSync(file, `${process.pid} 1\n`);
    expect(await runningPid(file)).toBeUndefined();
    expect(await stopByPidFile(file)).toBe(false);
  });
});
