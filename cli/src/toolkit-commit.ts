// The commit of this toolkit, to which what it writes is pinned.
import type { RunProcess } from "../../actions/shared/src/process.ts";

/**
 * npm keeps the commit that it resolved a Git dependency to in node_modules/.package-lock.json, two folders up; a checkout
 * has it in Git. undefined: neither, as in an unpacked archive.
 *
 * @param folder of the toolkit
 * @param read a file by its path from that folder
 */
export async function toolkitCommit(
  folder: string,
  read: (path: string) => Promise<string | undefined>,
  run: RunProcess,
): Promise<string | undefined> {
  const installed = await read("../.package-lock.json");
  if (installed !== undefined) {
    const { packages = {} } = JSON.parse(installed) as { packages?: Record<string, { resolved?: string }> };
    const name = folder.replaceAll("\\", "/").replace(/^.*\//, "");
    const [, commit] = /#([0-9a-f]{40})$/.exec(packages[`node_modules/${name}`]?.resolved ?? "") ?? [];
    if (commit !== undefined) return commit;
  }
  if ((await read(".git/HEAD")) === undefined && (await read(".git")) === undefined) return undefined;
  const { code, stdout } = await run(["git", "-C", folder, "rev-parse", "HEAD"]).catch(() => ({ code: 1, stdout: "" }));
  return code === 0 ? stdout.trim() : undefined;
}
