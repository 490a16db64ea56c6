// Runs checks sequentially or in parallel lanes, and counts; a failed check does not stop the others.
import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { stateDir } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress } from "../../infra/local/progress.ts";
import { makeTemporaryFolder } from "../../infra/local/temporary.ts";
import { removeTestFolders } from "../../test/lib/test-folder.ts";
import type { Check } from "./checks.ts";

export async function runChecks(checks: Check[]): Promise<number> {
  await mkdir(stateDir, { recursive: true });
  const progress = new Progress(checks.length);
  const failures: string[] = [];
  let passed = 0;
  let failed = 0;
  const runOne = async (check: Check) => {
    try {
      await progress.step(check.name, async (note) => {
        const counts = await check.run(note);
        passed += counts.passed;
        failed += counts.failed;
        if (counts.failed > 0) failures.push(`${check.name}: ${counts.failed} failed`);
        return `${counts.passed} passed${counts.failed > 0 ? `, ${counts.failed} failed` : ""}`;
      });
    } catch (error) {
      failed += 1;
      const text =
        error instanceof Problem
          ? `${error.message}\n→ ${error.remedy}`
          : error instanceof Error
            ? error.stack
            : String(error);
      failures.push(`${check.name}: ${text}`);
    }
  };
  const temporary = await makeTemporaryFolder();
  // For programs that run as other users.
  await chmod(temporary, 0o755);
  const previous = process.env["TMPDIR"];
  process.env["TMPDIR"] = temporary;
  for (const lanes of batches(checks)) {
    await Promise.all(
      lanes.map(async (lane) => {
        for (const check of lane) await runOne(check);
      }),
    );
    // Those of checks that are no files of vitest, which a later step of the same check may still read.
    removeTestFolders();
    const left = await removeEntries(temporary);
    if (left.length === 0 || lanes.flat().some(({ killsPrograms }) => killsPrograms)) continue;
    failed += 1;
    const names = lanes.flat().map(({ name }) => name);
    failures.push(`${names.join(", ")}: left in the folder for temporary files: ${left.slice(0, 10).join(", ")}`);
  }
  await rm(temporary, { recursive: true, force: true });
  if (previous === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = previous;
  if (failures.length > 0) console.log(`\n${failures.join("\n\n")}\n`);
  console.log(`total time: ${progress.elapsed}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** Empties a folder; returns the names of what was in it. One that somebody has removed must not hide the results. */
export async function removeEntries(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
  return names;
}

/** Splits the checks into sequential batches of parallel lanes. */
export function batches<Member extends Pick<Check, "lane">>(checks: Member[]): Member[][][] {
  const all: Map<string, Member[]>[] = [];
  let batch = new Map<string, Member[]>();
  let previous: string | undefined;
  for (const check of checks) {
    const { lane } = check;
    if (lane === undefined || previous === undefined) all.push((batch = new Map()));
    batch.set(lane ?? "", [...(batch.get(lane ?? "") ?? []), check]);
    previous = lane;
  }
  return all.map((batch) => [...batch.values()]);
}
