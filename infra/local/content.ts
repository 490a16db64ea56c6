// Detects changed files by content, not by modification time.
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";

/** SHA-256 of the names and contents of files and of all files in folders, except Terraform's working files. */
export async function hashPaths(base: string, paths: string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    const files = await filesOf(join(base, path));
    for (const file of files.filter((one) => !/\.terraform/.test(relative(base, one))).toSorted()) {
      hash
        .update(`${relative(base, file)}\0`)
        .update(await readFile(file))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

async function filesOf(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
