// From a bare machine to a running, verified system.
import { mkdir } from "node:fs/promises";
import { ensureBaseImages } from "../../infra/local/base-images.ts";
import { demonstratePrediction, demonstrateSighting } from "../../infra/local/demonstration.ts";
import { bridgeGateway, ensureEngine } from "../../infra/local/engine.ts";
import { ensureMinistack } from "../../infra/local/ministack.ts";
import { stateDir } from "../../infra/local/paths.ts";
import { pythonEnvironment, terraformBinary } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runCommand } from "../../infra/local/progress.ts";
import { readStatus, statusTable } from "../../infra/local/status.ts";
import { applyTerraform } from "../../infra/local/terraform.ts";
import { runDeployWorkflow } from "../../infra/local/workflow.ts";

const next = `Next:
  npm run status             what runs (--json for programs)
  npm start                  again, after a change in api/, ml/ or infra/
  npm test                   everything that CI checks
  npm stop                   takes it all down`;

await runCommand(async () => {
  await mkdir(stateDir, { recursive: true });
  const progress = new Progress(8);
  let bin = "";
  let terraform = "";
  await progress.step("Python environment", async (note) => {
    bin = await pythonEnvironment(note);
  });
  await progress.step("Terraform", async (note) => {
    terraform = await terraformBinary(note);
  });
  await progress.step("Docker engine", ensureEngine);
  await progress.step("Base images", ensureBaseImages);
  const gateway = await bridgeGateway();
  await progress.step("Local AWS", async (note) => {
    const { fresh } = await ensureMinistack({ bin, gateway, note });
    return fresh ? "started, empty" : "runs already";
  });
  await progress.step("Infrastructure", (note) => applyTerraform({ terraform, gateway, note }));
  await progress.step("Deployment", async (note) => {
    const { commit, changes } = await runDeployWorkflow({ bin, node: process.execPath, note });
    return `${commit.slice(0, 12)}${changes > 0 ? ` and ${changes} changed files` : ""}, by .github/workflows/deploy.yml`;
  });
  const shown = await progress.step("Demonstration", async () => [...(await demonstratePrediction()), ...(await demonstrateSighting())]);

  const status = await readStatus();
  if (!status) throw new Problem("The local AWS has gone away.", "npm start starts it again.");
  console.log(`\n${shown.map((line) => `  ${line}`).join("\n")}\n\n${statusTable(status)}\n\n${next}\n\nall of it took ${progress.elapsed}`);
});
