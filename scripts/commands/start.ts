import { mkdir } from "node:fs/promises";
import { ensureBaseImages } from "../../infra/local/base-images.ts";
import { bridgeGateway, ensureEngine } from "../../infra/local/engine.ts";
import { ensureMinistack } from "../../infra/local/ministack.ts";
import { stateDir } from "../../infra/local/paths.ts";
import { pythonEnvironment, terraformBinary } from "../../infra/local/prerequisites.ts";
import { Progress, runCommand } from "../../infra/local/progress.ts";
import { applyTerraform, readPlatform } from "../../infra/local/terraform.ts";

await runCommand(async () => {
  await mkdir(stateDir, { recursive: true });
  const progress = new Progress(6);
  const bin = await progress.step("Python environment", pythonEnvironment);
  const terraform = await progress.step("Terraform", terraformBinary);
  await progress.step("Docker engine", ensureEngine);
  await progress.step("Base images", ensureBaseImages);
  const gateway = await bridgeGateway();
  await progress.step("Local AWS", (note) => ensureMinistack({ bin, gateway, note }));
  await progress.step("Infrastructure", (note) => applyTerraform({ terraform, gateway, note }));
  console.log(await readPlatform(terraform));
});
