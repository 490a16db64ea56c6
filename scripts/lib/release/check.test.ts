import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { run } from "../../../infra/local/process.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { checkTag, notesOf } from "./check.ts";

const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];

/** A clone of a repository whose main has a release. */
class Clone {
  readonly folder = join(makeTestFolder("release-"), "clone");
  readonly git = (...args: string[]) => run(["git", ...identity, ...args], { cwd: this.folder });

  async prepare(): Promise<void> {
    const origin = join(this.folder, "../origin");
    mkdirSync(origin);
    await run(["git", "init", "-q", "--bare", "-b", "main", origin]);
    await run(["git", "clone", "-q", origin, this.folder]);
    await this.commit({ version: "1.2.0", changelog: "# Changelog\n\n## v1.2.0 (2026-11-26)\n\n- something\n" });
    await this.git("push", "-q", "origin", "HEAD:main");
    await this.git("fetch", "-q");
    await this.git("tag", "v1.2.0");
  }

  async commit({ version, changelog }: { version: string; changelog: string }): Promise<void> {
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ version }));
    writeFileSync(join(this.folder, "CHANGELOG.md"), changelog);
    await this.git("add", "-A");
    await this.git("commit", "-q", "-m", "repository: release");
  }

  readonly check = (tag = "v1.2.0") => checkTag(tag, this);
}

describe("checkTag", () => {
  let clone: Clone;
  beforeEach(async () => {
    clone = new Clone();
    await clone.prepare();
  });

  it("accepts the commit of main that has the version and its changelog", async () => {
    await expect(clone.check()).resolves.toBeUndefined();
  });

  it("accepts a tag with a message, and one that main has left behind", async () => {
    await clone.git("tag", "--force", "-a", "-m", "v1.2.0", "v1.2.0");
    await clone.commit({ version: "1.3.0", changelog: "" });
    await clone.git("push", "-q", "origin", "HEAD:main");
    await clone.git("checkout", "-q", "v1.2.0");
    await expect(clone.check()).resolves.toBeUndefined();
  });

  it("refuses a commit that is not on main", async () => {
    await clone.commit({ version: "1.2.0", changelog: "## v1.2.0 (2026-11-26)\n\n- more\n" });
    await clone.git("tag", "--force", "v1.2.0");
    await expect(clone.check()).rejects.toThrow(/^[0-9a-f]{40} is not on main\.$/);
  });

  it("refuses a checkout that was changed, or is another commit", async () => {
    writeFileSync(join(clone.folder, "dist.js"), "built");
    await expect(clone.check()).rejects.toThrow("not what was committed:\n?? dist.js");
    await clone.commit({ version: "1.2.0", changelog: "## v1.2.0 (2026-11-26)\n" });
    await expect(clone.check()).rejects.toThrow(/The checkout is [0-9a-f]{40}, and v1\.2\.0 is [0-9a-f]{40}/);
  });

  it("names everything that is wrong at once", async () => {
    await clone.commit({ version: "1.2.0", changelog: "## Unreleased\n\n- something\n" });
    await clone.git("tag", "v1.3.0");
    const error = await clone.check("v1.3.0").catch((cause: unknown) => cause as Error);
    expect(String(error)).toMatch(
      /version 1\.2\.0, not that of v1\.3\.0\.\n.* is not on main\.\n.*no section of v1\.3\.0/,
    );
  });

  it.each(["v1", "v1.2", "v1.2.0-rc.1", "main"])("refuses %s", async (tag) => {
    await expect(clone.check(tag)).rejects.toThrow(`${tag} is not vMAJOR.MINOR.PATCH.`);
  });
});

describe("notesOf", () => {
  const changelog =
    "# Changelog\n\nText.\n\n## v1.2.0 (2026-11-26)\n\n### deploy\n\n- b (1)\n\n## v1.1.0 (2026-11-01)\n\n- a (2)\n";
  it("is the section of the version, and none of another", () => {
    expect(notesOf("v1.2.0", changelog)).toBe("### deploy\n\n- b (1)");
    expect(notesOf("v1.1.0", changelog)).toBe("- a (2)");
    expect(notesOf("v1.1", changelog)).toBeUndefined();
  });
});
