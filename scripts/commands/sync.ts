// Writes what is generated from other files of the repository.
import { runCommand } from "../../infra/local/progress.ts";
import { writeWorkflows } from "../lib/workflows.ts";

await runCommand(async () => {
  for (const name of await writeWorkflows()) console.log(`.github/workflows/${name}`);
});
