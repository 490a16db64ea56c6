// Whole workflows: which lines change is in expected/*.diff, and nothing else does.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { unifiedDiff } from "../../src/migrate/diff.ts";
import { byCommit, byTag, fixtures, ours, plan, repository } from "./fixtures.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Paths at which two documents differ. */
function differences(before: Json, after: Json, path = ""): string[] {
  if (typeof before !== "object" || typeof after !== "object" || before === null || after === null)
    return before === after ? [] : [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differences((before as Record<string, Json>)[key]!, (after as Record<string, Json>)[key]!, `${path}/${key}`),
  );
}

const variants: [string, (text: string) => string][] = [
  ["as it is", (text) => text],
  ["with CRLF", (text) => text.replaceAll("\n", "\r\n")],
  [
    "with a byte order mark, CRLF, and no line break at the end",
    (text) => `\uFEFF${text.replaceAll("\n", "\r\n").trimEnd()}`,
  ],
];

describe.each(fixtures)("%s", (path, original) => {
  it("changes these lines", async () => {
    const { after, problems } = plan(original, byCommit);
    expect(problems).toEqual([]);
    await expect(unifiedDiff(path, original, after)).toMatchFileSnapshot(
      join("expected", `${basename(path, ".yml")}.diff`),
    );
  });

  it.each(variants)("differs in nothing but the uses, %s", (_, change) => {
    for (const pin of [byCommit, byTag]) {
      const text = change(original);
      const { after, edits, moved } = plan(text, pin);
      const changed = differences(load(text) as Json, load(after) as Json);
      expect(changed.length).toBeGreaterThan(0);
      expect(changed.filter((one) => !one.endsWith("/uses"))).toEqual([]);
      expect(changed).toHaveLength(moved.reduce((sum, one) => sum + one.places, 0));
      // Byte for byte, apart from the edits.
      const kept = edits
        .toSorted((a, b) => b.start - a.start)
        .reduce((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
      const added = edits.map((edit) => edit.text).join("");
      expect(after).toHaveLength(kept.length + added.length);
      expect(after.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
      expect([...after].filter((sign) => sign === "\r")).toHaveLength([...kept].filter((sign) => sign === "\r").length);
    }
  });

  it("has nothing left to move afterwards", () => {
    const again = plan(plan(original, byCommit).after, byTag);
    expect(again.after).toBe(again.before);
    expect(again.moved).toEqual([]);
    expect(again.problems).toEqual([]);
    expect(again.staying.filter((name) => name.startsWith(repository)).length).toBeGreaterThan(0);
  });

  it("gives our actions inputs that they have and accept", () => {
    const { moved } = plan(original);
    for (const { action, given } of moved) {
      const known = new Set(Object.keys(ours[action.ours].inputs).map((name) => name.toLowerCase()));
      expect([...given.keys()].filter((name) => !known.has(name))).toEqual([]);
    }
  });

  it.each(variants)("has a diff that git applies, %s", (_, change) => {
    const text = change(original);
    const { after } = plan(text, byCommit);
    const folder = makeTestFolder("migrate-");
    const file = join(folder, path);
    writeFileSync(file, text);
    writeFileSync(join(folder, "change.diff"), unifiedDiff(path, text, after));
    execFileSync("git", ["apply", "--whitespace=nowarn", "change.diff"], { cwd: folder });
    expect(readFileSync(file, "utf8")).toBe(after);
  });
});
