// A thousand made-up sightings for the development database.
import { composeExec, development } from "../../infra/local/development.ts";
import { runCommand } from "../../infra/local/progress.ts";

await runCommand(async () => {
  process.stdout.write(await composeExec(development, "api", ["node", "dev/seed.ts"]));
});
