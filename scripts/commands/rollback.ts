// Rolls back with the same workflow as on GitHub: .github/workflows/rollback.yml.
import { parseArgs } from "node:util";
import { requireRunning } from "../../infra/local/ministack.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import { readStatus, statusTable } from "../../infra/local/status.ts";
import { runRollbackWorkflow } from "../../infra/local/workflow.ts";

const usage = "npm run rollback [-- api|ml|all] [-- --to REVISION|COMMIT] [--dry-run] [--force] [--reason TEXT]";

await runExclusively("npm run rollback", async () => {
  const inputs = readArguments();
  await requireRunning();
  const progress = new Progress(2);
  const bin = await progress.step("Python environment", pythonEnvironment);
  await progress.step(inputs["dry-run"] === "true" ? "Dry run" : "Rollback", (note) =>
    runRollbackWorkflow({ bin, node: process.execPath, note }, inputs).then(() => "by .github/workflows/rollback.yml"),
  );
  const status = await readStatus();
  if (status) console.log(`\n${statusTable(status)}`);
});

function readArguments(): Record<string, string> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        to: { type: "string", default: "last-healthy" },
        "dry-run": { type: "boolean", default: false },
        force: { type: "boolean", default: false },
        reason: { type: "string", default: "npm run rollback" },
      },
    });
    const [service = "all", ...others] = positionals;
    if (others.length > 0 || !["all", "api", "ml"].includes(service))
      throw new Error(`The service must be api, ml or all, not ${positionals.join(" ")}.`);
    return {
      service,
      to: values.to,
      "dry-run": String(values["dry-run"]),
      force: String(values.force),
      reason: values.reason,
    };
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}
