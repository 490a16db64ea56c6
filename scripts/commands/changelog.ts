// Generates CHANGELOG.md from the commits of this branch, before a release.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { run } from "../../infra/local/process.ts";
import { changelog, parseLog } from "../lib/changelog.ts";
import { formatted } from "../lib/markdown.ts";

await runCommand(async () => {
  const log = await run(["git", "log", "--no-merges", "--abbrev=10", "--format=%h%x09%cs%x09%D%x09%s"], { cwd: root });
  await writeFile(join(root, "CHANGELOG.md"), await formatted("CHANGELOG.md", changelog(parseLog(log))));
  console.log("CHANGELOG.md");
});
