// The summary of a step, in a file as the runner gives one.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorOf } from "../../../test/lib/error-of.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

/** Work that may fail, and the summary that it leaves. */
export async function withStepSummary(
  work: () => Promise<unknown>,
): Promise<{ error: Error | undefined; summary: string }> {
  const file = join(makeTestFolder("step-summary-"), "summary.md");
  writeFileSync(file, "");
  const before = process.env["GITHUB_STEP_SUMMARY"];
  process.env["GITHUB_STEP_SUMMARY"] = file;
  const error = await errorOf(work);
  if (before === undefined) delete process.env["GITHUB_STEP_SUMMARY"];
  else process.env["GITHUB_STEP_SUMMARY"] = before;
  return { error, summary: readFileSync(file, "utf8") };
}
