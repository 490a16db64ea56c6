// A database that cannot be dumped whole, a disk that is full, a secret that nobody may see.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { describe, expect, it, vi } from "vitest";
import { Fixture } from "./fixture.ts";
import { running } from "./server.ts";

const fixture = Fixture.set();

describe("a database that is not as it should be", () => {
  it.each<[string, Record<string, string>, string, RegExp]>([
    ["a wrong port", { port: "1" }, "CONNECT_FAILED", /:1\/app/],
    ["a host that is none", { host: "nowhere.invalid" }, "CONNECT_FAILED", /nowhere\.invalid/],
    ["a database that is none", { host: "", database: "app" }, "CONNECT_FAILED", /./],
    ["a role that is none", { user: "nobody_knows" }, "AUTH_FAILED", /nobody_knows/],
  ])("%s", async (_what, inputs, code, said) => {
    const before = await fixture.earlier();
    if (inputs["host"] === "") await fixture.server.sql("postgres", "ALTER DATABASE app RENAME TO hidden");
    const ended = await fixture.run(inputs["host"] === "" ? {} : inputs);
    if (inputs["host"] === "") await fixture.server.sql("postgres", "ALTER DATABASE hidden RENAME TO app");
    expect(ended.error!.message).toMatch(said);
    fixture.expectFailure(ended, before, code);
  });

  it("a wrong password, which is told to nobody", async () => {
    const before = await fixture.earlier();
    await fixture.server.sql("postgres", "CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'right-password'");
    await fixture.server.guard("guarded");
    const ended = await fixture.run({ user: "guarded", password: "wrong-password" });
    fixture.expectFailure(ended, before, "AUTH_FAILED");
    expect(`${ended.error!.message}${ended.log.join("")}`).not.toContain("wrong-password");
    expect((await fixture.run({ user: "guarded", password: "right-password" })).error).toBeUndefined();
  });

  it("a table that the role may not read, whole or not at all", async () => {
    const before = await fixture.earlier();
    await fixture.server.sql("app", "CREATE TABLE private (i int)");
    fixture.expectFailure(await fixture.run({ user: "reader" }), before, "NOT_READABLE");
    await fixture.server.sql("app", "DROP TABLE private");
  });

  it("row security that would hide rows", async () => {
    const before = await fixture.earlier();
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

  it("an empty database, unless it is said to be right", async () => {
    await fixture.server.sql("postgres", "CREATE DATABASE nothing_in_it");
    const { error } = await fixture.run({ database: "nothing_in_it" });
    expect(error).toMatchObject({
      code: "EMPTY_DATABASE",
      message: expect.stringContaining("There is no good backup of this database"),
    });
    expect((await fixture.run({ database: "nothing_in_it", "allow-empty": "true" })).error).toBeUndefined();
  });

  it("a table that somebody has locked", async () => {
    const before = await fixture.earlier();
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
  // Mounting a small one is root's.
  it.skipIf(process.getuid?.() !== 0)(
    "lets no backup count that could not be restored, and keeps nothing on it",
    async () => {
      const before = await fixture.earlier("large");
      const small = mkdtempSync(join(tmpdir(), "small-disk-"));
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=60m,mode=1777", "tmpfs", small]);
      vi.stubEnv("TMPDIR", small);
      try {
        fixture.expectFailure(await fixture.run({ level: "restore", database: "large" }), before, "DISK_FULL");
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
  it("is in no argument list, log, summary, output or manifest, and in no environment that is kept", async () => {
    const [canary, identity] = ["canary-7d1e5c", await generateIdentity()];
    await fixture.server.sql("postgres", `CREATE ROLE careful LOGIN SUPERUSER PASSWORD '${canary}'`);
    await fixture.server.guard("careful");
    const folder = mkdtempSync(join(tmpdir(), "runner-"));
    const kept = ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE"];
    for (const name of kept) writeFileSync(join(folder, name), "");
    const environment = { RUNNER_DEBUG: "1", ...Object.fromEntries(kept.map((name) => [name, join(folder, name)])) };
    const seen: string[] = [];
    fixture.s3.onRequest = () =>
      void seen.push(
        running()
          .map((one) => one.arguments)
          .join("\n"),
      );
    const careful = { user: "careful", password: canary, database: "large" };
    for (const inputs of [
      { ...careful, recipients: await identityToRecipient(identity), level: "restore" },
      { ...careful, mode: "verify", identity },
      { ...careful, mode: "verify" },
    ]) {
      const { code, text } = await fixture.process("secret", inputs, environment).ended;
      // The last one lacks the key.
      expect(code, text).toBe("identity" in inputs || "recipients" in inputs ? 0 : 1);
      // The runner is told what to hide; that line names it.
      seen.push(text.replaceAll(/^::add-mask::.*$/gm, ""));
    }
    expect(seen.some((text) => text.includes("pg_dump "))).toBe(true);
    const summary = readFileSync(join(folder, "GITHUB_STEP_SUMMARY"), "utf8");
    expect(summary).toContain("backed up and verified");
    const written = [
      ...kept.map((name) => readFileSync(join(folder, name), "utf8")),
      ...fixture.s3.keys().map((key) => fixture.s3.objects.get(key)!.body.toString("latin1")),
    ];
    for (const text of [...seen, ...written])
      for (const secret of [canary, identity]) expect(text.includes(secret)).toBe(false);
    rmSync(folder, { recursive: true });
  });
});
