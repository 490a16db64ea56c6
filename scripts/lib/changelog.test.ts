import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { changelog, readSections } from "./changelog.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";

const folder = makeTestFolder("changelog-test-");
afterAll(() => rmSync(folder, { recursive: true }));

const identity = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
function git(date: string, ...args: string[]): string {
  const names = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "tag.gpgSign=false"];
  const env = { ...process.env, ...identity, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  return execFileSync("git", [...names, ...args], { cwd: folder, env, encoding: "utf8", stdio: "pipe" });
}
const commit = (day: number, subject: string) =>
  git(`2026-12-0${day}T12:00:00Z`, "commit", "--allow-empty", "--message", subject);

describe("readSections", () => {
  it("sorts commits by the first version that contains them, whenever they were written", async () => {
    git("", "init", "--quiet", "--initial-branch", "main");
    commit(1, "deploy: begin");
    git("", "switch", "--quiet", "--create", "feature");
    commit(2, "cli: written before the release, merged after it");
    git("", "switch", "--quiet", "main");
    git("", "switch", "--quiet", "--create", "release");
    commit(3, "docs: say so");
    git("", "switch", "--quiet", "main");
    git("2026-12-04T12:00:00Z", "merge", "--quiet", "--no-ff", "--message", "Merge branch 'release'", "release");
    git("", "tag", "v1.0.0");
    git("", "tag", "v1");
    git("", "tag", "nightly");
    git("2026-12-05T12:00:00Z", "merge", "--quiet", "--no-ff", "--message", "Merge branch 'feature'", "feature");

    const sections = await readSections(async (...args) => git("", ...args), "Unreleased");
    expect(sections.map(({ title, commits }) => [title, commits.map(({ subject }) => subject)])).toEqual([
      ["Unreleased", ["Merge branch 'feature'", "cli: written before the release, merged after it"]],
      ["v1.0.0 (2026-12-04)", ["Merge branch 'release'", "docs: say so", "deploy: begin"]],
    ]);
  });
});

describe("changelog", () => {
  const body = (...sections: [string, string[]][]) =>
    changelog(
      sections.map(([title, subjects]) => ({
        title,
        commits: subjects.map((subject, index) => ({ sha: `${index}aaa`, subject })),
      })),
    )
      .split("\n")
      .filter(Boolean)
      .slice(2);

  it("has a list for each scope; a commit with two scopes is in both", () => {
    const subjects = ["deploy: retry a throttled call", "cli, deploy: explain: everything", "An old subject: no scope"];
    expect(body(["v1.0.0", subjects])).toEqual([
      "## v1.0.0",
      "### cli",
      "- explain: everything (1aaa)",
      "### deploy",
      "- retry a throttled call (0aaa)",
      "- explain: everything (1aaa)",
    ]);
  });

  it("leaves out a section in which nothing follows the convention", () => {
    expect(body(["Unreleased", ["Merge branch 'x'"]], ["v1.0.0", ["docs: one"]])).toEqual([
      "## v1.0.0",
      "### docs",
      "- one (0aaa)",
    ]);
  });
});
