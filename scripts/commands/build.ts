// Rebuilds actions/*/dist. What is committed there must be what this writes: `npm test` compares.
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { actionNames, bundleAction } from "../lib/bundle.ts";

await runCommand(async () => {
  for (const name of await actionNames()) {
    const bytes = await bundleAction(name, join(root, "actions", name, "dist"));
    console.log(`actions/${name}/dist  ${(bytes / 1000).toFixed(0)} kB`);
  }
});
