// Measures, and prints tables for docs/performance.md. Never part of the tests: figures are read by people, on a quiet machine.
import { benchDeploy } from "../../bench/deploy.ts";
import { Progress, runCommand } from "../../infra/local/progress.ts";

await runCommand(async () => {
  const progress = new Progress(1);
  let table = "";
  await progress.step("deploy", async (note) => {
    table = await benchDeploy(note);
    return "measured";
  });
  console.log(`\n${table}`);
});
