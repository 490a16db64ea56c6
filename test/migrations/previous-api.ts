// The version that still serves while a deployment migrates: the newest commit with other migrations than there are now. Its
// own tests have to pass on the schema of today.
import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { attempt, run } from "../../infra/local/process.ts";
import { withTemporaryFolder } from "../../infra/local/temporary.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { runVitest } from "../../scripts/lib/vitest.ts";

type Note = (text: string) => void;

/** What holds the code of a version to its own schema, and says nothing of what it can do with a newer one. */
const ofOneSchema = ["each table that refers to users"];

const git = (...args: string[]) => run(["git", "-C", root, ...args]);

/** The newest commit whose migrations are not those of the work tree. */
async function previousVersion(): Promise<string> {
  const changes = (await git("log", "--format=%H", "--max-count=20", "--", "api/migrations")).trim().split("\n");
  for (const commit of ["HEAD", ...changes.map((one) => `${one}^`)]) {
    const { code } = await attempt(["git", "-C", root, "diff", "--quiet", commit, "--", "api/migrations"]);
    if (code === 1) return (await git("rev-parse", commit)).trim();
  }
  throw new Problem(
    "This checkout's history does not reach back to a version of api with other migrations.",
    "Fetch it: git fetch --unshallow",
  );
}

/** @param env of the images of PostgreSQL and Redis */
export function previousApiCheck(note: Note, env: Record<string, string>): Promise<Counts> {
  return withTemporaryFolder("previous-", async (folder) => {
    const commit = await previousVersion();
    note((await git("log", "--max-count=1", "--format=%h %s", commit)).trim());
    const archive = join(folder, "previous.tar");
    const previous = join(folder, "previous");
    await mkdir(previous);
    await git("archive", `--output=${archive}`, commit);
    await run(["tar", "--extract", "--file", archive, "--directory", previous]);
    await rm(join(previous, "api/migrations"), { recursive: true });
    await cp(join(root, "api/migrations"), join(previous, "api/migrations"), { recursive: true });
    for (const part of ["", "api", "ml"])
      await symlink(join(root, part, "node_modules"), join(previous, part, "node_modules"));
    // Migrations that go back are no part of what serves.
    const files = (await run(["git", "-C", root, "ls-tree", "-r", "--name-only", commit, "api/test"]))
      .split("\n")
      .filter((file) => file.endsWith(".test.ts") && !file.endsWith("/migrations.test.ts"));
    return runVitest("api", { env, files, names: `^(?!.*(?:${ofOneSchema.join("|")}))`, cwd: previous });
  });
}
