// What the commit that is checked out changes, compared with another one: npm run changes -- --base HEAD^1
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { run } from "../../infra/local/process.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { changedImages } from "../lib/changes/images.ts";
import { changedMigrations } from "../lib/changes/migrations.ts";
import { changesReport } from "../lib/changes/report.ts";

const usage = "npm run changes -- --base COMMIT";

await runCommand(async () => {
  const base = readBase();
  const folder = await mkdtemp(join(tmpdir(), "rainbow-seeker-changes-"));
  const before = join(folder, "before");
  try {
    // A work tree of git has the modes that the checkout has; an archive has others.
    await run(["git", "worktree", "add", "--quiet", "--detach", before, base], { cwd: root, remedy: usage });
    console.log(changesReport(await changedImages(before, root), await changedMigrations(before, root)));
  } finally {
    await run(["git", "worktree", "remove", "--force", before], { cwd: root }).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
});

function readBase(): string {
  try {
    const { values } = parseArgs({ options: { base: { type: "string" } } });
    if (values.base === undefined || values.base.startsWith("-")) throw new Error("--base names a commit.");
    return values.base;
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}
