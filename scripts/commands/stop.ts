// Takes down what npm start and npm run dev have started on this machine; --purge removes what they keep, too.
import { removeComposePlugin } from "../../infra/local/compose.ts";
import { composeDown } from "../../infra/local/development.ts";
import { isEngineRunning, isEngineInstalled, ensureEngine, stopEngine } from "../../infra/local/engine.ts";
import { removeContainers, stopMinistack } from "../../infra/local/ministack.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import {
  installedDebianPackages,
  removeCaches,
  removeImages,
  removeTemporaryFiles,
} from "../../infra/local/cleanup.ts";

await runExclusively("npm stop", async () => {
  const unknown = process.argv.slice(2).filter((argument) => argument !== "--purge");
  if (unknown.length > 0)
    throw new Problem(`stop does not know ${unknown.join(" ")}.`, "npm stop, or npm stop -- --purge");
  const purge = process.argv.includes("--purge");
  const progress = new Progress(purge ? 7 : 5);
  const notRunning = "the Docker engine does not run";

  await progress.step("Local AWS", async () => ((await stopMinistack()) ? "stopped" : "did not run"));
  // Images can only be removed by an engine that runs.
  if (purge && (await isEngineInstalled())) await ensureEngine(() => {});
  const engine = await isEngineRunning();
  await progress.step("Containers", async () => (engine ? `${await removeContainers()} removed` : notRunning));
  await progress.step("Development environment", async () => (engine ? composeDown({ volumes: purge }) : notRunning));
  if (purge) await progress.step("Images", async () => (engine ? `${await removeImages()} removed` : notRunning));
  await progress.step("Docker engine", stopEngine);
  await progress.step("Temporary files", async () => {
    await removeTemporaryFiles();
    return "removed";
  });
  if (!purge) {
    console.log(`all of it took ${progress.elapsed}`);
    return;
  }
  const packages = await installedDebianPackages();
  await progress.step("Caches", async () => {
    await removeComposePlugin();
    await removeCaches();
    return "removed";
  });
  console.log(`all of it took ${progress.elapsed}`);
  if (packages.length > 0)
    console.log(`\nDebian packages that were installed stay. To be rid of them: apt-get purge ${packages.join(" ")}`);
});
