// From a bare machine to a running, verified system.
import { mkdir } from "node:fs/promises";
import { ensureBaseImages } from "../../infra/local/base-images.ts";
import { demonstratePrediction, demonstrateSighting } from "../../infra/local/demonstration.ts";
import { bridgeGateway, ensureEngine, startedEnginePid, stopEngine } from "../../infra/local/engine.ts";
import { checkMachine } from "../../infra/local/machine.ts";
import { ensureMinistack, removeContainers, stopMinistack } from "../../infra/local/ministack.ts";
import { stateDir } from "../../infra/local/paths.ts";
import { pythonEnvironment, terraformBinary } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import { readStatus, statusTable } from "../../infra/local/status.ts";
import { applyTerraform } from "../../infra/local/terraform.ts";
import { runDeployWorkflow } from "../../infra/local/workflow.ts";

const next = `Next:
  npm run status             what runs (--json for programs)
  npm run logs               what api and ml say, as they say it
  npm run rollback           back to what was verified before (-- api --dry-run: where to)
  npm start                  again, after a change in api/, ml/ or infra/
  npm test                   everything that CI checks
  npm stop                   takes it all down`;

await runExclusively("npm start", async () => {
  await mkdir(stateDir, { recursive: true });
  const progress = new Progress(9);
  await progress.step("This machine", checkMachine);
  const bin = await system(progress);
  await progress.step("Deployment", async (note) => {
    const { commit, changes } = await runDeployWorkflow({ bin, node: process.execPath, note });
    return `${commit.slice(0, 12)}${changes > 0 ? ` and ${changes} changed files` : ""}, by .github/workflows/deploy.yml`;
  });
  const shown = await progress.step("Demonstration", async () => [
    ...(await demonstratePrediction()),
    ...(await demonstrateSighting()),
  ]);

  const status = await readStatus();
  if (!status) throw new Problem("The local AWS has gone away.", "npm start starts it again.");
  console.log(
    `\n${shown.map((line) => `  ${line}`).join("\n")}\n\n${statusTable(status)}\n\n${next}\n\nall of it took ${progress.elapsed}`,
  );
});

/** Everything that a deployment needs; returns the folder of the programs that run it. What fails on the way takes along what it has started: nothing runs half. */
async function system(progress: Progress): Promise<string> {
  const engineRan = (await startedEnginePid()) !== undefined;
  let fresh = false;
  try {
    const bin = await progress.step("Python environment", pythonEnvironment);
    const terraform = await progress.step("Terraform", terraformBinary);
    await progress.step("Docker engine", ensureEngine);
    await progress.step("Base images", ensureBaseImages);
    const gateway = await bridgeGateway();
    await progress.step("Local AWS", async (note) => {
      ({ fresh } = await ensureMinistack({ bin, gateway, note }));
      return fresh ? "started, empty" : "runs already";
    });
    await progress.step("Infrastructure", (note) => applyTerraform({ terraform, gateway, note }));
    return bin;
  } catch (error) {
    if (fresh) await Promise.all([stopMinistack(), removeContainers()]);
    if (!engineRan) await stopEngine();
    throw error;
  }
}
