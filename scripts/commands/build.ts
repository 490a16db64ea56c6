// Rebuilds actions/*/dist and cli/dist. `npm test` checks that the committed files match.
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { bundle, bundledFolders } from "../lib/bundle.ts";

await runCommand(async () => {
  for (const folder of await bundledFolders()) {
    const bytes = await bundle(folder, join(root, folder, "dist"));
    console.log(`${folder}/dist  ${(bytes / 1000).toFixed(0)} kB`);
  }
});
