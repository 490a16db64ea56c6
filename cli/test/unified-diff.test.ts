import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { unifiedDiff } from "../src/unified-diff.ts";

describe("unifiedDiff", () => {
  it("shows changed lines with three around them", () => {
    const before = "a\nb\nc\nd\ne\nf\ng\nh\ni\n";
    expect(unifiedDiff("x", before, before.replace("e", "E"))).toBe(
      "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n",
    );
  });

  it("shows a new file whole, as one that git creates", () => {
    expect(unifiedDiff("x", undefined, "a\nb\n")).toBe("--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  });

  it("keeps what both have", () => {
    expect(unifiedDiff("x", "a\nb\n", "b\nc\n")).toBe("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n b\n+c\n");
  });

  it("says nothing of the same text", () => {
    expect(unifiedDiff("x", "a\n", "a\n")).toBe("");
  });

  it("is applied by git, whatever the texts", () => {
    const folder = makeTestFolder("diff-");
    const file = join(folder, "x");
    const text = fc
      .array(fc.constantFrom("a", "b", "c", "", "d\r"), { maxLength: 14 })
      .chain((lines) => fc.constantFrom(lines.join("\n"), lines.map((line) => `${line}\n`).join("")));
    fc.assert(
      fc.property(fc.option(text, { nil: undefined }), text, (before, after) => {
        rmSync(file, { force: true });
        if (before !== undefined) writeFileSync(file, before);
        const diff = unifiedDiff("x", before, after);
        if (diff !== "")
          execFileSync("git", ["apply", "--whitespace=nowarn", "--unidiff-zero", "-"], { cwd: folder, input: diff });
        expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(after);
      }),
      { numRuns: 60 },
    );
  });
});
