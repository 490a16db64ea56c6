// Killed at any moment: no new manifest, earlier backups unchanged, nothing that the next run cannot clean up.
import { chmodSync, readdirSync, rmdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startProgram } from "../../src/postgres/programs.ts";
import { isLong, Fixture } from "./fixture.ts";
import { running } from "./server.ts";
import { makeTestFolder } from "../../../../test/lib/test-folder.ts";

const fixture = Fixture.set();

describe("killed by SIGKILL", () => {
  /** Each call to the bucket is the boundary of a step. */
  async function countSteps(): Promise<number> {
    await fixture.run();
    return fixture.s3.calls.length;
  }

  async function killAt(step: number, when: "before" | "after"): Promise<void> {
    await fixture.newBucket();
    const before = await fixture.earlierBackup();
    let count = -1;
    // Alternately compressed by pg_dump and by the action.
    const backup = fixture.process(`kill-${step}`, {
      "lock-seconds": "2",
      format: step % 2 === 0 ? "custom" : "plain",
    });
    fixture.s3.onRequest = (_operation, _key, phase) => {
      if (phase === "before") count += 1;
      if (count === step && phase === when) backup.kill("SIGKILL");
    };
    const { code } = await backup.exited;
    if (count >= step) expect(code).not.toBe(0);
    await fixture.expectSafe(before);
  }

  it("at every step boundary", { timeout: 600_000 }, async () => {
    const steps = await countSteps();
    expect(steps).toBeGreaterThan(15);
    const moments = isLong ? (["before", "after"] as const) : (["before"] as const);
    for (let step = 0; step < steps; step += isLong ? 1 : 3) for (const when of moments) await killAt(step, when);
  });

  it("at random moments", { timeout: 3_600_000 }, async () => {
    const before = await fixture.earlierBackup("large");
    for (let round = 0; round < (isLong ? 200 : 5); round += 1) {
      const backup = fixture.process(`random-${round}`, {
        database: "large",
        "lock-seconds": "2",
        format: round % 2 === 0 ? "custom" : "plain",
      });
      const delay = Math.random() * 1500;
      const timer = setTimeout(() => backup.kill("SIGKILL"), delay);
      await backup.exited;
      clearTimeout(timer);
      fixture.expectUntouched(before);
      for (const key of fixture.manifests())
        expect(
          (await fixture.run({ mode: "verify", database: "large", backup: key })).error,
          `${key} after ${delay} ms`,
        ).toBeUndefined();
    }
    await fixture.expectSafe(before, "large");
  });

  it("only pg_dump, in the middle of the dump", async () => {
    const before = await fixture.earlierBackup("large");
    const backup = fixture.process("dump", { database: "large" });
    let isKilled = false;
    fixture.s3.onRequest = (operation, key) => {
      if (operation !== "part" || !key.includes("data.dump") || isKilled) return;
      isKilled = true;
      const dump = running().find((program) => program.parent === backup.pid && program.arguments.includes("pg_dump "));
      process.kill(dump!.pid, "SIGKILL");
    };
    const { code, text } = await backup.exited;
    expect(code).not.toBe(0);
    expect(text).toMatch(/\[DUMP_FAILED\] pg_dump was killed \(SIGKILL\)/);
    expect([fixture.manifests().length, fixture.s3.uploads.size]).toEqual([1, 0]);
    await fixture.expectSafe(before, "large");
  });

  it("during a restore into the ephemeral instance, which is stopped too and leaves no file on the disk", async () => {
    const before = await fixture.earlierBackup("large");
    const folder = makeTestFolder("killed-restore-");
    // The user postgres creates its files there.
    chmodSync(folder, 0o777);
    const backup = fixture.process(
      "restore",
      { database: "large", level: "restore", "lock-seconds": "2" },
      { TMPDIR: folder },
    );
    const servers = () => running().filter((program) => program.arguments.includes(folder));
    let wasRunning = false;
    fixture.s3.onRequest = (operation, key) => {
      // The roles are created first, when the server has started.
      if (operation !== "get" || !key.endsWith("globals.sql")) return;
      wasRunning = servers().length > 0;
      backup.kill("SIGKILL");
    };
    await backup.exited;
    expect(wasRunning).toBe(true);
    await expect.poll(() => [servers(), readdirSync(folder)], { timeout: 10_000 }).toEqual([[], []]);
    await fixture.expectSafe(before, "large");
    rmdirSync(folder);
  });

  it("stopped by SIGTERM, it aborts its upload and releases the lock", async () => {
    const before = await fixture.earlierBackup("large");
    const backup = fixture.process("term", { database: "large" });
    let isStopped = false;
    fixture.s3.onRequest = (operation, key) => {
      if (operation !== "part" || !key.includes("data.dump") || isStopped) return;
      isStopped = true;
      backup.kill("SIGTERM");
    };
    const { code, text } = await backup.exited;
    expect(code).not.toBe(0);
    expect(text).toContain("[CANCELLED]");
    expect(fixture.s3.uploads.size).toBe(0);
    expect(JSON.parse(fixture.s3.objects.get("database/large/lock.json")!.body.toString()).until).toBe("");
    await fixture.expectSafe(before, "large");
  });
});

describe("a program that has ended before its output is read", () => {
  it("loses none of it", async () => {
    const program = startProgram(["sh", "-c", "echo all of it"], {
      env: { PATH: process.env["PATH"] },
      fallbackCode: "DUMP_FAILED",
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    let text = "";
    for await (const chunk of program.stdout) text += String(chunk);
    expect([text, await program.completed]).toEqual(["all of it\n", ""]);
  });
});
