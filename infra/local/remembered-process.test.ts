import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { daemon } from "./process.ts";
import { remember, remembered, stopRemembered } from "./remembered-process.ts";

const folder = mkdtempSync(join(tmpdir(), "remembered-test-"));

describe("a remembered process", () => {
  it("is found while it runs, stopped once, and forgotten", async () => {
    const file = join(folder, "sleeper.json");
    const { pid } = daemon(["sleep", "60"], { log: join(folder, "log") });
    await remember(file, pid);
    expect(await remembered(file)).toBe(pid);
    expect(await stopRemembered(file)).toBe(true);
    expect(await remembered(file)).toBeUndefined();
    expect(await stopRemembered(file)).toBe(false);
  });

  it("is not taken for another one that got its number", async () => {
    const file = join(folder, "reused.json");
    writeFileSync(file, JSON.stringify({ pid: process.pid, startTime: "1" }));
    expect(await remembered(file)).toBeUndefined();
    expect(await stopRemembered(file)).toBe(false);
  });
});
