// A copy of the work tree as a separate checkout, which a test can edit and break.
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { exists } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";

/**
 * Everything that git would commit, as one commit.
 *
 * @param options.packages shared with this checkout; or none, as in a fresh clone
 */
export async function copyCheckout(
  folder: string,
  options: { packages: "shared" | "none" } = { packages: "shared" },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = (await run(["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "-z"]))
    .split("\0")
    .filter((file) => file !== "");
  for (const file of files) {
    // A file may be deleted in the work tree, but not yet in git.
    if (!(await exists(join(root, file)))) continue;
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file), { verbatimSymlinks: true });
  }
  if (options.packages === "shared")
    for (const part of ["", "api", "ml"])
      await symlink(join(root, part, "node_modules"), join(folder, part, "node_modules"));
  const git = (...args: string[]) =>
    run(["git", "-C", folder, "-c", "user.name=test", "-c", "user.email=test@example.com", ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  await writeFile(join(folder, ".git/info/exclude"), "node_modules\n");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "The work tree");
}
