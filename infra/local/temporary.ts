// Folders for temporary files, named after the process that they belong to: what a killed one has left can be told from
// what another one works with.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exists } from "./prerequisites.ts";

const prefix = "rainbow-seeker-";

export const makeTemporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));

/** Those whose process has ended. */
export async function abandonedFolders(): Promise<string[]> {
  const ours = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
  const ended = await Promise.all(
    ours.map(async (name) => !(await exists(`/proc/${name.slice(prefix.length).split("-")[0]}`))),
  );
  return ours.filter((_, index) => ended[index]).map((name) => join(tmpdir(), name));
}

export async function removeAbandonedFolders(): Promise<void> {
  for (const folder of await abandonedFolders()) await rm(folder, { recursive: true, force: true });
}
