import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { batches, runChecks } from "./run-checks.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it("runs lanes in parallel, and checks without a lane on their own, in the order of the list", () => {
  const checks = [
    { name: "a" },
    { name: "b" },
    { name: "c", lane: "local AWS" as const },
    { name: "d", lane: "local AWS" as const },
    { name: "e", lane: "processor" as const },
    { name: "f" },
    { name: "g", lane: "processor" as const },
  ];
  expect(batches(checks).map((lanes) => lanes.map((lane) => lane.map(({ name }) => name).join("")))).toEqual([
    ["a"],
    ["b"],
    ["cd", "e"],
    ["f"],
    ["g"],
  ]);
});

it("fails a check that leaves something in the folder for temporary files, and removes that", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  // Not the folder of the other files of tests, whose entries come and go; nor one that runChecks would remove.
  const folder = mkdtempSync(join(tmpdir(), "run-checks-"));
  vi.stubEnv("TMPDIR", folder);
  const counts = { passed: 1, failed: 0 };
  let tidied = "";
  const tidy = async () => {
    rmSync(mkdtempSync(join(tmpdir(), "tidy-")), { recursive: true });
    tidied = makeTestFolder("tidied-");
    return counts;
  };
  const untidy = async () => {
    mkdtempSync(join(tmpdir(), "untidy-"));
    return counts;
  };
  expect(await runChecks([{ name: "first", run: tidy }])).toBe(0);
  expect(await runChecks([{ name: "killer", run: untidy, killsPrograms: true }])).toBe(0);
  expect(
    await runChecks([
      { name: "first", run: tidy },
      { name: "second", run: untidy },
    ]),
  ).toBe(1);
  const printed = log.mock.calls.join("\n");
  expect(printed).toMatch(/^second: left in the folder for temporary files: untidy-/m);
  expect(printed).not.toContain("first:");
  expect(printed).toMatch(/^2 passed, 1 failed$/m);
  expect(tidied).toMatch(/^.*run-checks-.*tidied-/);
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
