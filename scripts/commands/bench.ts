// Runs benchmarks and prints tables for docs/performance.md. Not part of the tests: results need an otherwise idle
// machine and a human reader.
import { benchApi } from "../../bench/api.ts";
import { benchBuildPush } from "../../bench/build-push.ts";
import { benchDbBackup } from "../../bench/db-backup.ts";
import { benchDeploy } from "../../bench/deploy.ts";
import { benchMl } from "../../bench/ml.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runCommand } from "../../infra/local/progress.ts";

const benches: Record<string, (note: (text: string) => void) => Promise<string>> = {
  deploy: benchDeploy,
  "build-push": benchBuildPush,
  "db-backup": benchDbBackup,
  api: benchApi,
  ml: (note) => benchMl(note),
};

await runCommand(async () => {
  const requested = process.argv.slice(2);
  const unknown = requested.filter((name) => !(name in benches));
  if (unknown.length > 0)
    throw new Problem(
      `Unknown benchmark ${unknown.join(", ")}.`,
      `npm run bench, or npm run bench -- NAME: ${Object.keys(benches).join(", ")}`,
    );
  const names = requested.length > 0 ? requested : Object.keys(benches);
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
