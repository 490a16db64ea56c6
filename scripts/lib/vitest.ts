// Runs one vitest project, on this machine or in a container: returns counts, and prints vitest's report if a test
// fails.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { attempt } from "../../infra/local/process.ts";
import { withTemporaryFolder } from "../../infra/local/temporary.ts";
import type { Counts } from "./counts.ts";

export interface VitestOptions {
  env?: Record<string, string>;
  /** Filters for file names; none: all files. */
  files?: string[];
  /** Tests whose names it matches; none: all. */
  names?: string;
  /** Wraps the command, in a container for instance; files that it writes to `folder` must end up there. */
  wrap?: (command: string[], folder: string) => string[];
  /** Another checkout, whose tests are run with its own configuration. */
  cwd?: string;
  /** Takes what vitest printed, also where nothing failed. */
  onOutput?: (text: string) => void;
}

export const runVitest = (project: string, options: VitestOptions = {}): Promise<Counts> =>
  withTemporaryFolder("v-", (folder) => runIn(folder, project, options));

async function runIn(
  folder: string,
  project: string,
  { env = {}, files = [], names, wrap = (command) => command, cwd = root, onOutput }: VitestOptions,
): Promise<Counts> {
  const report = join(folder, "report.json");
  const command = [
    process.execPath,
    join(cwd, "node_modules/vitest/vitest.mjs"),
    "run",
    ...files,
    ...(names === undefined ? [] : ["--testNamePattern", names]),
    "--project",
    project,
    "--configLoader=native",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const result = await attempt(wrap(command, folder), {
    cwd,
    env: { ...process.env, ...env, NO_COLOR: "1", TMPDIR: folder },
  });
  const text = await readFile(report, "utf8").catch(() => {
    throw new Problem(
      `vitest did not run:\n${result.stdout}${result.stderr}`,
      `Run it on its own: npm test -- "${project} tests"`,
    );
  });
  const { numPassedTests, numFailedTests, numTotalTests, success } = JSON.parse(text) as Record<
    string,
    number | boolean
  >;
  onOutput?.(result.stdout);
  if (!success || result.code !== 0) console.log(result.stdout + result.stderr);
  const failed = Number(numFailedTests) || (success && result.code === 0 && Number(numTotalTests) > 0 ? 0 : 1);
  return { passed: Number(numPassedTests), failed };
}
