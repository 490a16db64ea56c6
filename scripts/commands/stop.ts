// Stops what npm start and npm run dev started on this machine; --purge also removes the data and caches that they
// keep.
import { removeComposePlugin } from "../../infra/local/compose.ts";
import { removeContainers } from "../../infra/local/containers.ts";
import { composeDown, development, foreignComposeOwner } from "../../infra/local/development.ts";
import { isEngineRunning, isEngineInstalled, ensureEngine, stopEngine } from "../../infra/local/engine.ts";
import { stopMinistack } from "../../infra/local/ministack.ts";
import { otherCheckoutOn, otherCheckouts } from "../../infra/local/neighbours.ts";
import { port } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import {
  installedDebianPackages,
  removeCaches,
  removeImages,
  removePackages,
  removeTemporaryFiles,
} from "../../infra/local/cleanup.ts";

await runExclusively("npm stop", async () => {
  const unknown = process.argv.slice(2).filter((argument) => argument !== "--purge");
  if (unknown.length > 0)
    throw new Problem(`stop has no option ${unknown.join(" ")}.`, "npm stop, or npm stop -- --purge");
  const purge = process.argv.includes("--purge");
  const progress = new Progress(purge ? 7 : 5);
  const notRunning = "the Docker engine is not running";

  await progress.step("Local AWS", async () => {
    if (await stopMinistack()) return "stopped";
    const other = await otherCheckoutOn(port);
    return other === undefined ? "not running" : `not running here; ${other} runs on port ${port}: stop it there`;
  });
  // Removing images requires a running engine.
  if (purge && (await isEngineInstalled())) await ensureEngine(() => {});
  const isRunning = await isEngineRunning();
  await progress.step("Containers", async () => (isRunning ? `${await removeContainers()} removed` : notRunning));
  await progress.step("Development environment", async () => {
    if (!isRunning) return notRunning;
    const other = await foreignComposeOwner(development);
    return other === undefined ? composeDown({ volumes: purge }) : `not running here; ${other} runs one: stop it there`;
  });
  // Images and caches are shared by all checkouts.
  const others = purge && isRunning ? await otherCheckouts() : [];
  const kept = `kept: ${others.join(", ")} ${others.length === 1 ? "uses" : "use"} them`;
  if (purge)
    await progress.step("Images", async () => {
      if (!isRunning) return notRunning;
      return others.length > 0 ? kept : `${await removeImages()} removed`;
    });
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
    await removePackages();
    if (others.length > 0) return kept;
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
