// Prepares an AWS account: the bucket for Terraform's states, and GitHub's identity provider.
import { runExclusively } from "../../infra/local/progress.ts";
import { bootstrap } from "../lib/bootstrap/bootstrap.ts";
import { dependenciesFor, readOptions } from "../lib/bootstrap/command.ts";

await runExclusively("npm run bootstrap", async () => {
  const options = readOptions("bootstrap", process.argv.slice(2));
  await bootstrap(await dependenciesFor(options), options);
});
