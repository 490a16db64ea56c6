// Whole workflows: which lines change is in expected/*.diff, and nothing else does.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { unifiedDiff } from "../../src/unified-diff.ts";
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
});

it.each(variants)("the diffs of all are applied by git, %s", (_, change) => {
  const folder = makeTestFolder("migrate-");
  const plans = fixtures.map(([path, text]) => ({ ...plan(change(text), byCommit), path }));
  for (const { path, before } of plans) writeFileSync(join(folder, path), before);
  const diff = plans.map(({ path, before, after }) => unifiedDiff(path, before, after)).join("");
  writeFileSync(join(folder, "all.diff"), diff);
  execFileSync("git", ["apply", "--whitespace=nowarn", "all.diff"], { cwd: folder });
  for (const { path, after } of plans) expect(readFileSync(join(folder, path), "utf8")).toBe(after);
});
