// Takes down what npm start has started on this machine; caches and base images stay.
import { rm } from "node:fs/promises";
import { stopEngine } from "../../infra/local/engine.ts";
import { removeContainers, stopMinistack } from "../../infra/local/ministack.ts";
import { stateDir } from "../../infra/local/paths.ts";
import { attempt } from "../../infra/local/process.ts";
import { Progress, runCommand } from "../../infra/local/progress.ts";

await runCommand(async () => {
  const progress = new Progress(4);
  await progress.step("Local AWS", async () => ((await stopMinistack()) ? "stopped" : "did not run"));
  await progress.step("Containers", async () => {
    if ((await attempt(["docker", "info"])).code !== 0) return "the Docker engine does not run";
    return `${await removeContainers()} removed`;
  });
  await progress.step("Docker engine", async () => ((await stopEngine()) ? "stopped, as npm start had started it" : "left as it is: npm start had not started it"));
  await progress.step("Temporary files", async () => {
    await rm(stateDir, { recursive: true, force: true });
    return "removed";
  });
});
