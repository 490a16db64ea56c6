// Stops what npm start and npm run dev started on this machine; --purge also removes the data and caches that they
// keep.
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
    throw new Problem(`stop has no option ${unknown.join(" ")}.`, "npm stop, or npm stop -- --purge");
  const purge = process.argv.includes("--purge");
  const progress = new Progress(purge ? 7 : 5);
  const notRunning = "the Docker engine is not running";

  await progress.step("Local AWS", async () => ((await stopMinistack()) ? "stopped" : "not running"));
  // Removing images requires a running engine.
  if (purge && (await isEngineInstalled())) await ensureEngine(() => {});
  const isRunning = await isEngineRunning();
  await progress.step("Containers", async () => (isRunning ? `${await removeContainers()} removed` : notRunning));
  await progress.step("Development environment", async () =>
    isRunning ? composeDown({ volumes: purge }) : notRunning,
  );
  if (purge) await progress.step("Images", async () => (isRunning ? `${await removeImages()} removed` : notRunning));
  await progress.step("Docker engine", stopEngine);
  await progress.step("Temporary files", async () => {
    await removeTemporaryFiles();
    return "removed";
  });
  if (!purge) {
    console.log(`total time: ${progress.elapsed}`);
    return;
  }
  const packages = await installedDebianPackages();
  await progress.step("Caches", async () => {
    await removeComposePlugin();
    await removeCaches();
    return "removed";
  });
  console.log(`total time: ${progress.elapsed}`);
  if (packages.length > 0)
    console.log(
      `\nThe Debian packages that were installed are kept. To remove them: apt-get purge ${packages.join(" ")}`,
    );
});
