// One step of the emergency procedure with the same workflow as on GitHub: .github/workflows/emergency.yml.
import { parseArgs } from "node:util";
import { requireRunning } from "../../infra/local/ministack.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import { readStatus, statusTable } from "../../infra/local/status.ts";
import { runEmergencyWorkflow } from "../../infra/local/workflow.ts";

const usage =
  "npm run emergency [-- status]\n" +
  "npm run emergency -- stop --reason TEXT\n" +
  "npm run emergency -- protect|release|resume --reason TEXT --confirm DATABASE";
const steps = ["status", "stop", "protect", "release", "resume"];

await runExclusively("npm run emergency", async () => {
  const inputs = readArguments();
  await requireRunning();
  const progress = new Progress(1);
  await progress.step(`Workflow emergency.yml: ${inputs["step"]}`, async (note) => {
    await runEmergencyWorkflow({ bin: await pythonEnvironment(note), node: process.execPath, note }, inputs);
    return "done";
  });
  const status = await readStatus();
  if (status) console.log(`\n${statusTable(status)}`);
});

function readArguments(): Record<string, string> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        reason: { type: "string" },
        confirm: { type: "string" },
        "desired-count": { type: "string" },
      },
    });
    const [step = "status", ...rest] = positionals;
    if (!steps.includes(step) || rest.length > 0)
      throw new Error(`Unknown step "${positionals.join(" ")}". Known: ${steps.join(", ")}.`);
    return { step, ...values };
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}
