// Temporary folders, named after their process, so that those of killed processes can be distinguished from those in
// use.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exists } from "./prerequisites.ts";

const prefix = "rainbow-seeker-";

export const makeTemporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));

/** Folders whose process has exited. */
export async function abandonedFolders(): Promise<string[]> {
  const ours = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
  const hasExited = await Promise.all(
    ours.map(async (name) => !(await exists(`/proc/${name.slice(prefix.length).split("-")[0]}`))),
  );
  return ours.filter((_, index) => hasExited[index]).map((name) => join(tmpdir(), name));
}

export async function removeAbandonedFolders(): Promise<void> {
  for (const folder of await abandonedFolders()) await rm(folder, { recursive: true, force: true });
}
