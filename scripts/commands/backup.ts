// Backs up, verifies, restores or swaps the database with the same workflow as on GitHub: .github/workflows/backup.yml.
import { parseArgs } from "node:util";
import { requireRunning } from "../../infra/local/ministack.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import { runBackupWorkflow } from "../../infra/local/workflow.ts";

const usage =
  "npm run backup [-- verify] [-- restore --to-database NAME --confirm NAME] [--backup ID] [--before TIME]\n" +
  "npm run backup -- copy-back --from-database NAME --tables TABLE,… --confirm NAME [--dry-run]\n" +
  "npm run backup -- swap --from-database NAME --confirm NAME";
const modes = ["backup", "verify", "restore", "copy-back", "swap"];

await runExclusively("npm run backup", async () => {
  const inputs = readArguments();
  await requireRunning();
  const progress = new Progress(1);
  await progress.step(`Workflow backup.yml: ${inputs["mode"]}`, async (note) => {
    await runBackupWorkflow({ bin: await pythonEnvironment(note), node: process.execPath, note }, inputs);
    return "done";
  });
  console.log(`total time: ${progress.elapsed}`);
});

function readArguments(): Record<string, string> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        backup: { type: "string" },
        before: { type: "string" },
        "to-database": { type: "string" },
        confirm: { type: "string" },
        "from-database": { type: "string" },
        tables: { type: "string" },
        "dry-run": { type: "boolean" },
      },
    });
    const [mode = "backup", ...rest] = positionals;
    if (!modes.includes(mode) || rest.length > 0)
      throw new Error(`Unknown mode "${positionals.join(" ")}". Known: ${modes.join(", ")}.`);
    return { mode, ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])) };
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}
