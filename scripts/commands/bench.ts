// Measures, and prints tables for docs/performance.md. Never part of the tests: figures are read by people, on a quiet machine.
import { benchBuildPush } from "../../bench/build-push.ts";
import { benchDbBackup } from "../../bench/db-backup.ts";
import { benchDeploy } from "../../bench/deploy.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runCommand } from "../../infra/local/progress.ts";

const benches: Record<string, (note: (text: string) => void) => Promise<string>> = {
  deploy: benchDeploy,
  "build-push": benchBuildPush,
  "db-backup": benchDbBackup,
};

await runCommand(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !(name in benches));
  if (unknown.length > 0)
    throw new Problem(
      `There is no benchmark ${unknown.join(", ")}.`,
      `npm run bench, or npm run bench -- NAME: ${Object.keys(benches).join(", ")}`,
    );
  const names = wanted.length > 0 ? wanted : Object.keys(benches);
  const progress = new Progress(names.length);
  for (const name of names) {
    let table = "";
    await progress.step(name, async (note) => {
      table = (await benches[name]?.(note)) ?? "";
      return "measured";
    });
    console.log(`\n${table}\n`);
  }
});
