// Rebuilds actions/*/dist and cli/dist. `npm test` checks that the committed files match.
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { bundle, bundledFolders } from "../lib/bundle.ts";

await runCommand(async () => {
  for (const folder of await bundledFolders()) {
    const { index, all } = await bundle(folder, join(root, folder, "dist"));
    const [first, total] = [index, all].map((bytes) => (bytes / 1000).toFixed(0));
    console.log(`${folder}/dist  ${first} kB at the start, ${total} kB in all`);
  }
});
