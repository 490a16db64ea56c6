// Writes the files that are generated from other files of the repository.
import { runCommand } from "../../infra/local/progress.ts";
import { writeGenerated } from "../lib/generated.ts";

await runCommand(async () => {
  const written = await writeGenerated();
  console.log(written.length === 0 ? "everything is up to date" : written.join("\n"));
});
