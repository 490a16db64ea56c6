// Killed at any moment: no new manifest, earlier backups as they were, nothing that the next run cannot clear away.
import { chmodSync, mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { start } from "../../src/postgres/programs.ts";
import { isLong, Fixture } from "./fixture.ts";
import { running } from "./server.ts";

const fixture = Fixture.set();

describe("killed by SIGKILL", () => {
  /** The calls to the bucket, in their order, are the boundaries of the steps. */
  async function steps(): Promise<number> {
    await fixture.run();
    return fixture.s3.calls.length;
  }

  async function killAt(step: number, when: "before" | "after"): Promise<void> {
    await fixture.newBucket();
    const before = await fixture.earlier();
    let count = -1;
    // In turns compressed by pg_dump and on the way.
    const backup = fixture.process(`kill-${step}`, {
      "lock-seconds": "2",
      format: step % 2 === 0 ? "custom" : "plain",
    });
    fixture.s3.onRequest = (_operation, _key, moment) => {
      if (moment === "before") count += 1;
      if (count === step && moment === when) backup.kill("SIGKILL");
    };
    const { code } = await backup.ended;
    if (count >= step) expect(code).not.toBe(0);
    await fixture.expectSafe(before);
  }

  it("at every step boundary", { timeout: 600_000 }, async () => {
    const all = await steps();
    expect(all).toBeGreaterThan(15);
    const moments = isLong ? (["before", "after"] as const) : (["before"] as const);
    for (let step = 0; step < all; step += isLong ? 1 : 3) for (const when of moments) await killAt(step, when);
  });

  it("at random moments", { timeout: 3_600_000 }, async () => {
    const before = await fixture.earlier("large");
    for (let round = 0; round < (isLong ? 200 : 5); round += 1) {
      const backup = fixture.process(`random-${round}`, {
        database: "large",
        "lock-seconds": "2",
        format: round % 2 === 0 ? "custom" : "plain",
      });
      const after = Math.random() * 1500;
      const timer = setTimeout(() => backup.kill("SIGKILL"), after);
      await backup.ended;
      clearTimeout(timer);
      fixture.expectUntouched(before);
      for (const key of fixture.manifests())
        expect(
          (await fixture.run({ mode: "verify", database: "large", backup: key })).error,
          `${key} after ${after} ms`,
        ).toBeUndefined();
    }
    await fixture.expectSafe(before, "large");
  });

  it("only pg_dump, in the middle of its work", async () => {
    const before = await fixture.earlier("large");
    const backup = fixture.process("dump", { database: "large" });
    let isKilled = false;
    fixture.s3.onRequest = (operation, key) => {
      if (operation !== "part" || !key.includes("data.dump") || isKilled) return;
      isKilled = true;
      process.kill(
        running().find((one) => one.parent === backup.pid && one.arguments.includes("pg_dump "))!.pid,
        "SIGKILL",
      );
    };
    const { code, text } = await backup.ended;
    expect(code).not.toBe(0);
    expect(text).toMatch(/\[DUMP_FAILED\] pg_dump was killed \(SIGKILL\)/);
    expect([fixture.manifests().length, fixture.s3.uploads.size]).toEqual([1, 0]);
    await fixture.expectSafe(before, "large");
  });

  it("while it restores into a throw-away server, which ends with it and leaves nothing on the disk", async () => {
    const before = await fixture.earlier("large");
    const folder = mkdtempSync(join(tmpdir(), "killed-restore-"));
    // PostgreSQL's own user makes its files there.
    chmodSync(folder, 0o777);
    const backup = fixture.process(
      "restore",
      { database: "large", level: "restore", "lock-seconds": "2" },
      { TMPDIR: folder },
    );
    const servers = () => running().filter((one) => one.arguments.includes(folder));
    let wasUp = false;
    fixture.s3.onRequest = (operation, key) => {
      // The roles are made first, in a server that is up.
      if (operation !== "get" || !key.endsWith("globals.sql")) return;
      wasUp = servers().length > 0;
      backup.kill("SIGKILL");
    };
    await backup.ended;
    expect(wasUp).toBe(true);
    await expect.poll(() => [servers(), readdirSync(folder)], { timeout: 10_000 }).toEqual([[], []]);
    await fixture.expectSafe(before, "large");
    rmdirSync(folder);
  });

  it("asked to stop by SIGTERM, it takes back what it has sent, and gives the lock back", async () => {
    const before = await fixture.earlier("large");
    const backup = fixture.process("term", { database: "large" });
    let isAsked = false;
    fixture.s3.onRequest = (operation, key) => {
      if (operation !== "part" || !key.includes("data.dump") || isAsked) return;
      isAsked = true;
      backup.kill("SIGTERM");
    };
    const { code, text } = await backup.ended;
    expect(code).not.toBe(0);
    expect(text).toContain("[CANCELLED]");
    expect(fixture.s3.uploads.size).toBe(0);
    expect(JSON.parse(fixture.s3.objects.get("database/large/lock.json")!.body.toString()).until).toBe("");
    await fixture.expectSafe(before, "large");
  });
});

describe("a program that has ended before anybody reads what it wrote", () => {
  it("loses nothing of it", async () => {
    const program = start(["sh", "-c", "echo all of it"], {
      env: { PATH: process.env["PATH"] },
      otherwise: "DUMP_FAILED",
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    let text = "";
    for await (const piece of program.stdout) text += String(piece);
    expect([text, await program.ended]).toEqual(["all of it\n", ""]);
  });
});
