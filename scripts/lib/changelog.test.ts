import { describe, expect, it } from "vitest";
import { changelog, parseLog } from "./changelog.ts";

const log = [
  "aaaa\t2026-12-03\tHEAD -> main\tdeploy: retry a throttled call",
  "bbbb\t2026-12-02\t\tAn old subject: without a scope",
  "cccc\t2026-12-01\ttag: v1.0.0, origin/main\tdeploy, cli: explain\ttabs",
  "dddd\t2026-11-30\t\tdocs: say so",
  "eeee\t2026-11-29\t\tdeploy: begin",
].join("\n");

describe("the changelog", () => {
  it("has a section for each version and a list for each scope", () => {
    expect(
      changelog(parseLog(`${log}\n`))
        .split("\n")
        .filter(Boolean)
        .slice(2),
    ).toEqual([
      "## Unreleased",
      "### deploy",
      "- retry a throttled call (aaaa)",
      "## v1.0.0 (2026-12-01)",
      "### deploy",
      "- begin (eeee)",
      "### deploy, cli",
      "- explain\ttabs (cccc)",
      "### docs",
      "- say so (dddd)",
    ]);
  });

  it("has no empty section, and takes no other tag for a version", () => {
    const text = changelog(
      parseLog("aaaa\t2026-12-03\ttag: nightly\tWithout a scope\nbbbb\t2026-12-02\t\tdocs: one\n"),
    );
    expect(text).not.toContain("nightly");
    expect(text.match(/^## .*$/gm)).toEqual(["## Unreleased"]);
  });
});
