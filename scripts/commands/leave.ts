// Removes from an AWS account what npm run bootstrap created, once no environment is left.
import { runExclusively } from "../../infra/local/progress.ts";
import { dependenciesFor, readOptions } from "../lib/bootstrap/command.ts";
import { leave } from "../lib/bootstrap/leave.ts";

await runExclusively("npm run leave", async () => {
  const options = readOptions("leave", process.argv.slice(2));
  await leave(await dependenciesFor(options), options);
});
