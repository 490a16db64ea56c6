// Databases that cannot be dumped completely, a full disk, and secrets that must not leak.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { describe, expect, it, vi } from "vitest";
import { Fixture } from "./fixture.ts";
import { running } from "./server.ts";
import { makeTestFolder } from "../../../../test/lib/test-folder.ts";

const fixture = Fixture.set();

describe("a misconfigured database", () => {
  it.each<[string, Record<string, string>, string, RegExp]>([
    ["a wrong port", { port: "1" }, "CONNECT_FAILED", /:1\/app/],
    ["an unknown host", { host: "nowhere.invalid" }, "CONNECT_FAILED", /nowhere\.invalid/],
    ["an unknown database", { host: "", database: "app" }, "CONNECT_FAILED", /./],
    ["an unknown role", { user: "unknown_role" }, "AUTH_FAILED", /unknown_role/],
  ])("%s", async (_what, inputs, code, message) => {
    const before = await fixture.earlierBackup();
    if (inputs["host"] === "") await fixture.server.sql("postgres", "ALTER DATABASE app RENAME TO hidden");
    const result = await fixture.run(inputs["host"] === "" ? {} : inputs);
    if (inputs["host"] === "") await fixture.server.sql("postgres", "ALTER DATABASE hidden RENAME TO app");
    expect(result.error!.message).toMatch(message);
    fixture.expectFailure(result, before, code);
  });

  it("a wrong password, which is not in the message or the log", async () => {
    const before = await fixture.earlierBackup();
    await fixture.server.sql("postgres", "CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'right-password'");
    await fixture.server.requirePassword("guarded");
    const result = await fixture.run({ user: "guarded", password: "wrong-password" });
    fixture.expectFailure(result, before, "AUTH_FAILED");
    expect(`${result.error!.message}${result.log.join("")}`).not.toContain("wrong-password");
    expect((await fixture.run({ user: "guarded", password: "right-password" })).error).toBeUndefined();
  });

  it("a table that the role lacks the permission to read", async () => {
    const before = await fixture.earlierBackup();
    await fixture.server.sql("app", "CREATE TABLE private (i int)");
    fixture.expectFailure(await fixture.run({ user: "reader" }), before, "NOT_READABLE");
    await fixture.server.sql("app", "DROP TABLE private");
  });

  it("row-level security that would hide rows", async () => {
    const before = await fixture.earlierBackup();
    await fixture.server.sql(
      "app",
      "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
      "CREATE POLICY half ON users USING (id % 2 = 0)",
    );
    fixture.expectFailure(await fixture.run({ user: "reader" }), before, "ROW_SECURITY");
    await fixture.server.sql("postgres", "ALTER ROLE reader BYPASSRLS");
    expect((await fixture.run({ user: "reader" })).error).toBeUndefined();
    await fixture.server.sql("app", "DROP POLICY half ON users", "ALTER TABLE users DISABLE ROW LEVEL SECURITY");
    await fixture.server.sql("postgres", "ALTER ROLE reader NOBYPASSRLS");
  });

  it("an empty database, unless allow-empty is set", async () => {
    await fixture.server.sql("postgres", "CREATE DATABASE nothing_in_it");
    const { error } = await fixture.run({ database: "nothing_in_it" });
    expect(error).toMatchObject({
      code: "EMPTY_DATABASE",
      message: expect.stringContaining("There is no good backup of this database"),
    });
    expect((await fixture.run({ database: "nothing_in_it", "allow-empty": "true" })).error).toBeUndefined();
  });

  it("a locked table", async () => {
    const before = await fixture.earlierBackup();
    const { connection } = fixture.server;
    const { default: pg } = await import("pg");
    const holder = new pg.Client({ host: connection.host, database: "app", user: "postgres" });
    await holder.connect();
    await holder.query("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
    fixture.expectFailure(await fixture.run({ "lock-timeout": "1" }), before, "LOCK_TIMEOUT");
    await holder.end();
    await fixture.expectSafe(before);
  });
});

describe("a full disk", () => {
  // Only root can mount a small one.
  it.skipIf(process.getuid?.() !== 0)(
    "keeps a backup that could not be restored, says so, and leaves no file on the disk",
    async () => {
      const before = await fixture.earlierBackup("large");
      const small = makeTestFolder("small-disk-");
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=60m,mode=1777", "tmpfs", small]);
      vi.stubEnv("TMPDIR", small);
      try {
        const { error, outputs } = await fixture.run({ level: "restore", database: "large" });
        expect(error).toMatchObject({ code: "RESTORE_UNPROVEN" });
        expect(error!.message).toMatch(/is kept in s3:[\s\S]*\(DISK_FULL\)[\s\S]*more ephemeral storage/);
        expect(error!.message).toMatch(/Last good backup: backup_/);
        expect(outputs).toEqual({ "error-code": "RESTORE_UNPROVEN" });
        fixture.expectUntouched(before);
        expect(readdirSync(small)).toEqual([]);
      } finally {
        vi.unstubAllEnvs();
        execFileSync("umount", [small]);
        rmSync(small, { recursive: true });
      }
    },
  );
});

describe("a secret", () => {
  it("is in no argument list, log, summary, output or manifest, and in no file that outlives the run", async () => {
    const [canary, identity] = ["canary-7d1e5c", await generateIdentity()];
    await fixture.server.sql("postgres", `CREATE ROLE careful LOGIN SUPERUSER PASSWORD '${canary}'`);
    await fixture.server.requirePassword("careful");
    const folder = makeTestFolder("runner-");
    const files = ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE"];
    for (const name of files) writeFileSync(join(folder, name), "");
    const environment = { RUNNER_DEBUG: "1", ...Object.fromEntries(files.map((name) => [name, join(folder, name)])) };
    const seen: string[] = [];
    fixture.s3.onRequest = () =>
      void seen.push(
        running()
          .map((program) => program.arguments)
          .join("\n"),
      );
    const careful = { user: "careful", password: canary, database: "large" };
    for (const inputs of [
      { ...careful, recipients: await identityToRecipient(identity), level: "restore" },
      { ...careful, mode: "verify", identity },
      { ...careful, mode: "verify" },
    ]) {
      const { code, text } = await fixture.process("secret", inputs, environment).exited;
      // The last run lacks the key.
      expect(code, text).toBe("identity" in inputs || "recipients" in inputs ? 0 : 1);
      // The line that tells the runner what to mask contains it.
      seen.push(text.replaceAll(/^::add-mask::.*$/gm, ""));
    }
    expect(seen.some((text) => text.includes("pg_dump "))).toBe(true);
    const summary = readFileSync(join(folder, "GITHUB_STEP_SUMMARY"), "utf8");
    expect(summary).toContain("backed up and verified");
    const written = [
      ...files.map((name) => readFileSync(join(folder, name), "utf8")),
      ...fixture.s3.keys().map((key) => fixture.s3.objects.get(key)!.body.toString("latin1")),
    ];
    for (const text of [...seen, ...written])
      for (const secret of [canary, identity]) expect(text.includes(secret)).toBe(false);
    rmSync(folder, { recursive: true });
  });
});
