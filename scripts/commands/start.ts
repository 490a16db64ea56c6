// From a bare machine to a running, verified system.
import { mkdir } from "node:fs/promises";
import { ensureBaseImages } from "../../infra/local/base-images.ts";
import { demonstratePrediction, demonstrateSighting } from "../../infra/local/demonstration.ts";
import { bridgeGateway, ensureEngine, startedEnginePid, stopEngine } from "../../infra/local/engine.ts";
import { checkMachine } from "../../infra/local/machine.ts";
import { removeContainers } from "../../infra/local/containers.ts";
import { replaceLostTasks } from "../../infra/local/lost-containers.ts";
import { ensureMinistack, stopMinistack } from "../../infra/local/ministack.ts";
import { stateDir } from "../../infra/local/paths.ts";
import { pythonEnvironment, terraformBinary } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import { cluster, readStatus, statusTable } from "../../infra/local/status.ts";
import { applyTerraform } from "../../infra/local/terraform.ts";
import { runDeployWorkflow } from "../../infra/local/workflow.ts";

const next = `Next:
  npm run status             show what is running (--json for programs)
  npm run logs               follow the logs of api and ml
  npm run rollback           roll back to the last verified revisions (-- api --dry-run: show the target)
  npm start                  deploy a change in api/, ml/ or infra/
  npm test                   run everything that CI checks
  npm stop                   stop everything`;

await runExclusively("npm start", async () => {
  await mkdir(stateDir, { recursive: true });
  const progress = new Progress(9);
  await progress.step("This machine", checkMachine);
  const bin = await startSystem(progress);
  await progress.step("Deployment", async (note) => {
    const { commit, changes } = await runDeployWorkflow({ bin, node: process.execPath, note });
    const uncommitted = changes > 0 ? ` and ${changes} changed files` : "";
    return `${commit.slice(0, 12)}${uncommitted}, by .github/workflows/deploy.yml`;
  });
  const demonstration = await progress.step("Demonstration", async () => [
    ...(await demonstratePrediction()),
    ...(await demonstrateSighting()),
  ]);

  const status = await readStatus();
  if (!status) throw new Problem("The local AWS has stopped.", "Start it again with npm start.");
  const demonstrated = demonstration.map((line) => `  ${line}`).join("\n");
  console.log(`\n${[demonstrated, statusTable(status), next, `total time: ${progress.elapsed}`].join("\n\n")}`);
});

/**
 * Starts everything that a deployment needs; returns the folder of the programs that run it. If a step fails, stops
 * what it has started.
 */
async function startSystem(progress: Progress): Promise<string> {
  const wasEngineStarted = (await startedEnginePid()) !== undefined;
  let fresh = false;
  try {
    const bin = await progress.step("Python environment", pythonEnvironment);
    const terraform = await progress.step("Terraform", terraformBinary);
    await progress.step("Docker engine", ensureEngine);
    await progress.step("Base images", ensureBaseImages);
    const gateway = await bridgeGateway();
    await progress.step("Local AWS", async (note) => {
      ({ fresh } = await ensureMinistack({ bin, gateway, note }));
      if (fresh) return "started, empty";
      const replaced = await replaceLostTasks(cluster);
      return replaced > 0
        ? `already running; replacing ${replaced} ${replaced === 1 ? "task" : "tasks"} without a container`
        : "already running";
    });
    await progress.step("Infrastructure", (note) => applyTerraform({ terraform, gateway, note }));
    return bin;
  } catch (error) {
    if (fresh) await Promise.all([stopMinistack(), removeContainers()]);
    if (!wasEngineStarted) await stopEngine();
    throw error;
  }
}
