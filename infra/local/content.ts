// Whether a set of files is the one of last time: by content, not by date.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** SHA-256 over names and contents of all files below the folders, without Terraform's own. */
export async function hashFolders(base: string, folders: string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of folders) {
    const entries = await readdir(join(base, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.filter((path) => !/\.terraform/.test(relative(base, path))).toSorted()) {
      hash
        .update(`${relative(base, file)}\0`)
        .update(await readFile(file))
        .update("\0");
    }
  }
  return hash.digest("hex");
}
