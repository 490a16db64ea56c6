// Lines and branches that the unit tests reach: a table here, each file in coverage/index.html. Shown, not enforced.
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { run } from "../../infra/local/process.ts";
import { coverageTable } from "../lib/coverage.ts";

await runCommand(async () => {
  const vitest = [process.execPath, join(root, "node_modules/vitest/vitest.mjs"), "run", "--configLoader=native"];
  const reports = ["--coverage.reporter=json-summary", "--coverage.reporter=html"];
  await run([...vitest, "--project", "unit", "--coverage", ...reports], {
    cwd: root,
    remedy: 'npm test -- "unit tests"',
  });
  const table = coverageTable(JSON.parse(await readFile(join(root, "coverage/coverage-summary.json"), "utf8")), root);
  console.log(`${table}\n\nEach file: coverage/index.html`);
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (summary) await appendFile(summary, `### Coverage of the unit tests\n\n${table}\n`);
});
